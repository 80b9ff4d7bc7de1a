/* SPDX-License-Identifier: Apache-2.0 */
/* near - the name that somebody may have meant, of those there are. */

#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

struct near {
	const char *name; /* What was said. */
	const char
	    *found;      /* The nearest so far, of equals the first; or NULL. */
	size_t distance; /* Letters to insert, remove or replace. */
};

/* Further away than a third of its letters and one is none. Borrowed. */
void near_start(struct near *, const char *name);
void near_consider(struct near *, const char *candidate);

#endif /* BASE_NEAR_H */
