/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk - what a power cut would leave of the files of a database.
 *
 * A VFS of SQLite, over the usual one and in its place: it keeps what each file
 * was at its last sync, and what has been written since.
 *
 *	disk_install -> store_open ... disk_cut -> disk_remove
 *
 * One disk at a time; only the files of one directory are kept.
 */

#ifndef TESTS_UNIT_STORE_DISK_H
#define TESTS_UNIT_STORE_DISK_H

#include <stddef.h>
#include <stdint.h>

/* What becomes of what was written and not synced. */
enum disk_loss {
	DISK_LOSE_ALL,
	DISK_LOSE_NONE,  /* As after a kill -9. */
	DISK_LOSE_RANDOM /* Each sector of 512 bytes for itself. */
};

#define DISK_LOSSES (DISK_LOSE_RANDOM + 1)

/* Called when a file has been written, cut off, synced or removed. */
typedef void disk_event_fn(void *arg);

/* `dir` and `arg` are borrowed until disk_remove(). */
void disk_install(const char *dir, disk_event_fn *, void *arg);
void disk_remove(void);

/* Write the files, as they would be if the power failed now, to `into`. */
void disk_cut(const char *into, enum disk_loss, uint64_t *seed);

/* How many times a file was synced. */
size_t disk_syncs(void);

/* splitmix64: a number below n. */
uint64_t disk_choose(uint64_t *seed, uint64_t n);

#endif /* TESTS_UNIT_STORE_DISK_H */
