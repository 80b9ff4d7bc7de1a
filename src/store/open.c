/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "store/impl.h"
#include "store/store.h"

static const char *const open_statements[] = {
#define X(id, sql) [id] = (sql),
	STORE_STATEMENTS(X)
#undef X
};

/*
 * The exclusive mode comes first: then the index of WAL is no third file. What
 * EXTRA adds to FULL: the journal that switching to WAL removes cannot be back
 * after a power cut, and take back the switch, and all that was committed since.
 */
static const char open_settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA synchronous = EXTRA;"
				    "PRAGMA journal_size_limit = 4194304;"
				    "PRAGMA temp_store = MEMORY;"
				    "PRAGMA cell_size_check = ON;"
				    "PRAGMA trusted_schema = OFF";

/*
 * WAL costs one fsync for a commit, where a rollback journal costs three; it is
 * folded into the database when the store is closed.
 */
static const char open_journal[] = "PRAGMA journal_mode = WAL";

static int
open_refused(const char *dir, const char *lock_path, struct error *err)
{
	struct error unread;
	autofree char *text = file_read(lock_path, 32, NULL, &unread);
	pid_t pid = text != NULL ? (pid_t)strtol(text, NULL, 10) : 0;
	char holder[128] = "another process";

	if (pid > 0)
		proc_describe(pid, holder, sizeof holder);
	return error_set(err, ERROR_CONFLICT,
	    "state directory %s is in use by %s", dir, holder);
}

/* The one who had the lock before us may have removed the file. */
static bool
open_lock_is_in_place(int fd, const char *path)
{
	struct stat held, there;

	return fstat(fd, &held) == 0 && lstat(path, &there) == 0 &&
	    held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

static int
open_lock(struct store *s, const char *dir, struct error *err)
{
	autofree char *path = xasprintf("%s/tenon.lock", dir);

	s->lock = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock == -1)
		return error_set_errno(err, errno, "%s", path);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ?
		    open_refused(dir, path, err) :
		    error_set_errno(err, errno, "%s", path);
	if (!open_lock_is_in_place(s->lock, path))
		return error_set(err, ERROR_CONFLICT,
		    "state directory %s is being removed", dir);
	/* The pid is for the message above; the lock does not depend on it. */
	if (ftruncate(s->lock, 0) == -1 ||
	    dprintf(s->lock, "%d\n", (int)getpid()) < 0)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

/* SQLite would make the file with the modes of the umask. */
static int
open_make_private(const char *path, struct error *err)
{
	autofd int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0600);

	if (fd == -1 || fchmod(fd, 0600) == -1)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

static int
open_database(struct store *s, const char *dir, struct error *err)
{
	autofree char *path = xasprintf("%s/tenon.db", dir);

	if (open_make_private(path, err) == -1)
		return -1;
	if (sqlite3_open_v2(path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return store_fail(s->db, err);
	(void)sqlite3_extended_result_codes(s->db, 1);
	return store_exec(s->db, open_settings, err);
}

static int
open_key(struct store *s, const char *dir, struct error *err)
{
	autofree char *path = xasprintf("%s/tenon.key", dir);
	int version = 0;

	if (store_identify(s->db, &version, err) == -1)
		return -1;
	/* A key without a database: we were killed between the two. */
	if (version == 0 && !file_exists(path) &&
	    seal_key_make(path, err) == -1)
		return -1;
	return seal_key_read(&s->seal, path, err);
}

static int
open_prepare_statements(struct store *s, struct error *err)
{
	for (size_t i = 0; i < nitems(open_statements); i++) {
		if (sqlite3_prepare_v3(s->db, open_statements[i], -1,
			SQLITE_PREPARE_PERSISTENT, &s->stmt[i],
			NULL) != SQLITE_OK)
			return store_fail(s->db, err);
	}
	return 0;
}

struct store *
store_open(const char *dir, struct error *err)
{
	struct store *s = xcalloc(1, sizeof *s);

	s->lock = -1;
	if (open_lock(s, dir, err) == 0 && open_database(s, dir, err) == 0 &&
	    open_key(s, dir, err) == 0 &&
	    store_exec(s->db, open_journal, err) == 0 &&
	    store_prepare(s, err) == 0 && open_prepare_statements(s, err) == 0)
		return s;
	store_close(s);
	return NULL;
}

/* What is committed is safe, even if the WAL cannot be folded in. */
static void
store_close_database(struct store *s)
{
	for (size_t i = 0; i < nitems(s->stmt); i++)
		(void)sqlite3_finalize(s->stmt[i]); /* Repeats old errors. */
	(void)sqlite3_close(s->db);
}

static void
store_release(struct store *s)
{
	mem_closep(&s->lock);
	seal_release(&s->seal);
	free(s);
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_close_database(s);
	store_release(s);
}

/* The lock is the last to go: until then the directory is ours. */
void
store_destroy(struct store *s, const char *dir)
{
	static const char *const names[] = { "tenon.db", "tenon.db-wal",
		"tenon.db-shm", "tenon.key", "tenon.lock" };

	store_close_database(s);
	for (size_t i = 0; i < nitems(names); i++) {
		autofree char *path = xasprintf("%s/%s", dir, names[i]);

		if (unlink(path) == -1 && errno != ENOENT)
			log_warn("store", "%s: %s", path, strerror(errno));
	}
	store_release(s);
}
