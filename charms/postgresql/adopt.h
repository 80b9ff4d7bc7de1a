/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adopt - take over a database that was not made for a relation.
 *
 * It gets the three roles and the mark of ours, and what is in it belongs to
 * its owner role: all in one transaction, so that whoever is cut off has done
 * nothing. Who owned it before becomes a member of the owner role.
 *
 * What could be used against those who have more rights stays whose it is:
 * extensions and what belongs to them, functions in languages that are not
 * trusted or that event triggers call, event triggers, publications,
 * subscriptions, foreign-data wrappers and servers, base types and operator
 * classes.
 */

#ifndef POSTGRESQL_ADOPT_H
#define POSTGRESQL_ADOPT_H

#include <stddef.h>

struct cluster;
struct error;
struct hook;

/*
 * The leader. `handed_over` is how many objects have another owner now; 0 also
 * if it is ours already. ERROR_INVALID, ERROR_NOT_FOUND or ERROR_CONFLICT say
 * why it cannot be.
 */
int adopt_database(struct hook *, const struct cluster *, const char *name,
    size_t *handed_over, struct error *);

#endif /* POSTGRESQL_ADOPT_H */
