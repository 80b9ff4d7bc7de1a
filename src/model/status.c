/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "model/model.h"

static const char *const workload_names[] = {
	[WORKLOAD_UNKNOWN] = "unknown",
	[WORKLOAD_TERMINATED] = "terminated",
	[WORKLOAD_ACTIVE] = "active",
	[WORKLOAD_WAITING] = "waiting",
	[WORKLOAD_MAINTENANCE] = "maintenance",
	[WORKLOAD_BLOCKED] = "blocked",
	[WORKLOAD_ERROR] = "error",
};

_Static_assert(nitems(workload_names) == WORKLOAD_COUNT, "a name per word");

const char *
workload_name(enum workload word)
{
	return workload_names[word];
}

enum workload
workload_parse(const char *text)
{
	for (size_t i = 0; i < nitems(workload_names); i++) {
		if (strcmp(workload_names[i], text) == 0)
			return (enum workload)i;
	}
	return WORKLOAD_COUNT;
}

bool
status_set(struct status *s, enum workload word, const char *message,
    uint64_t now_ms)
{
	const char *new = message == NULL ? "" : message;
	const char *old = s->message == NULL ? "" : s->message;

	/* A time of 0 means that nothing was ever said. */
	if (s->since_ms != 0 && s->word == word && strcmp(old, new) == 0)
		return false;
	s->word = word;
	xreplace(&s->message, *new == '\0' ? NULL : new);
	s->since_ms = now_ms;
	s->is_news = true;
	return true;
}

const char *
unit_trouble(const struct unit *u)
{
	const struct unit_local *local = &u->local;

	return local->failed_reason != NULL ? local->failed_reason :
					      local->failed_hook;
}
