/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release - the minor releases that cannot be used: those in which ALTER ROLE
 * ... SET role has no effect, so that what clients make would not belong to
 * the owner role of their database.
 */

#ifndef POSTGRESQL_RELEASE_H
#define POSTGRESQL_RELEASE_H

struct error;

/*
 * What `postgres --version` printed: "postgres (PostgreSQL) 15.9 (Debian ...)".
 * ERROR_CONFLICT for a release that is broken, with the next one as the hint.
 */
int release_check(const char *text, struct error *);

/* Ask the server program in that directory. */
int release_check_installed(const char *bindir, struct error *);

#endif /* POSTGRESQL_RELEASE_H */
