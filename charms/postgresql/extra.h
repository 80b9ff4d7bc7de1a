/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extra - what a client may ask for with `extra-user-roles`.
 */

#ifndef POSTGRESQL_EXTRA_H
#define POSTGRESQL_EXTRA_H

struct error;
struct strbuf;

enum extra {
	EXTRA_ADMIN = 1 << 0, /* Read and write everything. */
	EXTRA_CREATEDB = 1 << 1,
	EXTRA_CREATEROLE = 1 << 2,
	EXTRA_SUPERUSER = 1 << 3,
	EXTRA_READER = 1 << 4,    /* May only read its database. */
	EXTRA_READ_ALL = 1 << 5,  /* May only read, but all databases. */
	EXTRA_WRITE_ALL = 1 << 6, /* May read and change rows, in all. */
	EXTRA_STATS = 1 << 7      /* Sees what the server is doing. */
};

/* Those who may enter any database. */
#define EXTRA_ANYWHERE                                                     \
	(EXTRA_ADMIN | EXTRA_CREATEDB | EXTRA_SUPERUSER | EXTRA_READ_ALL | \
	    EXTRA_WRITE_ALL)

/* Those who may make no tables; each excludes all others but STATS. */
#define EXTRA_LIMITED (EXTRA_READER | EXTRA_READ_ALL | EXTRA_WRITE_ALL)

/* Those whose rights are their own, and would be lost in another role. */
#define EXTRA_WIDE (EXTRA_ANYWHERE | EXTRA_CREATEROLE | EXTRA_STATS)

/*
 * A comma list in any case, blanks tolerated. ERROR_INVALID says what is
 * unknown, and what is possible.
 */
int extra_parse(const char *text, unsigned *flags, struct error *);

/* Append " CREATEDB NOSUPERUSER ...": all attributes of a role. */
void extra_attributes(struct strbuf *, unsigned flags);

#endif /* POSTGRESQL_EXTRA_H */
