/* SPDX-License-Identifier: Apache-2.0 */
/*
 * absent - the verbs of Juju that tenon does not have, each with the reason
 * and with what to do instead. They are in no list and are never suggested.
 */

#ifndef CLI_ABSENT_H
#define CLI_ABSENT_H

#include <stddef.h>

struct error;

struct absent_reason {
	const char *why, *instead;
};

struct absent {
	const char *name;
	const struct absent_reason *reason;
};

/* Every such verb in the order of its name. */
extern const struct absent absent_table[];
extern const size_t absent_count;

/* The row of that verb, also with "list-" before it, or NULL. */
const struct absent *absent_lookup(const char *name);

/* Says why, and what to do; returns -1. */
int absent_refuse(const struct absent *, const char *prog, struct error *);

#endif /* CLI_ABSENT_H */
