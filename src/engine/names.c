/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "engine/internal.h"

static bool
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Words of [a-z0-9] joined by hyphens, the first beginning with a letter. */
static bool
name_has_shape(const char *name)
{
	if (name[0] < 'a' || name[0] > 'z')
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '-' && !is_lower_alnum(p[1]))
			return false;
		if (*p != '-' && !is_lower_alnum(*p))
			return false;
	}
	return true;
}

/* "x-1" would read like a unit's tag. */
static bool
last_word_is_number(const char *name)
{
	const char *word = strrchr(name, '-');

	if (word == NULL)
		return false;
	word++;
	return word[strspn(word, "0123456789")] == '\0';
}

int
application_name_check(const char *name, struct error *err)
{
	if (strlen(name) > LIMIT_NAME_BYTES)
		return error_set(err, ERROR_INVALID,
		    "invalid application name \"%.32s…\", longer than %d "
		    "characters",
		    name, LIMIT_NAME_BYTES);
	if (!name_has_shape(name))
		return error_set(err, ERROR_INVALID,
		    "invalid application name \"%s\", expected lower-case "
		    "letters, digits and single hyphens, beginning with a "
		    "letter",
		    name);
	if (last_word_is_number(name))
		return error_set(err, ERROR_INVALID,
		    "invalid application name \"%s\", unexpected number(s) "
		    "found after last hyphen",
		    name);
	return 0;
}

int
model_name_check(const char *name, struct error *err)
{
	const char *p = name;

	if (strlen(name) > LIMIT_NAME_BYTES)
		return error_set(err, ERROR_INVALID,
		    "\"%.32s…\" is not a valid name: longer than %d characters",
		    name, LIMIT_NAME_BYTES);
	while (is_lower_alnum(*p) || (*p == '-' && p != name))
		p++;
	if (*p != '\0' || p == name || p[-1] == '-')
		return error_set(err, ERROR_INVALID,
		    "\"%s\" is not a valid name: model names may only contain "
		    "lowercase letters, digits and hyphens",
		    name);
	return 0;
}

bool
channel_is_risk(const char *word, size_t len)
{
	static const char *const risks[] = { "stable", "candidate", "beta",
		"edge" };

	for (size_t i = 0; i < nitems(risks); i++) {
		if (strlen(risks[i]) == len && memcmp(risks[i], word, len) == 0)
			return true;
	}
	return false;
}

int
channel_check(const char *channel, struct error *err)
{
	const char *risk = strchr(channel, '/');
	size_t track = strcspn(channel, "/"), len;

	if (risk == NULL)
		return 0;
	/* Without a track: edge/fix. */
	if (channel_is_risk(channel, track) &&
	    risk[1 + strcspn(risk + 1, "/")] == '\0')
		return 0;
	len = strcspn(risk + 1, "/");
	if (track > 0 && channel_is_risk(risk + 1, len))
		return 0;
	error_set(err, ERROR_INVALID, "risk in channel \"%.64s\" not valid",
	    channel);
	return error_hint(err,
	    "a risk is stable, candidate, beta or edge, as in 15/stable");
}
