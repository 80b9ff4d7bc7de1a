/* SPDX-License-Identifier: Apache-2.0 */

#include "disk.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/sys/queue.h>

#include "base/mem.h"

#define SECTOR_BYTES 512

/* A file as it is, or would be. */
struct image {
	unsigned char *bytes;
	size_t size;
};

/* Something written; or, if bytes is NULL, the end moved to `at`. */
struct change {
	TAILQ_ENTRY(change) entry;
	unsigned char *bytes;
	size_t at, len;
};

/* It outlives its handles: a database is closed and opened again. */
struct kept {
	TAILQ_ENTRY(kept) entry;
	char *name;
	struct image synced;
	TAILQ_HEAD(change_list, change)
	changes;
	enum {
		PRESENT,
		UNLINKED, /* A power cut may undo that. */
		GONE
	} removed;
};

struct handle {
	sqlite3_file base;
	struct kept *kept;  /* NULL: not one of ours. */
	sqlite3_file *real; /* Behind this. */
};

static struct {
	sqlite3_vfs vfs, *real;
	const char *dir;
	disk_event_fn *on_event;
	void *arg;
	TAILQ_HEAD(kept_list, kept)
	files;
	size_t syncs;
} disk;

uint64_t
disk_choose(uint64_t *seed, uint64_t n)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return (z ^ (z >> 31)) % n;
}

size_t
disk_syncs(void)
{
	return disk.syncs;
}

/* ---- images ---- */

/* Files have holes, which read as zeros. */
static void
image_resize(struct image *image, size_t size)
{
	image->bytes = xrealloc(image->bytes, size + 1);
	if (size > image->size)
		memset(image->bytes + image->size, 0, size - image->size);
	image->size = size;
}

static void
image_write(struct image *image, const struct change *c, size_t from,
    size_t len)
{
	if (c->at + from + len > image->size)
		image_resize(image, c->at + from + len);
	memcpy(image->bytes + c->at + from, c->bytes + from, len);
}

static void
image_apply(struct image *image, const struct change *c)
{
	if (c->bytes != NULL)
		image_write(image, c, 0, c->len);
	else
		image_resize(image, c->at);
}

/* Sectors are those of the disk, wherever the write begins. */
static void
image_apply_some(struct image *image, const struct change *c, uint64_t *seed)
{
	size_t done = 0, end;

	if (c->bytes == NULL) {
		if (disk_choose(seed, 2) == 0)
			image_resize(image, c->at);
		return;
	}
	while (done < c->len) {
		end = ((c->at + done) / SECTOR_BYTES + 1) * SECTOR_BYTES;
		if (end > c->at + c->len)
			end = c->at + c->len;
		if (disk_choose(seed, 2) == 0)
			image_write(image, c, done, end - c->at - done);
		done = end - c->at;
	}
}

static void
image_put(const struct image *image, const char *dir, const char *name)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);

	if (fd == -1 ||
	    write(fd, image->bytes, image->size) != (ssize_t)image->size) {
		perror(path);
		abort();
	}
}

/* ---- what is kept of a file ---- */

static void
kept_note(struct kept *k, const void *bytes, size_t at, size_t len)
{
	struct change *c = xcalloc(1, sizeof *c);

	c->at = at;
	c->len = len;
	if (bytes != NULL) {
		c->bytes = xcalloc(1, len);
		memcpy(c->bytes, bytes, len);
	}
	TAILQ_INSERT_TAIL(&k->changes, c, entry);
}

static void
kept_forget_changes(struct kept *k)
{
	struct change *c;

	while ((c = TAILQ_FIRST(&k->changes)) != NULL) {
		TAILQ_REMOVE(&k->changes, c, entry);
		free(c->bytes);
		free(c);
	}
}

static void
kept_sync(struct kept *k)
{
	const struct change *c;

	TAILQ_FOREACH(c, &k->changes, entry)
		image_apply(&k->synced, c);
	kept_forget_changes(k);
}

static struct kept *
kept_find(const char *path)
{
	size_t len = strlen(disk.dir);
	struct kept *k;

	if (path == NULL || strncmp(path, disk.dir, len) != 0 ||
	    path[len] != '/')
		return NULL;
	TAILQ_FOREACH(k, &disk.files, entry) {
		if (strcmp(k->name, path + len + 1) == 0)
			return k;
	}
	k = xcalloc(1, sizeof *k);
	k->name = xstrdup(path + len + 1);
	TAILQ_INIT(&k->changes);
	image_resize(&k->synced, 0);
	TAILQ_INSERT_TAIL(&disk.files, k, entry);
	return k;
}

static void
kept_free(struct kept *k)
{
	kept_forget_changes(k);
	free(k->synced.bytes);
	free(k->name);
	free(k);
}

