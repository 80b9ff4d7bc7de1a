/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/users.h"

#define USERS_TEXT_FIRST 4096
#define USERS_TEXT_MAX   1048576
#define USERS_DIGITS_MAX 10

char *
user_name(uid_t uid)
{
	autofree char *text = NULL;
	struct passwd pw, *found = NULL;
	size_t size = USERS_TEXT_FIRST;
	int rc;

	do {
		text = xrealloc(text, size);
		rc = getpwuid_r(uid, &pw, text, size, &found);
		size *= 2;
	} while (rc == ERANGE && size <= USERS_TEXT_MAX);
	if (rc != 0 || found == NULL)
		return xasprintf("%u", (unsigned)uid);
	return xstrdup(found->pw_name);
}

/* The largest number means nobody in the interfaces of the kernel. */
static bool
users_number(const char *text, uint32_t *id)
{
	size_t len = strspn(text, "0123456789");
	unsigned long long n;

	if (len == 0 || len > USERS_DIGITS_MAX || text[len] != '\0')
		return false;
	n = strtoull(text, NULL, 10);
	if (n >= UINT32_MAX)
		return false;
	*id = (uint32_t)n;
	return true;
}

int
user_find(const char *name, uid_t *uid, struct error *err)
{
	autofree char *text = NULL;
	struct passwd pw, *found = NULL;
	size_t size = USERS_TEXT_FIRST;
	int rc;

	if (users_number(name, uid))
		return 0;
	do {
		text = xrealloc(text, size);
		rc = getpwnam_r(name, &pw, text, size, &found);
		size *= 2;
	} while (rc == ERANGE && size <= USERS_TEXT_MAX);
	if (rc != 0)
		return error_set_errno(err, rc, "user \"%s\"", name);
	if (found == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "user \"%s\" does not exist", name);
	*uid = found->pw_uid;
	return 0;
}

int
group_find(const char *name, gid_t *gid, struct error *err)
{
	autofree char *text = NULL;
	struct group gr, *found = NULL;
	size_t size = USERS_TEXT_FIRST;
	int rc;

	if (users_number(name, gid))
		return 0;
	do {
		text = xrealloc(text, size);
		rc = getgrnam_r(name, &gr, text, size, &found);
		size *= 2;
	} while (rc == ERANGE && size <= USERS_TEXT_MAX);
	if (rc != 0)
		return error_set_errno(err, rc, "group \"%s\"", name);
	if (found == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "group \"%s\" does not exist", name);
	*gid = found->gr_gid;
	return 0;
}
