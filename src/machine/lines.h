/* SPDX-License-Identifier: Apache-2.0 */
/* lines - split a stream of bytes into lines of bounded length. */

#ifndef MACHINE_LINES_H
#define MACHINE_LINES_H

#include <stddef.h>

#include "base/strbuf.h"

enum lines_excess {
	LINES_SPLIT, /* Go on with the rest as another line. */
	LINES_REFUSE /* It is an error. */
};

/* The line is NUL-terminated, and the callee's to change until it returns. */
typedef void lines_fn(void *arg, char *line, size_t len);

struct lines {
	size_t max_bytes; /* Of a line without its newline. */
	enum lines_excess excess;
	lines_fn *on_line;
	void *arg;
	struct strbuf rest; /* Private: the beginning of a line. */
};

/* -1: a line was too long and refused; feed no more. */
int lines_feed(struct lines *, const char *bytes, size_t n);

/* The stream has ended: what came after the last newline is a line too. */
void lines_end(struct lines *);
void lines_release(struct lines *);

/* Make text of any bytes: replace NUL and what is not UTF-8 by "?". */
void lines_clean(char *line, size_t len);

#endif /* MACHINE_LINES_H */
