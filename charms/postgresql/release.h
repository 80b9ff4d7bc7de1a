/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release - the releases that cannot be used: those in which ALTER ROLE ... SET
 * role has no effect, so that what clients make would not belong to the owner
 * role of their database, and those before 14, which know neither
 * recovery_init_sync_method nor pg_read_all_data.
 */

#ifndef POSTGRESQL_RELEASE_H
#define POSTGRESQL_RELEASE_H

struct error;

/*
 * What a program prints for --version: "postgres (PostgreSQL) 15.9 (Debian
 * ...)". ERROR_CONFLICT for a release that cannot be used, with one that can
 * as the hint.
 */
int release_check(const char *text, struct error *);

/* Ask a program of the server in that directory. */
int release_check_installed(const char *bindir, struct error *);

/* "15.9", of the same; owned by the caller, or NULL. */
char *release_installed(const char *bindir, struct error *);

#endif /* POSTGRESQL_RELEASE_H */
