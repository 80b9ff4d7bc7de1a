/* SPDX-License-Identifier: Apache-2.0 */
/*
 * answer - what a client is told, as one flat object.
 *
 * Who lists a key in its `requested-secrets` gets it in a secret, of which our
 * databag has the URI only: `secret-user` for username, password and URIs,
 * `secret-entity` for entity-name and entity-password, `secret-tls` for tls and
 * tls-ca. Everybody else gets it in the databag.
 */

#ifndef POSTGRESQL_ANSWER_H
#define POSTGRESQL_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

struct error;
struct hook;

/* Has the client listed the key? `asked` is its databag. */
bool answer_is_requested(const json_t *asked, const char *key);

/* The leader: what was told so far, secrets included; a new reference. */
json_t *answer_read(struct hook *, const char *relation, struct error *);

/* The leader: tell the values; a null takes its key back. */
int answer_write(struct hook *, const char *relation, const json_t *asked,
    json_t *stolen_values, struct error *);

/* The user's name; NULL if nothing has been granted. Borrowed. */
const char *answer_user(const json_t *answer);
/* The user's password; "" if it has none. Borrowed. */
const char *answer_password(const json_t *answer);

/* The leader: remove the secrets of a relation that ends. */
int answer_withdraw(struct hook *, const char *relation, struct error *);

/*
 * The leader: remove the secrets of relations whose user is not a key of
 * `users`.
 */
int answer_forget(struct hook *, const json_t *users, struct error *);

#endif /* POSTGRESQL_ANSWER_H */
