/* SPDX-License-Identifier: Apache-2.0 */
/* debug_log - lines of a model's log: which to show, and how. */

#ifndef CLI_DEBUG_LOG_H
#define CLI_DEBUG_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct args;
struct error;
struct strbuf;

/* What the flags ask for; the words are borrowed from them. */
struct debug_log_filter {
	const struct args *args;
	bool usual;        /* What the model shows to who does not say. */
	unsigned level;    /* Its weight, and that of all to be shown. */
	uint64_t since_ms; /* Wall time; 0 for all. */
};

int debug_log_filter_init(struct debug_log_filter *, const struct args *,
    struct error *);

/* Is the entry one of those? */
bool debug_log_wants(const struct debug_log_filter *, const json_t *entry);

/* Does a name of what wrote it, "unit-web-0", fit what a person calls it? */
bool debug_log_names(const char *pattern, const char *entity);

enum debug_log_flag {
	DEBUG_LOG_DATE = 1 << 0,
	DEBUG_LOG_MS = 1 << 1,
	DEBUG_LOG_UTC = 1 << 2,
	DEBUG_LOG_COLOUR = 1 << 3,
	DEBUG_LOG_JSON = 1 << 4
};

/* A line, as Juju writes it, or one of JSON. */
void debug_log_add(struct strbuf *, const json_t *entry, unsigned flags);

#endif /* CLI_DEBUG_LOG_H */
