/* SPDX-License-Identifier: Apache-2.0 */

#include "model/visits.h"

#include <stdio.h>

#include "base/limits.h"

static void
forget_oldest(json_t *visits)
{
	const char *key, *oldest = NULL;
	json_int_t first = 0;
	json_t *then;

	json_object_foreach(visits, key, then) {
		if (oldest == NULL || json_integer_value(then) < first) {
			oldest = key;
			first = json_integer_value(then);
		}
	}
	(void)json_object_del(visits, oldest);
}

static void
note(json_t **visits, const char *uid, json_int_t wall_ms)
{
	if (*visits == NULL)
		*visits = json_object();
	if (json_integer_value(json_object_get(*visits, uid)) >= wall_ms)
		return;
	json_object_set_new(*visits, uid, json_integer(wall_ms));
	if (json_object_size(*visits) > LIMIT_USERS_SEEN)
		forget_oldest(*visits);
}

void
visits_note(json_t **visits, uid_t uid, uint64_t wall_ms)
{
	char key[24];

	(void)snprintf(key, sizeof key, "%lu", (unsigned long)uid);
	note(visits, key, (json_int_t)wall_ms);
}

void
visits_take(json_t **visits, json_t *row)
{
	const char *key;
	json_t *then;

	json_object_foreach(row, key, then)
		note(visits, key, json_integer_value(then));
}
