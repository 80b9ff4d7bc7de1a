/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - from the method, the target and the body of an HTTP request to a
 * row of the route table and checked arguments. No I/O.
 */

#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <jansson.h>
#include <stddef.h>

#include "api/access.h"

struct api_route;
struct api_table;
struct error;

#define API_TARGET_MAX 8192

/* As it came in; nothing is decoded. Borrowed. */
struct api_input {
	const char *method;
	const char *target; /* "/v1/models/a%2Fb/status?x=y" */
	const char *body;
	size_t body_len;
};

struct api_request {
	const struct api_route *route; /* NULL if there is none. */
	char *model;                   /* Owned, or NULL. */
	char *subject;                 /* Owned, or NULL. */
	json_t *args;                  /* Owned object. */
	char *allow; /* Owned: the methods a path has, if not this. */
};

/*
 * Fills a zeroed request in. On -1 the request may be half filled; release it
 * in either case. With `allow` set the HTTP status is 405, whatever the code.
 */
int api_request_parse(struct api_request *, const struct api_table *,
    const struct api_input *, struct error *);

/*
 * May somebody of that role ask for it, with these arguments? ERROR_DENIED says
 * which role is needed. `user` is a name for the message.
 */
int api_request_check(const struct api_request *, enum access_role,
    const char *user, struct error *);
void api_request_release(struct api_request *);

#endif /* API_REQUEST_H */