static void
kept_cut(const struct kept *k, const char *into, enum disk_loss loss,
    uint64_t *seed)
{
	struct image image = { 0 };
	const struct change *c;

	if (k->removed == GONE)
		return;
	if (k->removed == UNLINKED &&
	    (loss == DISK_LOSE_NONE ||
		(loss == DISK_LOSE_RANDOM && disk_choose(seed, 2) == 0)))
		return;
	image_resize(&image, k->synced.size);
	memcpy(image.bytes, k->synced.bytes, image.size);
	TAILQ_FOREACH(c, &k->changes, entry) {
		if (loss == DISK_LOSE_NONE)
			image_apply(&image, c);
		else if (loss == DISK_LOSE_RANDOM)
			image_apply_some(&image, c, seed);
	}
	image_put(&image, into, k->name);
	free(image.bytes);
}

void
disk_cut(const char *into, enum disk_loss loss, uint64_t *seed)
{
	const struct kept *k;

	TAILQ_FOREACH(k, &disk.files, entry)
		kept_cut(k, into, loss, seed);
}

/* ---- the VFS ---- */

static sqlite3_file *
real_of(sqlite3_file *file)
{
	return ((struct handle *)file)->real;
}

static struct kept *
kept_of(sqlite3_file *file)
{
	return ((struct handle *)file)->kept;
}

/* Tell that something has happened, if it has. */
static int
done(const struct kept *k, int rc)
{
	if (rc == SQLITE_OK && k != NULL)
		disk.on_event(disk.arg);
	return rc;
}

static int
file_close(sqlite3_file *file)
{
	int rc = real_of(file)->pMethods->xClose(real_of(file));

	free(real_of(file));
	return rc;
}

static int
file_read_at(sqlite3_file *file, void *buf, int n, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), buf, n, at);
}

static int
file_write_at(sqlite3_file *file, const void *buf, int n, sqlite3_int64 at)
{
	int rc = real_of(file)->pMethods->xWrite(real_of(file), buf, n, at);

	if (rc == SQLITE_OK && kept_of(file) != NULL)
		kept_note(kept_of(file), buf, (size_t)at, (size_t)n);
	return done(kept_of(file), rc);
}

static int
file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = real_of(file)->pMethods->xTruncate(real_of(file), size);

	if (rc == SQLITE_OK && kept_of(file) != NULL)
		kept_note(kept_of(file), NULL, (size_t)size, 0);
	return done(kept_of(file), rc);
}

/* No power fails but ours: nothing is synced really, which takes long. */
static int
file_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	if (kept_of(file) != NULL) {
		kept_sync(kept_of(file));
		disk.syncs++;
	}
	return done(kept_of(file), SQLITE_OK);
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int
file_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int
file_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int
file_check_lock(sqlite3_file *file, int *result)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file),
	    result);
}

static int
file_control(sqlite3_file *file, int op, void *arg)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int
file_sector_size(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int
file_traits(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

/* Version 1: no shared memory, no mapping; neither is needed. */
static const sqlite3_io_methods file_methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read_at,
	.xWrite = file_write_at,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_lock,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_traits,
};

static int
vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
    int *out_flags)
{
	struct handle *h = (struct handle *)file;
	int rc;

	(void)vfs;
	*h = (struct handle){ .kept = kept_find(path) };
	h->real = xcalloc(1, (size_t)disk.real->szOsFile);
	rc = disk.real->xOpen(disk.real, path, h->real, flags, out_flags);
	if (rc != SQLITE_OK) {
		free(h->real);
		return rc;
	}
	h->base.pMethods = &file_methods;
	/* A new file of that name has none of what the old one had. */
	if (h->kept != NULL && h->kept->removed != PRESENT) {
		h->kept->removed = PRESENT;
		kept_forget_changes(h->kept);
		h->kept->synced.size = 0;
	}
	return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
	struct kept *k = kept_find(path);
	int rc = disk.real->xDelete(disk.real, path, sync_dir);

	(void)vfs;
	if (rc == SQLITE_OK && k != NULL)
		k->removed = sync_dir ? GONE : UNLINKED;
	return done(k, rc);
}

void
disk_install(const char *dir, disk_event_fn *on_event, void *arg)
{
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "disk";
	disk.vfs.szOsFile = (int)sizeof(struct handle);
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	disk.dir = dir;
	disk.on_event = on_event;
	disk.arg = arg;
	disk.syncs = 0;
	TAILQ_INIT(&disk.files);
	if (sqlite3_vfs_register(&disk.vfs, 1) != SQLITE_OK)
		abort();
}

void
disk_remove(void)
{
	struct kept *k;

	(void)sqlite3_vfs_unregister(&disk.vfs);
	while ((k = TAILQ_FIRST(&disk.files)) != NULL) {
		TAILQ_REMOVE(&disk.files, k, entry);
		kept_free(k);
	}
}
