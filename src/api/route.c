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

const struct api_field *
api_field_find(const struct api_route *route, const char *name)
{
	const struct api_field *field = route->fields;

	for (; field->name != NULL; field++) {
		if (strcmp(field->name, name) == 0)
			return field;
	}
	return NULL;
}
