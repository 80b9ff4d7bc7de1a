/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf - postgresql.conf and the other small files, as text.
 */

#ifndef POSTGRESQL_CONF_H
#define POSTGRESQL_CONF_H

struct strbuf;

/* Borrowed; all but the last two always present. */
struct conf_spec {
	const char *unit;    /* "postgresql/0" */
	const char *address; /* Where it listens. */
	int port;
	const char *hba_file, *ident_file;
	const char *options_file; /* See tune.h. */
	const char *conninfo;     /* A standby's way to its primary, or NULL. */
	const char *slot;         /* ... and its slot there, or NULL. */
};

/* Append "name = 'value'", quoted, and its end of line. */
void conf_add(struct strbuf *, const char *name, const char *value);

void conf_render(struct strbuf *, const struct conf_spec *);

/* Append " key=value" of a libpq connection string, quoted. */
void conf_add_conninfo(struct strbuf *, const char *key, const char *value);

/* Append a line of a password file for any port and database. */
void conf_add_pgpass(struct strbuf *, const char *address, const char *user,
    const char *password);

#endif /* POSTGRESQL_CONF_H */
