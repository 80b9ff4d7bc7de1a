/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - what the leader asks the providers for.
 *
 * A request is sent once, when both the relation and the name are there, and
 * then stands: name and entity type change only as long as the provider refuses
 * them, roles and permissions only where the product can change them while it
 * is related. What was
 * sent is kept in the peer relation's bag too, because only the leader may read
 * its own application's bag in other relations.
 */

#ifndef DATA_INTEGRATOR_REQUEST_H
#define DATA_INTEGRATOR_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

struct error;
struct hook;
struct link;
struct view;

/* What the options ask of this product now, a new object; NULL for nothing. */
json_t *request_wanted(const struct view *, const struct link *);

/* Do the options say something else that would need another relation? */
bool request_differs(const struct view *, const struct link *);

/* Send what is due; no-op unless we are the leader. */
int requests_send(struct hook *, struct view *, struct error *);

/* The relation has ended: forget what was sent in it. */
int request_forget(struct hook *, const struct view *, const char *relation,
    struct error *);

#endif /* DATA_INTEGRATOR_REQUEST_H */
