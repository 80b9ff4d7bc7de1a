/* SPDX-License-Identifier: Apache-2.0 */
/* messages - what is kept of what units say, and what happens to them. */

#ifndef ENGINE_MESSAGES_H
#define ENGINE_MESSAGES_H

#include <jansson.h>
#include <stdint.h>

struct engine;
struct error;
struct model;
struct unit;

/* Juju's words for them, in the order of their weight. */
enum message_level {
	MESSAGE_TRACE,
	MESSAGE_DEBUG,
	MESSAGE_INFO,
	MESSAGE_WARNING,
	MESSAGE_ERROR,
	MESSAGE_CRITICAL,
	MESSAGE_LEVEL_COUNT
};

/* MESSAGE_LEVEL_COUNT for no such word. */
enum message_level message_level_parse(const char *word);

struct message {
	enum message_level level;
	const char *source; /* "juju-log"; the module is unit.x/0.juju-log. */
	const char *prefix; /* "database:3: ", for the log of the model only. */
	const char *text;
};

/* Keep it with the model's, and write it to our own log. */
void unit_message(struct engine *, const struct unit *, const struct message *);

/* A line of the journal: kept when it has been written. */
void messages_tell(struct engine *, const struct model *, const char *subject,
    const json_t *line);
/* The commit has succeeded, or has not. */
void messages_told(struct engine *);
void messages_forget(struct engine *);

/* Where those of a model are; owned by the caller. */
char *messages_dir(const struct engine *, const struct model *);
/* The position behind the last one. */
int messages_end(struct engine *, struct model *, uint64_t *end,
    struct error *);

/* The model is gone. */
void messages_remove(struct engine *, const struct model *);

#endif /* ENGINE_MESSAGES_H */
