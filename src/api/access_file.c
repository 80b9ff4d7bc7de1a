/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "api/access.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/users.h"
#include "base/yaml.h"

/* What tells one version of the file from the next. */
struct version {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed; /* Also when its mode or owner has. */
	int errnum;              /* It could not be looked at. */
};

struct access {
	char *path; /* Owned, or NULL. */
	uid_t owner;
	struct version version;
	struct access_grant *grants; /* Owned. */
	size_t ngrants;
};

struct access *
access_new(const char *path, uid_t owner)
{
	struct access *a = xcalloc(1, sizeof *a);

	a->path = path != NULL ? xstrdup(path) : NULL;
	a->owner = owner;
	a->version.errnum = ENOENT; /* As if it had been looked for. */
	return a;
}

static void
access_clear(struct access *a)
{
	for (size_t i = 0; i < a->ngrants; i++)
		free(a->grants[i].name);
	a->ngrants = 0;
}

void
access_free(struct access *a)
{
	if (a == NULL)
		return;
	free(a->path);
	access_clear(a);
	free(a->grants);
	free(a);
}

/* ---- what it says ---- */

static int
role_parse(const json_t *value, enum access_role *role, struct error *err)
{
	static const enum access_role roles[] = { ACCESS_VIEWER,
		ACCESS_OPERATOR, ACCESS_ADMIN };
	const char *text = json_is_string(value) ? json_string_value(value) :
						   "";

	for (size_t i = 0; i < nitems(roles); i++) {
		if (strcmp(text, access_word(roles[i])) == 0) {
			*role = roles[i];
			return 0;
		}
	}
	error_set(err, ERROR_INVALID, "\"%.64s\" is not a role", text);
	return error_hint(err, "roles are viewer, operator and admin");
}

static void
access_add(struct access *a, const struct access_grant *grant)
{
	a->grants = xrealloc(a->grants, (a->ngrants + 1) * sizeof *a->grants);
	a->grants[a->ngrants] = *grant;
	a->grants[a->ngrants++].name = xstrdup(grant->name);
}

size_t
access_grants(const struct access *a, const struct access_grant **grants)
{
	*grants = a->grants;
	return a->ngrants;
}

/* Somebody who has left the machine takes no one's access away but his own. */
static int
access_read_grants(struct access *a, enum access_subject subject, json_t *roles,
    struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(roles, name, value) {
		struct error unknown = { 0 };
		autofree char *owned = xstrdup(name);
		struct access_grant grant = { .subject = subject,
			.name = owned };
		int rc;

		if (role_parse(value, &grant.role, err) == -1)
			return error_wrap(err, "\"%.64s\"", name);
		rc = subject == ACCESS_USER ?
		    user_find(name, &grant.id, &unknown) :
		    group_find(name, &grant.id, &unknown);
		if (rc == 0)
			access_add(a, &grant);
		else
			log_warn("access", "%s: %s", a->path, unknown.msg);
	}
	return 0;
}

static int
access_read_document(struct access *a, json_t *doc, struct error *err)
{
	static const struct {
		const char *name;
		enum access_subject subject;
	} rows[] = { { "users", ACCESS_USER }, { "groups", ACCESS_GROUP } };
	json_t *value;
	const char *name;

	if (json_is_null(doc))
		return 0; /* Empty: nobody. */
	if (!json_is_object(doc))
		return error_set(err, ERROR_INVALID, "not a mapping");
	json_object_foreach(doc, name, value) {
		size_t i = 0;

		while (i < nitems(rows) && strcmp(name, rows[i].name) != 0)
			i++;
		if (i == nitems(rows))
			return error_set(err, ERROR_INVALID,
			    "unknown key \"%.64s\": users and groups are known",
			    name);
		if (json_is_null(value))
			continue;
		if (!json_is_object(value))
			return error_set(err, ERROR_INVALID,
			    "\"%s\" is not a mapping of names to roles", name);
		if (access_read_grants(a, rows[i].subject, value, err) == -1)
			return -1;
	}
	return 0;
}

/* ---- the file ---- */

static struct version
version_of(const char *path, struct stat *st)
{
	if (lstat(path, st) == -1)
		return (struct version){ .errnum = errno };
	return (struct version){ .dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.changed = st->st_ctim };
}

static bool
version_is(const struct version *a, const struct version *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec && a->errnum == b->errnum;
}

static int
access_check_file(const struct access *a, const struct stat *st,
    struct error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_set(err, ERROR_DENIED, "not a regular file");
	if (st->st_uid != a->owner && st->st_uid != 0) {
		error_set(err, ERROR_DENIED, "belongs to user id %u, not to %u",
		    (unsigned)st->st_uid, (unsigned)a->owner);
		return error_hint(err, "chown %u %s", (unsigned)a->owner,
		    a->path);
	}
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		error_set(err, ERROR_DENIED,
		    "can be written by others (mode %04o)",
		    (unsigned)(st->st_mode & 07777));
		return error_hint(err, "chmod go-w %s", a->path);
	}
	return 0;
}

static int
access_read_file(struct access *a, struct error *err)
{
	autofree char *text = NULL;
	json_auto_t *doc = NULL;
	size_t len = 0;

	text = file_read(a->path, LIMIT_YAML_BYTES, &len, err);
	if (text == NULL)
		return -1;
	doc = yaml_read(text, len, err);
	if (doc == NULL)
		return -1;
	return access_read_document(a, doc, err);
}

/*
 * It was looked at before it is read: what changes in between is another
 * version at the next look.
 */
static void
access_reread(struct access *a, const struct stat *st)
{
	struct error err = { 0 };

	access_clear(a);
	if (a->version.errnum == ENOENT) {
		log_info("access", "%s is gone: only the owner and root",
		    a->path);
		return;
	}
	if (a->version.errnum != 0)
		error_set_errno(&err, a->version.errnum, "cannot be read");
	else if (access_check_file(a, st, &err) == 0 &&
	    access_read_file(a, &err) == 0) {
		log_info("access", "%s gives %zu users and groups a role",
		    a->path, a->ngrants);
		return;
	}
	access_clear(a);
	log_error("access", "%s is refused, and gives nobody a role: %s%s%s",
	    a->path, err.msg, err.hint[0] != '\0' ? "; " : "", err.hint);
}

bool
access_refresh(struct access *a)
{
	struct version version;
	struct stat st;

	if (a->path == NULL)
		return false;
	version = version_of(a->path, &st);
	if (version_is(&version, &a->version))
		return false;
	a->version = version;
	access_reread(a, &st);
	return true;
}

void
access_forget(struct access *a)
{
	a->version = (struct version){ .errnum = -1 };
}

/* ---- the answer ---- */

bool
access_is_shared(const struct access *a)
{
	return a->ngrants > 0;
}

static bool
grant_is_for(const struct access_grant *grant, const struct access_peer *peer)
{
	if (grant->subject == ACCESS_USER)
		return grant->id == peer->uid;
	for (size_t i = 0; i < peer->ngroups; i++) {
		if (grant->id == peer->groups[i])
			return true;
	}
	return false;
}

enum access_role
access_role(const struct access *a, const struct access_peer *peer)
{
	enum access_role role = ACCESS_NONE;

	if (peer->uid == a->owner || peer->uid == 0)
		return ACCESS_ADMIN;
	for (size_t i = 0; i < a->ngrants; i++) {
		if (a->grants[i].role > role &&
		    grant_is_for(&a->grants[i], peer))
			role = a->grants[i].role;
	}
	return role;
}
