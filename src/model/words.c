/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "model/words.h"

static const char *const roles[] = {
	[ROLE_PEER] = "peer",
	[ROLE_PROVIDER] = "provider",
	[ROLE_REQUIRER] = "requirer",
};

static const char *const service_states[] = {
	[SERVICE_STOPPED] = "stopped",
	[SERVICE_RUNNING] = "running",
	[SERVICE_BACKOFF] = "backoff",
	[SERVICE_FAILED] = "failed",
};

static const char *const task_states[] = {
	[TASK_PENDING] = "pending",
	[TASK_RUNNING] = "running",
	[TASK_COMPLETED] = "completed",
	[TASK_FAILED] = "failed",
	[TASK_CANCELLED] = "cancelled",
	[TASK_ABORTED] = "aborted",
};

const char *
role_word(enum endpoint_role role)
{
	return roles[role];
}

const char *
service_word(enum service_state state)
{
	return service_states[state];
}

const char *
task_state_name(enum task_state state)
{
	return task_states[state];
}

/* The index of the word, or -1. */
static int
find_word(const char *const words[], size_t n, const char *text)
{
	for (size_t i = 0; text != NULL && i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return (int)i;
	}
	return -1;
}

int
role_parse(const char *text, enum endpoint_role *role)
{
	int i = find_word(roles, nitems(roles), text);

	if (i < 0)
		return -1;
	*role = (enum endpoint_role)i;
	return 0;
}

int
service_parse(const char *text, enum service_state *state)
{
	int i = find_word(service_states, nitems(service_states), text);

	if (i < 0)
		return -1;
	*state = (enum service_state)i;
	return 0;
}

int
task_parse(const char *text, enum task_state *state)
{
	int i = find_word(task_states, nitems(task_states), text);

	if (i < 0)
		return -1;
	*state = (enum task_state)i;
	return 0;
}
