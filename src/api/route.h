/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route - what the API offers: a row for each method and path, with the fields
 * it takes. docs/openapi.yaml says the same; a test compares them.
 */

#ifndef API_ROUTE_H
#define API_ROUTE_H

#include <stddef.h>

#include "api/access.h"
#include "engine/engine.h"

enum api_type {
	API_TEXT,
	API_CHARM, /* A string; a directory runs code of others: admin only. */
	API_COUNT, /* An integer from 0. */
	API_BOOL,
	API_TEXTS,    /* An array of strings. */
	API_TEXT_MAP, /* An object whose members are strings. */
	API_OBJECT,
	API_STEPS /* An array of {path, body, what}: see steps.h. */
};

enum api_need {
	API_OPTIONAL,
	API_REQUIRED
};

struct api_field {
	const char *name;
	enum api_type type;
	enum api_need need;
	enum access_role role; /* To give it, or say true; if more than that. */
};

enum api_kind {
	API_VERB,
	API_EVENTS,
	API_METRICS,
	API_USERS
};

#define API_FIELDS_MAX 10

struct api_route {
	const char *method;
	/* "{model}" and "{subject}" stand for one part of the path each. */
	const char *path;
	const char *summary;
	enum access_role role; /* The least that may use it; never NONE. */
	engine_verb *verb;     /* NULL unless API_VERB. */
	enum api_kind kind;
	struct api_field fields[API_FIELDS_MAX + 1]; /* Up to name == NULL. */
};

struct api_table {
	const struct api_route *routes;
	size_t n;
};

/* The routes of docs/api.md. */
extern const struct api_table api_routes;

/* A row by its method and its path as written in the table, or NULL. */
const struct api_route *api_route_find(const struct api_table *,
    const char *method, const char *path);

/* A field of a row by its name, or NULL. */
const struct api_field *api_field_find(const struct api_route *,
    const char *name);

#endif /* API_ROUTE_H */
