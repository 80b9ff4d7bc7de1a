/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "api/route.h"

const struct api_route *
api_route_find(const struct api_table *table, const char *method,
    const char *path)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct api_route *route = &table->routes[i];

		if (strcmp(route->method, method) == 0 &&
		    strcmp(route->path, path) == 0)
			return route;
	}
	return NULL;
}

/* What changes something can be rehearsed, whether it says so or not. */
static const struct api_field dry_run = { "dry-run", API_BOOL, API_OPTIONAL,
	ACCESS_NONE };

const struct api_field *
api_field_find(const struct api_route *route, const char *name)
{
	const struct api_field *field = route->fields;

	for (; field->name != NULL; field++) {
		if (strcmp(field->name, name) == 0)
			return field;
	}
	if (strcmp(route->method, "POST") == 0 &&
	    strcmp(route->path, "/v1/hook-tools") != 0 &&
	    strcmp(name, dry_run.name) == 0)
		return &dry_run;
	return NULL;
}
