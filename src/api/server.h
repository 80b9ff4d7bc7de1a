/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server - HTTP on unix sockets, inside the loop: one of the owner's, and while
 * others have a role another one for them.
 *
 *	api_server_start -> (serving) -> api_server_stop -> done()
 *
 * A verb never blocks, so a request is answered at once, or it is suspended
 * and looked at again after each change until its condition holds, its time is
 * up, or its client has gone. One watch of the engine serves them all.
 */

#ifndef API_SERVER_H
#define API_SERVER_H

#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct api_server;
struct api_table;
struct engine;
struct error;

struct api_spec {
	uv_loop_t *loop;               /* Borrowed until done(). */
	struct engine *engine;         /* Borrowed until done(). */
	const struct api_table *table; /* Borrowed until done(). */
	const char *socket_path; /* Copied. Its directory is ours alone. */
	uid_t owner;             /* Who may do everything, besides root. */
	const char *access_path; /* See access.h; or NULL. Copied. */
	const char *shared_path; /* The socket of others; or NULL. Copied. */
	uint64_t patience_ms;    /* With slow clients; 0: LIMIT_REQUEST_S. */
	uint64_t keepalive_ms;   /* Of event streams; 0: 15 s. */
	uint64_t grace_ms;       /* For the last answers; 0: 2 s. */
};

/* Accepts connections when it returns. NULL with an error. */
struct api_server *api_server_start(const struct api_spec *, struct error *);

/*
 * Removes the socket; requests that wait are answered with ERROR_UNAVAILABLE,
 * event streams end. `done` is called once, later, when the last answer has
 * been sent or the grace time is over; the server is gone then.
 */
void api_server_stop(struct api_server *, void (*done)(void *arg), void *arg);

#endif /* API_SERVER_H */
