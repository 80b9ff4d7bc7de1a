/* SPDX-License-Identifier: Apache-2.0 */
/* client - requests to tenond over its unix socket, one at a time. */

#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>

struct client;
struct error;
struct strbuf;

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

/*
 * For those who wait for several things: a handle for a GET of that path whose
 * answer is added to `sink`. Owned by the caller.
 */
CURL *client_handle(const struct client *, const char *path,
    struct strbuf *sink);

/* What an answer means: as client_call() would have returned it. */
int client_answer(CURL *, const struct strbuf *sink, json_t **reply,
    struct error *);

/* For a segment of a path or a value in a query; owned by the caller. */
char *client_encode(const char *text);

#endif /* CLI_CLIENT_H */
