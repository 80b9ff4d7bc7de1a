/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view - what the unit sees of its model in one event: the options, and a link
 * for each related product.
 */

#ifndef DATA_INTEGRATOR_VIEW_H
#define DATA_INTEGRATOR_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct error;
struct hook;

/* A kind of server, and how it calls what a client asks for. */
struct error;

struct product {
	const char *endpoint; /* "postgresql" */
	const char *option;   /* "database-name": ours. */
	const char *key;      /* "database": in the databags. */
	const char *kind;     /* "database name": for people. */

	/* Is the name possible there? NULL if only the server knows. */
	int (*check)(const char *name, struct error *);
	/* May roles and permissions change while the relation lasts? */
	bool has_live_roles;
};

/* The relation with one product. */
struct link {
	const struct product *product;
	char *relation; /* Owned: "postgresql:3". */
	char *app;      /* Owned: the remote application. */
	json_t *answer; /* Owned: the remote databag, its secrets resolved. */
	json_t *sent;   /* Owned: what we asked for, an object; or NULL. */
	char *refusal;  /* Owned: why the provider refused; NULL: it has not. */
	char *flaw;     /* Owned: why the name is not sent; NULL: it is fine. */
};

struct view {
	json_t *config; /* Owned. */
	bool is_leader;
	char *peers;  /* Owned: the peer relation. */
	json_t *sent; /* Owned: its bag, where requests are kept by relation. */
	char *flaw;   /* Owned: what is wrong with the options for entities. */
	struct link *links;
	size_t nlinks;
};

#define autoview __attribute__((cleanup(view_release))) struct view

/* Leaves the relation `without` out, if it is not NULL. */
int view_read(struct hook *, const char *without, struct view *,
    struct error *);
void view_release(struct view *);

/* The option's value, or NULL if it is not set or empty. */
const char *view_option(const struct view *, const char *option);
/* Does an option say what to ask for, of any product? */
bool view_has_name(const struct view *);

bool link_is_granted(const struct link *);
/* The name in force, or the one asked for; NULL if there is none. */
const char *link_name(const struct link *);

#endif /* DATA_INTEGRATOR_VIEW_H */
