/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clients - all relations with clients at once, for hooks that are not about
 * one of them.
 *
 * What a client asks for is answered in the hook of its relation. Here the
 * leader looks for what no such hook tells of: a cluster that has changed, users
 * that somebody has dropped, refusals whose reason may be gone, users and
 * secrets that a leader before us has left behind. Each is found without asking
 * about every relation, and only the relations that it concerns are looked at.
 */

#ifndef POSTGRESQL_CLIENTS_H
#define POSTGRESQL_CLIENTS_H

struct cluster;
struct error;
struct hook;

/* The leader: have all that clients are told fit the cluster. */
int clients_converge(struct hook *, const struct cluster *, struct error *);

/* The leader: only answer the requests that are open. */
int clients_answer(struct hook *, const struct cluster *, struct error *);

/*
 * The next time look at every client: a leader before us, or we, may have
 * missed what it asks for.
 */
int clients_look_at_all(struct hook *, struct error *);

/* The next time look at this one, which was refused, again. */
int clients_look_again(struct hook *, const char *relation, struct error *);

#endif /* POSTGRESQL_CLIENTS_H */
