/* SPDX-License-Identifier: Apache-2.0 */
/* client - requests to tenond over its unix socket, one at a time. */

#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct client;
struct error;
struct http;

struct client *client_new(const char *socket_path);
void client_free(struct client *); /* NULL is fine. */

/*
 * Send `body` (stolen, NULL for a GET) and wait for the answer, for as long as
 * it takes. On 0 the caller owns *reply, an object. An error that tenond
 * answered comes back as it was.
 */
int client_call(struct client *, const char *path, json_t *body, json_t **reply,
    struct error *);

/* Whether somebody was there to take the last call. */
bool client_reached(const struct client *);

/* For those who wait for several things: send a GET of that path, or a POST. */
void client_start(const struct client *, const char *path, struct http *);
void client_start_post(const struct client *, const char *path,
    json_t *stolen_body, struct http *);

/* What an answer means: as client_call() would have returned it. */
int client_answer(const struct http *, json_t **reply, struct error *);

/* For a segment of a path or a value in a query; owned by the caller. */
char *client_encode(const char *text);

#endif /* CLI_CLIENT_H */
