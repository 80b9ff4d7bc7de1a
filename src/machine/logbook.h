/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logbook - what was said, line by line: a directory of some files, the oldest
 * of which goes when the newest is full. A file is named by the position at
 * which it begins, and a position stays what it is for ever: it counts all
 * bytes there have ever been. So a reader goes on where he was, also after a
 * restart. What is added is not synced to the disk.
 */

#ifndef MACHINE_LOGBOOK_H
#define MACHINE_LOGBOOK_H

#include <stddef.h>
#include <stdint.h>

struct error;

/* Where the newest file begins and ends; all zero: not looked up yet. */
struct logbook_place {
	uint64_t start, end;
};

/*
 * The file that was last added to, kept open for the next line. A zeroed one is
 * closed; close it before its directory is removed, and at the end.
 */
struct logbook_file {
	char *dir; /* NULL: closed. */
	uint64_t start;
	int fd;
};

void logbook_close(struct logbook_file *);

/* One field each; all are borrowed, and none is NULL. */
struct logbook_line {
	uint64_t wall_ms;
	const char *level, *entity, *module, *message;
};

/* Any bytes may stand in a message; a long one is cut. */
int logbook_add(struct logbook_file *, const char *dir, struct logbook_place *,
    const struct logbook_line *, struct error *);

/* The position behind the last line; looked up if need be. */
int logbook_end(const char *dir, struct logbook_place *, uint64_t *end,
    struct error *);

/* A line, borrowed for the duration of the call. */
typedef void logbook_fn(void *arg, const struct logbook_line *);

/* Some lines of one file. */
struct logbook_page {
	size_t limit; /* Set before: at most so many. */
	logbook_fn *fn;
	void *arg;
	uint64_t first, next; /* Read after: where they begin and end. */
};

/*
 * The lines that begin at a position or, if that is gone, the oldest. They may
 * be fewer than there are; at the end, next is the position itself.
 */
int logbook_after(const char *dir, uint64_t position, struct logbook_page *,
    struct error *);

/* The last lines before a position; at the beginning, first is it itself. */
int logbook_before(const char *dir, uint64_t position, struct logbook_page *,
    struct error *);

#endif /* MACHINE_LOGBOOK_H */
