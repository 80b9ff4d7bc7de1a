/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials - what an application was given to reach its database, and how
 * programs want to read that: one structure, and one pure emitter per format.
 */

#ifndef CLI_CREDENTIALS_H
#define CLI_CREDENTIALS_H

#include <jansson.h>
#include <stddef.h>

struct cli;
struct error;
struct strbuf;

struct host {
	char *name; /* Without the brackets of an IPv6 address. */
	char *port;
};

struct hosts {
	struct host *v;
	size_t n;
};

struct credentials {
	char *app; /* Who was given them. */
	char *username, *password, *database;
	struct hosts primary;  /* At least one. */
	struct hosts standbys; /* May be none. */
	json_t *fields;        /* All of them as they were answered. */
};

#define autocredentials \
	__attribute__((cleanup(credentials_release))) struct credentials

/*
 * Read the results of the action get-credentials. Fails for who has no user
 * that can log in: not related, refused, or a group.
 */
int credentials_read(const char *app, const json_t *results,
    struct credentials *, struct error *);
void credentials_release(struct credentials *);

/* Ask the leader of the application for them; returns when it has answered. */
int credentials_get(struct cli *, const char *app, struct credentials *,
    struct error *);

/*
 * Run an action without parameters on a unit ("x/0", "x/leader"), or with one,
 * and return its results: a new reference, or NULL.
 */
json_t *credentials_ask(struct cli *, const char *unit, const char *action,
    struct error *);

/*
 * Text in the format. Fails where the format has no way to write a value that
 * its readers would understand; names that value.
 */
typedef int credentials_emit_fn(const struct credentials *, struct strbuf *,
    struct error *);

struct credentials_format {
	const char *name;
	const char *help; /* For whom, a few words. */
	credentials_emit_fn *emit;
};

/* Up to a row without a name; NULL for a name that is none of them. */
extern const struct credentials_format credentials_formats[];
const struct credentials_format *credentials_format(const char *name);

/* libpq's forms: credentials_libpq.c. */
credentials_emit_fn credentials_uri, credentials_uri_ro, credentials_kv,
    credentials_pgpass, credentials_service;

/* Environments: credentials_env.c. */
credentials_emit_fn credentials_dotenv, credentials_sh, credentials_systemd_env;

/* Settings of drivers and frameworks: credentials_driver.c. */
credentials_emit_fn credentials_jdbc, credentials_django,
    credentials_sqlalchemy, credentials_rails, credentials_spring,
    credentials_prisma, credentials_npgsql;

/* Data: credentials_data.c. */
credentials_emit_fn credentials_json, credentials_yaml, credentials_k8s_secret;

/*
 * The variables of libpq and DATABASE_URL, as an object of strings in the order
 * in which they are written. A new reference.
 */
json_t *credentials_environment(const struct credentials *);

/* Take from our own environment what libpq would heed before them. */
void credentials_clear_environment(void);

/* The files of a binding (servicebinding.io), name to content. */
json_t *credentials_binding(const struct credentials *);

/* ---- for the emitters ---- */

/* Of all hosts, the ones to try first come first. */
enum host_order {
	HOSTS_TO_WRITE,
	HOSTS_TO_READ,
	HOSTS_PRIMARY /* Only the first. */
};

/* "a:5432,[::1]:5432"; "a,::1"; "5432,5432". */
enum host_part {
	HOST_AND_PORT,
	HOST_NAME,
	HOST_PORT
};

void credentials_add_hosts(struct strbuf *, const struct credentials *,
    enum host_order, enum host_part);

/* "jdbc:postgresql://..." without user and password. */
void credentials_add_jdbc(struct strbuf *, const struct credentials *);

#endif /* CLI_CREDENTIALS_H */
