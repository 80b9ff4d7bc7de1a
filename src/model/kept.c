/* SPDX-License-Identifier: Apache-2.0 */

#include "model/kept.h"

json_t *
kept_find(const json_t *kept, const char *key)
{
	return json_object_get(kept, key);
}

static int
kept_is_empty(const json_t *value)
{
	return value == NULL ||
	    (json_is_object(value) && json_object_size(value) == 0) ||
	    (json_is_array(value) && json_array_size(value) == 0);
}

void
kept_set(json_t **kept, const char *key, json_t *stolen)
{
	if (*kept == NULL)
		*kept = json_object();
	if (kept_is_empty(stolen)) {
		(void)json_object_del(*kept, key);
		json_decref(stolen);
	} else {
		(void)json_object_set_new(*kept, key, stolen);
	}
	if (json_object_size(*kept) > 0)
		return;
	json_decref(*kept);
	*kept = NULL;
}
