/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture - a server in a loop of its own with verbs made for the tests, and
 * clients that speak plain HTTP to it. Whoever waits runs the loop meanwhile; a
 * wait that does not end in time fails the test.
 */

#ifndef TESTS_API_FIXTURE_H
#define TESTS_API_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "api/internal.h"
#include "base/strbuf.h"
#include "engine/engine.h"

/* What the verbs of the tests look at. */
struct engine {
	engine_watch_fn *fn; /* The one watch, or NULL. */
	void *arg;
	bool ready;  /* Conditions hold. */
	bool broken; /* Conditions fail. */
	bool no_model;
	const char *uuid;
	int64_t generation;
	bool settled;
	int asked; /* How often a condition was looked at. */
};

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard;
	struct engine engine;
	struct api_server *server; /* NULL once it has stopped. */
	char dir[32];
	char path[64];
	bool stopped;
};

struct client {
	struct fixture *f;
	int fd;
	struct strbuf in;
};

/* For cmocka: *state is a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Run the loop once. */
void fixture_step(struct fixture *);
void fixture_stop(struct fixture *);

/* Something has changed: what the engine would tell. */
void fixture_change(struct fixture *);

/* How many requests the server has. */
size_t fixture_calls(const struct fixture *);
void fixture_wait_calls(struct fixture *, size_t n);

void client_open(struct client *, struct fixture *);
void client_close(struct client *);
void client_send(struct client *, const char *text);
void client_send_bytes(struct client *, const void *, size_t);

/* "METHOD TARGET" and a body, which may be NULL. */
void client_request(struct client *, const char *line, const char *body);

/* Wait until the text has come in, and forget everything up to its end. */
void client_expect(struct client *, const char *text);

/* Wait for a whole answer with that status; its body, owned. */
char *client_answer(struct client *, int status);

/* Wait until the server has closed the connection. */
void client_expect_end(struct client *);

/* One request on a connection of its own: its answer's body, owned. */
char *fetch(struct fixture *, const char *line, const char *body, int status);

#endif /* TESTS_API_FIXTURE_H */
