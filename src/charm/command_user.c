/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "charm/command.h"

static int
find_groups(struct command_user *u, const char *name, struct error *err)
{
	int n = 16;
	int room;

	do {
		room = n;
		u->groups = xrealloc(u->groups,
		    (size_t)room * sizeof *u->groups);
		if (getgrouplist(name, u->gid, u->groups, &n) >= 0) {
			u->ngroups = (size_t)n;
			return 0;
		}
	} while (n > room);
	return error_set(err, ERROR_INTERNAL, "groups of user \"%s\"", name);
}

int
command_user_find(struct command_user *u, const char *name, struct error *err)
{
	struct passwd pw;
	struct passwd *found = NULL;
	char text[4096];
	int errnum;

	if (name == NULL || geteuid() != 0)
		return 0;
	errnum = getpwnam_r(name, &pw, text, sizeof text, &found);
	if (errnum != 0)
		return error_set_errno(err, errnum, "user \"%s\"", name);
	if (found == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no user \"%s\"", name);
	u->uid = pw.pw_uid;
	u->gid = pw.pw_gid;
	if (find_groups(u, name, err) < 0)
		return -1;
	u->is_set = true;
	return 0;
}

void
command_user_release(struct command_user *u)
{
	free(u->groups);
	*u = (struct command_user){ 0 };
}
