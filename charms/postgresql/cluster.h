/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cluster - who the members are, which one is the primary, and how that
 * changes. The engine behind it decides; nothing outside may assume who is
 * primary, or why.
 *
 * The built-in engine serves members that share a controller: the leader unit
 * decides, and records the primary in the application's bag of the peers,
 * where every member reads it.
 *
 *	cluster_bootstrap -> (cluster_join)* -> (cluster_leave, cluster_elect)*
 */

#ifndef POSTGRESQL_CLUSTER_H
#define POSTGRESQL_CLUSTER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct conn;
struct error;
struct hook;

struct member {
	char *unit;    /* "postgresql/0" */
	char *address; /* NULL until it has said where it is. */
	bool is_ready; /* It serves, as primary or as streaming standby. */
	bool has_data; /* It has once served. */
	bool is_to_be; /* In a plan: its server is still to be made. */
	char *wish;    /* It was asked to become the primary; or NULL. */
	char *stopped; /* It has stopped for that, at this LSN; or NULL. */
	char *options; /* Which options it has seen; or NULL: see turn.h. */
	char *restart; /* What it says of its restart for them; or NULL. */
};

struct cluster {
	char *relation;         /* Of the peers: "database-peers:0". */
	json_t *bag;            /* The application's, with the passwords. */
	struct member *members; /* In order of unit numbers, we included. */
	size_t nmembers;

	/* Borrowed from the bag; NULL while there is no cluster. */
	const char *primary;         /* "postgresql/0" */
	const char *primary_address; /* "127.33.7.1" */
	const char *target; /* Who is to become it; NULL if it stays. */
	const char *chosen; /* Who is being promoted: no way back; or NULL. */

	struct hook
	    *plan; /* Nothing is done, only told: see conn.h; or NULL. */
};

#define autocluster __attribute__((cleanup(cluster_release))) struct cluster

/* What is known at this moment. A unit that leaves is no member. */
int cluster_read(struct hook *, struct cluster *, struct error *);
void cluster_release(struct cluster *);

/* Borrowed; NULL if there is no such member. */
const struct member *cluster_find(const struct cluster *, const char *unit);

/* In a plan: have the members believe that our server has been made. */
int cluster_pretend(struct hook *, const struct cluster *, struct error *);

/* Has any member that there is ever served? */
bool cluster_has_data(const struct cluster *);

/* Borrowed; "" before the leader has made them. */
const char *cluster_password(const struct cluster *, const char *user);

/* Connections as the operator, borrowed as by session_get(). */
struct conn *cluster_connect(struct hook *, const struct cluster *,
    const struct member *, struct error *);
struct conn *cluster_connect_primary(struct hook *, const struct cluster *,
    struct error *);

/*
 * A connection to another database of the primary, to be freed by the caller.
 * In a plan one that is still to be made is answered for by template1.
 */
struct conn *cluster_visit(const struct cluster *, const char *dbname,
    struct error *);

enum cluster_role {
	CLUSTER_ROLE_NONE, /* It does not serve. */
	CLUSTER_ROLE_STANDBY,
	CLUSTER_ROLE_PRIMARY
};

/* What our own server is at this moment: it is asked. */
enum cluster_role cluster_role(struct hook *, const struct cluster *);

/* The leader: passwords for the system users, unless there are. */
int cluster_prepare(struct hook *, struct error *);

/* The leader, while there is no primary: make the first one, here. */
int cluster_bootstrap(struct hook *, struct cluster *, struct error *);

/*
 * Have our server run, and be what the cluster wants it to be: the primary, or
 * a standby that streams from it. Clones it if needed, and follows a primary
 * that has changed.
 */
int cluster_join(struct hook *, const struct cluster *, struct error *);

/*
 * Stop our server for good, and tell the members. All it has committed is on
 * the standbys then.
 */
int cluster_leave(struct hook *, struct error *);

/*
 * The leader: if the primary is no member any more, choose the standby that has
 * most. Promote whoever has been chosen, and record it. If nobody is left who
 * has ever had data, there is no cluster any more. Sets *changed.
 */
int cluster_elect(struct hook *, struct cluster *, bool *changed,
    struct error *);

/*
 * The leader: choose the next primary. Once it is promoted it takes what clients
 * commit, so that another one must not be: the choice is on record first, and
 * the promotion is the next hook's, which comes at once.
 */
int cluster_choose(struct hook *, const struct cluster *, const struct member *,
    struct error *);

/*
 * While there is no primary: have our server run as it is, closed for clients,
 * since it may be the next one. Nothing is done if it has never run here.
 */
int cluster_rise(struct hook *, const struct cluster *, struct error *);

/* The leader: make the chosen one the primary, and record it. */
int cluster_promote(struct hook *, const struct cluster *,
    const struct member *, struct error *);

/* Wait until a primary that was stopped answers no more. */
int cluster_await_gone(const struct cluster *, struct error *);

/* The leader: a member has gone, and the primary need not wait for it. */
int cluster_forget(struct hook *, const struct cluster *, const char *unit,
    struct error *);

/* In a plan, the leader: what follows when that member has gone. */
int cluster_foretell(struct hook *, const struct cluster *, const char *unit,
    struct error *);

#endif /* POSTGRESQL_CLUSTER_H */
