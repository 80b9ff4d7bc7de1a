/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/strbuf.h"

#define PATHS_ID_BYTES 6

/* A directory of the user's own that the session made, or NULL. */
static const char *
paths_session_dir(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (dir == NULL || dir[0] != '/' || stat(dir, &st) == -1)
		return NULL;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return NULL;
	return dir;
}

static void
paths_add_part(struct strbuf *sb, const char *part, size_t len)
{
	size_t end = sb->len;

	if (len == 0 || (len == 1 && part[0] == '.'))
		return;
	if (len == 2 && memcmp(part, "..", 2) == 0) {
		while (end > 0 && sb->buf[end - 1] != '/')
			end--;
		strbuf_truncate(sb, end > 0 ? end - 1 : 0);
		return;
	}
	strbuf_addc(sb, '/');
	strbuf_addn(sb, part, len);
}

static void
paths_add(struct strbuf *sb, const char *path)
{
	size_t len;

	for (; *path != '\0'; path += len + (path[len] == '/')) {
		len = strcspn(path, "/");
		paths_add_part(sb, path, len);
	}
}

char *
paths_absolute(const char *path)
{
	autostrbuf sb = { 0 };

	if (path[0] != '/') {
		autofree char *cwd = getcwd(NULL, 0);

		paths_add(&sb, cwd != NULL ? cwd : "/");
	}
	paths_add(&sb, path);
	if (sb.len == 0)
		strbuf_addc(&sb, '/');
	return strbuf_detach(&sb);
}

int
paths_home(char **home, struct error *err)
{
	const char *dir = getenv("TENON_HOME");
	autofree char *made = NULL;

	if (dir != NULL && dir[0] != '\0') {
		*home = paths_absolute(dir);
		return 0;
	}
	if (geteuid() == 0) {
		*home = xstrdup("/var/lib/tenon");
		return 0;
	}
	dir = getenv("XDG_DATA_HOME");
	if (dir != NULL && dir[0] == '/') {
		made = xasprintf("%s/tenon", dir);
	} else {
		dir = getenv("HOME");
		if (dir == NULL || dir[0] != '/')
			return error_set(err, ERROR_USAGE,
			    "neither TENON_HOME nor HOME is set");
		made = xasprintf("%s/.local/share/tenon", dir);
	}
	*home = paths_absolute(made);
	return 0;
}

/* The directory that holds the runtime directories of this user. */
static char *
paths_runtime_base(void)
{
	const char *session;

	if (geteuid() == 0)
		return xstrdup("/run/tenon");
	session = paths_session_dir();
	if (session != NULL)
		return xasprintf("%s/tenon", session);
	return xasprintf("/tmp/tenon-%u", (unsigned)geteuid());
}

static char *
paths_id(const char *home)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	autostrbuf sb = { 0 };
	unsigned len = 0;

	if (EVP_Digest(home, strlen(home), md, &len, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < PATHS_ID_BYTES && i < len; i++)
		strbuf_addf(&sb, "%02x", md[i]);
	return strbuf_detach(&sb);
}

/*
 * In /tmp anybody may have been here first: what is not a directory of ours,
 * or lets others in to write, is not used. A missing one is fine.
 */
static int
paths_check_of(const char *dir, uid_t owner, struct error *err)
{
	struct stat st;

	if (lstat(dir, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		return error_set_errno(err, errno, "%s", dir);
	}
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERROR_DENIED,
		    "runtime directory %s is not a directory", dir);
	if (st.st_uid != owner)
		return error_set(err, ERROR_DENIED,
		    "runtime directory %s belongs to user id %u, not to %u",
		    dir, (unsigned)st.st_uid, (unsigned)owner);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return error_set(err, ERROR_DENIED,
		    "runtime directory %s can be written by others (mode %04o)",
		    dir, (unsigned)(st.st_mode & 07777));
	return 0;
}

