/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/spawn.h"

#define PASSWD_BYTES   4096
#define PASSWD_MAX     1048576
#define GROUPS_GUESSED 16
#define GROUPS_MAX     65536

/* 0 and *found, or an errno. */
static int
user_look_up(const char *name, struct passwd *pw, char **text,
    struct passwd **found)
{
	size_t size = PASSWD_BYTES;
	int rc;

	do {
		*text = xrealloc(*text, size);
		rc = getpwnam_r(name, pw, *text, size, found);
		size *= 2;
	} while (rc == ERANGE && size <= PASSWD_MAX);
	return rc;
}

/* What initgroups() would set. */
static int
user_list_groups(struct spawn_user *user, const char *name, struct error *err)
{
	int room = GROUPS_GUESSED;
	int n;

	for (;;) {
		user->groups = xrealloc(user->groups,
		    (size_t)room * sizeof user->groups[0]);
		n = room;
		if (getgrouplist(name, user->gid, user->groups, &n) != -1)
			break;
		room *= 2;
		if (room > GROUPS_MAX)
			return error_set(err, ERROR_INTERNAL,
			    "user \"%s\" is in too many groups", name);
	}
	user->ngroups = n;
	return 0;
}

int
spawn_user_find(struct spawn_user *user, const char *name, struct error *err)
{
	struct spawn_user u = { 0 };
	autofree char *text = NULL;
	struct passwd pw, *found = NULL;
	int rc;

	rc = user_look_up(name, &pw, &text, &found);
	if (rc != 0)
		return error_set_errno(err, rc, "user \"%s\"", name);
	if (found == NULL) {
		error_set(err, ERROR_INVALID, "user \"%s\" does not exist",
		    name);
		return error_hint(err, "install the package that brings it");
	}
	u.uid = found->pw_uid;
	u.gid = found->pw_gid;
	if (user_list_groups(&u, name, err) == -1) {
		spawn_user_release(&u);
		return -1;
	}
	*user = u;
	return 0;
}

void
spawn_user_release(struct spawn_user *user)
{
	free(user->groups);
	*user = (struct spawn_user){ 0 };
}
