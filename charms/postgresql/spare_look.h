/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spare_look - which spare databases there are, as their roles' comments say.
 */

#ifndef POSTGRESQL_SPARE_LOOK_H
#define POSTGRESQL_SPARE_LOOK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct conn;
struct error;
struct hook;

/* The comments of its gate, which goes on with the oid, and of its other roles. */
#define SPARE_MARK        "tenon: spare database"
#define SPARE_MARK_MAKING "tenon: spare database in the making"
#define SPARE_MARK_ROLE   "tenon: spare role"

struct spare {
	char *name;     /* Owned: of the database, and of its gate. */
	char *oid;      /* Owned: of the database; "" if there is none. */
	char *roles;    /* Owned: all that are ours, as a list in SQL. */
	bool is_whole;  /* Ready to be taken. */
	bool has_ours;  /* The database is the one that we made, or began. */
	bool is_in_use; /* Somebody is connected. */
};

struct spares {
	struct spare *list; /* Owned; the oldest first. */
	size_t n;
};

#define autospares __attribute__((cleanup(spares_release))) struct spares

void spares_release(struct spares *);

/*
 * All of them, broken ones included. `taken` says whether a database or role of
 * these names exists: NULL-terminated, and four; or both are NULL.
 */
int spares_look(struct conn *, struct spares *, const char *const *names,
    bool *taken, struct error *);

/* ---- what the leader knows: its state, of this hook ---- */

/* The passwords of the spares' users, by name of the spare: a new reference. */
json_t *spare_passwords(struct hook *, struct error *);
int spare_passwords_keep(struct hook *, json_t *stolen_passwords,
    struct error *);

/* All owned by the caller. */
char *spare_new_name(void);
char *spare_user(const char *spare);

#endif /* POSTGRESQL_SPARE_LOOK_H */
