/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topics - what is told about no single verb: "tenon help access". The manual
 * page has the same texts.
 */

#ifndef CLI_TOPICS_H
#define CLI_TOPICS_H

#include <stddef.h>

struct strbuf;

/* A word and what it means, as of a variable. */
struct topic_entry {
	const char *word, *meaning; /* The meaning is of one or more lines. */
};

struct topic {
	const char *name, *alias; /* No verb has them; alias may be NULL. */
	const char *summary;      /* With a capital, without a full stop. */
	const char *text;         /* As the details of a verb. */
	const struct topic_entry *entries; /* Up to a NULL; or NULL. */
};

extern const struct topic topics[];
extern const size_t topic_count;

/* By name or alias, or NULL. */
const struct topic *topic_find(const char *name);

/* "tenon help topics", and "tenon help <topic>". */
void topics_list(const char *prog, struct strbuf *);
void topic_show(const struct topic *, struct strbuf *);

#endif /* CLI_TOPICS_H */
