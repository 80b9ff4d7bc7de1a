/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server - the PostgreSQL server of this unit: its directories, its files, its
 * process.
 *
 * <storage>/data is there only if it is complete: it is made as data.new and
 * renamed. The configuration lies outside of it, in the unit's directory, where
 * the server cannot write and a base backup does not take it along.
 */

#ifndef POSTGRESQL_SERVER_H
#define POSTGRESQL_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/files.h"
#include "hba.h"

struct error;
struct hook;

#define SERVER_PORT    5432
#define SERVER_SERVICE "postgres"
#define SERVER_USER    "postgres"

struct server {
	char *address;
	char *bindir;
	char *storage;
	char *data;     /* <storage>/data */
	char *data_new; /* <storage>/data.new */
	char *conf_dir; /* <unit dir>/postgres */
	char *options;  /* Below it: what tune.c writes. */
	char *passfile;
	char *log;
	uid_t uid; /* Who owns the data. */
	gid_t gid;
};

#define autoserver __attribute__((cleanup(server_release))) struct server

int server_open(struct hook *, struct server *, struct error *);
void server_release(struct server *);

/* Of a file that the server may read, and nobody but us write. */
struct file_look server_look(const struct server *);

/* The user that owns the data as root, else the one we are. */
int server_user(uid_t *, gid_t *, struct error *);

bool server_has_data(const struct server *);

/* Is the data that of a standby: would it start as one? */
bool server_is_standby(const struct server *);

/* From now on it would: `dir` is the data, or data.new. */
int server_mark_standby(const struct server *, const char *dir, struct error *);

/*
 * Where the log of a server ends that was shut down in order, as the text of
 * an LSN. NULL, without an error, if it was not, or is running.
 */
char *server_stopped_at(const struct server *);

/* Identifies the cluster the data belongs to. */
int server_system_id(const struct server *, uint64_t *, struct error *);

/* Make an empty database cluster. */
int server_initdb(struct hook *, const struct server *, const char *password,
    struct error *);

/*
 * An empty data.new; and make it data, when it is complete. Whoever fills it
 * need not sync: that is done at once for all of it, before it is moved.
 */
int server_data_begin(const struct server *, struct error *);
int server_data_commit(const struct server *, struct error *);

/* Move the data out of the way, and log where it is. */
int server_set_aside(struct hook *, const struct server *, struct error *);

/*
 * Write the configuration. Of a standby, with `upstream` as its primary's
 * address, and the password for it; or of a primary, with NULL.
 */
int server_configure(struct hook *, const struct server *, const char *upstream,
    const char *password, struct error *);

/* Has that been done, ever? Then its data are those of a member. */
bool server_is_configured(const struct server *);

/* The part of it that says who may connect; and is it that on disk? */
int server_write_hba(const struct server *, enum hba, struct error *);
bool server_has_hba(const struct server *, enum hba);

/*
 * The password with which a standby gets at its primary: the one file in which
 * a password stands, of mode 0600. A primary has none.
 */
int server_write_passfile(const struct server *, const char *upstream,
    const char *password, struct error *);
int server_drop_passfile(const struct server *, struct error *);

/* Declare the service as what its data is, and have it run. */
int server_declare(struct hook *, const struct server *, struct error *);

/* The same, and wait until it accepts connections. */
int server_start(struct hook *, const struct server *, int timeout_ms,
    struct error *);

/* Has it a process at this moment? When in doubt, yes. */
bool server_runs(struct hook *);

/* A fast stop; a server that does not run is success. */
int server_stop(struct hook *, struct error *);

#define SERVER_START_MS 300000 /* After a crash it reads its log again. */

/* Why it does not run: who has its port, or its log. Caller frees. */
char *server_reason(const struct server *);

#endif /* POSTGRESQL_SERVER_H */