static int
paths_check(const char *dir, struct error *err)
{
	return paths_check_of(dir, geteuid(), err);
}

static int
paths_make(const char *dir, struct error *err)
{
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		return error_set_errno(err, errno, "cannot make %s", dir);
	return paths_check(dir, err);
}

static int
paths_runtime_with(const char *home, char **dir,
    int (*each)(const char *, struct error *), struct error *err)
{
	autofree char *base = paths_runtime_base();
	autofree char *path = paths_absolute(home);
	autofree char *id = paths_id(path);
	autofree char *made = xasprintf("%s/%s", base, id);

	if (each(base, err) == -1 || each(made, err) == -1)
		return -1;
	*dir = take_ptr(made);
	return 0;
}

int
paths_runtime(const char *home, char **dir, struct error *err)
{
	return paths_runtime_with(home, dir, paths_check, err);
}

int
paths_make_runtime(const char *home, char **dir, struct error *err)
{
	return paths_runtime_with(home, dir, paths_make, err);
}

int
paths_socket(const char *home, char **socket_path, struct error *err)
{
	autofree char *dir = NULL;
	char *path;

	if (paths_runtime(home, &dir, err) == -1)
		return -1;
	path = xasprintf("%s/api.sock", dir);
	if (strlen(path) > PATHS_SOCKET_MAX) {
		error_set(err, ERROR_INVALID,
		    "socket path %s is longer than %d bytes", path,
		    PATHS_SOCKET_MAX);
		free(path);
		return error_hint(err, "set XDG_RUNTIME_DIR to a shorter path");
	}
	*socket_path = path;
	return 0;
}

/* ---- for others ---- */

/* The directory, without the socket; owned by the caller. */
static char *
paths_shared_base(uid_t owner)
{
	if (owner == 0)
		return xstrdup("/run/tenon-shared");
	return xasprintf("/tmp/tenon-shared-%u", (unsigned)owner);
}

char *
paths_shared(const char *home, uid_t owner)
{
	autofree char *base = paths_shared_base(owner);
	autofree char *path = paths_absolute(home);
	autofree char *id = paths_id(path);

	return xasprintf("%s/%s.sock", base, id);
}

int
paths_make_shared(const char *socket_path, struct error *err)
{
	autofree char *dir = xstrdup(socket_path);

	*strrchr(dir, '/') = '\0';
	if (paths_make(dir, err) == -1)
		return -1;
	if (chmod(dir, 0711) == -1)
		return error_set_errno(err, errno, "%s", dir);
	return 0;
}

/* Who runs tenond there: its database is its own. */
static uid_t
paths_owner(const char *home)
{
	autofree char *db = xasprintf("%s/tenon.db", home);
	struct stat st;

	if (lstat(db, &st) == 0 || stat(home, &st) == 0)
		return st.st_uid;
	return geteuid();
}

/* Root can go where the owner's session has put it. */
static char *
paths_socket_of(const char *home, uid_t owner)
{
	autofree char *path = paths_absolute(home);
	autofree char *id = paths_id(path);
	char *session = xasprintf("/run/user/%u/tenon/%s/api.sock",
	    (unsigned)owner, id);
	struct stat st;

	if (lstat(session, &st) == 0)
		return session;
	free(session);
	return xasprintf("/tmp/tenon-%u/%s/api.sock", (unsigned)owner, id);
}

int
paths_client_socket(const char *home, char **socket_path, struct error *err)
{
	uid_t owner = paths_owner(home);
	autofree char *base = paths_shared_base(owner);

	if (owner == geteuid())
		return paths_socket(home, socket_path, err);
	if (geteuid() == 0) {
		*socket_path = paths_socket_of(home, owner);
		return 0;
	}
	/* What somebody else has put there would be told what we ask. */
	if (paths_check_of(base, owner, err) == -1)
		return -1;
	*socket_path = paths_shared(home, owner);
	return 0;
}
