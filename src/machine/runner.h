/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner - one charm process of one unit.
 *
 *	runner_start -> (on_message ...) -> on_exit
 *
 * The process is a group leader whose standard output and error we read line
 * by line; a resident charm also has a socket pair for the charm protocol. It
 * dies with us (PR_SET_PDEATHSIG): a hook that was cut off is run again. We have
 * to ignore SIGPIPE: a charm may end before it has read its messages.
 *
 * on_exit is called exactly once, later, when the process is gone, its output
 * read and every handle closed; the runner is freed right after it returns.
 */

#ifndef MACHINE_RUNNER_H
#define MACHINE_RUNNER_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

struct error;
struct runner;

struct runner_spec {
	uv_loop_t *loop;
	const char *name; /* For the log: the unit. */
	const char *dir;
	char *const *argv; /* argv[0] an absolute path. */
	char *const *env;  /* Complete, except for TENON_CHARM_FD. */
	bool resident;

	/* `message` is borrowed. Not called for a charm that is not resident. */
	void (*on_message)(void *arg, json_t *message);
	/*
	 * A line of output as UTF-8 text, without its newline; a longer one
	 * than LIMIT_LOG_LINE_BYTES comes in pieces.
	 */
	void (*on_line)(void *arg, bool is_error, const char *line);
	/* Not NULL: its output just as it comes, and on_line not at all. */
	void (
	    *on_output)(void *arg, bool is_error, const char *bytes, size_t n);
	/* `how` is "exit status 1" or "signal 9 (Killed)"; "" for status 0. */
	void (*on_exit)(void *arg, int status, const char *how);
	void *arg;
};

/* The spec is copied as far as needed. NULL with an error: nothing started. */
struct runner *runner_start(const struct runner_spec *, struct error *);

/* Queue a message. A failing write shows as the process's exit. */
void runner_send(struct runner *, const json_t *);

/* Close our end of the channel: a resident charm exits. Idempotent. */
void runner_close(struct runner *);

/* SIGKILL to the process group; no message comes any more. Idempotent. */
void runner_kill(struct runner *);

#endif /* MACHINE_RUNNER_H */
