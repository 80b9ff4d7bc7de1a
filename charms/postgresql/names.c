/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "names.h"
#include "utf8.h"

const char name_system_users[] =
    "operator, replication, rewind, monitoring, backup";

/* Databases and roles that exist already, and words pg_hba reads otherwise. */
static const char *const reserved[] = { "postgres", "template0", "template1",
	"operator", "replication", "rewind", "monitoring", "backup", "all",
	"sameuser", "samerole", "samegroup", "public", "none", "current_user",
	"current_role", "session_user" };

static const char *const reserved_prefixes[] = { "pg_", "tenon_",
	NAME_SPARE_PREFIX };

static const char *const reserved_suffixes[] = { NAME_OWNER_SUFFIX,
	NAME_READER_SUFFIX };

static bool
ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), n = strlen(suffix);

	return len >= n && strcmp(text + len - n, suffix) == 0;
}

/* Would it be taken for the user of a relation? */
static bool
is_user_name(const char *name)
{
	static const char prefix[] = "relation-";

	return strncmp(name, prefix, sizeof prefix - 1) == 0 &&
	    name[sizeof prefix - 1] != '\0' &&
	    strspn(name + sizeof prefix - 1, "0123456789") ==
	    strlen(name + sizeof prefix - 1);
}

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < nitems(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return true;
	for (size_t i = 0; i < nitems(reserved_prefixes); i++)
		if (strncmp(name, reserved_prefixes[i],
			strlen(reserved_prefixes[i])) == 0)
			return true;
	for (size_t i = 0; i < nitems(reserved_suffixes); i++)
		if (ends_with(name, reserved_suffixes[i]))
			return true;
	return is_user_name(name);
}

static bool
has_control(const char *name)
{
	for (; *name != '\0'; name++)
		if (iscntrl((unsigned char)*name))
			return true;
	return false;
}

static int
choose_another(struct error *err)
{
	return error_hint(err, "choose another database name");
}

int
name_check_database(const char *name, struct error *err)
{
	if (name[0] == '\0') {
		error_set(err, ERROR_INVALID, "the database name is empty");
		return choose_another(err);
	}
	if (!utf8_valid(name) || has_control(name)) {
		error_set(err, ERROR_INVALID,
		    "the database name has characters that are not text");
		return choose_another(err);
	}
	if (strlen(name) > NAME_DATABASE_MAX) {
		error_set(err, ERROR_INVALID,
		    "the database name is %zu bytes long, at most %d are "
		    "possible",
		    strlen(name), NAME_DATABASE_MAX);
		return choose_another(err);
	}
	if (is_reserved(name)) {
		error_set(err, ERROR_INVALID,
		    "database name \"%s\" is reserved", name);
		return choose_another(err);
	}
	return 0;
}

bool
name_is_system_user(const char *name)
{
	static const char *const users[] = { "operator", "replication",
		"rewind", "monitoring", "backup" };

	for (size_t i = 0; i < nitems(users); i++)
		if (strcmp(name, users[i]) == 0)
			return true;
	return false;
}

char *
name_owner(const char *database)
{
	return xasprintf("%s%s", database, NAME_OWNER_SUFFIX);
}

char *
name_reader(const char *database)
{
	return xasprintf("%s%s", database, NAME_READER_SUFFIX);
}

char *
name_user(int64_t relation_id)
{
	return xasprintf("relation-%lld", (long long)relation_id);
}

char *
name_slot(const char *unit)
{
	char *slot = xstrdup(unit);

	for (char *p = slot; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p))
			*p = '_';
	return slot;
}

static int64_t
number_after(const char *text, char separator)
{
	const char *p = strrchr(text, separator);
	char *end;
	long long n;

	if (p == NULL || !isdigit((unsigned char)p[1]))
		return -1;
	errno = 0;
	n = strtoll(p + 1, &end, 10);
	return *end == '\0' && errno == 0 ? n : -1;
}

int64_t
name_unit_number(const char *unit)
{
	return number_after(unit, '/');
}

int64_t
name_relation_id(const char *relation)
{
	return number_after(relation, ':');
}
