/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show - the answers that describe one unit, application or machine, as Juju's
 * show-unit, show-application and show-machine print them. Pure. New
 * references.
 */

#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <jansson.h>

enum show_parts {
	SHOW_ALL,
	SHOW_APPLICATION_DATA /* Of relations, no more than applications say. */
};

/* The passwords that the units of an application share among themselves. */
enum show_secrets {
	SHOW_HIDDEN,
	SHOW_REVEALED
};

/* Which relations of a unit; NULL is any. */
struct show_choice {
	const char *endpoint, *related_unit;
	enum show_parts parts;
	enum show_secrets secrets;
};

/* What is behind the unit's name, of GET .../units/x%2F0. */
json_t *show_unit(const json_t *unit, const struct show_choice *);

/* What is behind the application's name, of GET .../applications/x. */
json_t *show_application(const json_t *app, unsigned status_flags);

#endif /* CLI_SHOW_H */
