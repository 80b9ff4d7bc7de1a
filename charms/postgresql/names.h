/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names - what things are called, and which names a client may choose.
 *
 * For a database D there are three roles: the gate "D" (pg_hba's samerole lets
 * its members into the database of that name, and only there), "D:owner" and
 * "D:reader". A relation's user is "relation-<id>".
 */

#ifndef POSTGRESQL_NAMES_H
#define POSTGRESQL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct error;

#define NAME_OWNER_SUFFIX  ":owner"
#define NAME_READER_SUFFIX ":reader"

/* Databases that wait for a client, and their roles: see spare.h. */
#define NAME_SPARE_PREFIX "tenon-spare-"

#define NAME_DATABASE_MAX 56 /* So that "D:reader" fits into 63 bytes. */

/* ERROR_INVALID with the reason for a person, and what to do as the hint. */
int name_check_database(const char *, struct error *);

/* Is it operator, replication, rewind, monitoring or backup? */
bool name_is_system_user(const char *);

/* "operator, replication, rewind, monitoring, backup" */
extern const char name_system_users[];

/* All owned by the caller. */
char *name_owner(const char *database);
char *name_reader(const char *database);
char *name_user(int64_t relation_id);

/* "data-base/10" -> "data_base_10": slot names are [a-z0-9_] only. */
char *name_slot(const char *unit);

/* The number after the last slash, or colon; -1 if there is none. */
int64_t name_unit_number(const char *unit);
int64_t name_relation_id(const char *relation);

#endif /* POSTGRESQL_NAMES_H */
