/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervisor - long-running services of units, as processes of this host.
 *
 *	supervisor_start -> RUNNING -> (ends) -> BACKOFF -> RUNNING ... -> FAILED
 *	                            \-> (supervisor_stop) -> STOPPED
 *
 * A service runs in a session of its own with its output appended to a file,
 * so it outlives us; after a restart supervisor_adopt() takes it back by pid
 * and start time. Ends are seen through a pidfd.
 *
 * Between fork and exec the child waits until `on_spawn` has recorded its pid
 * in the store; if we die before, the child goes too. So no service runs that
 * the store does not know of.
 *
 * The key names a service: "<model uuid>/<unit>/<service>". Nothing is kept for
 * a stopped service.
 */

#ifndef MACHINE_SUPERVISOR_H
#define MACHINE_SUPERVISOR_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct error;
struct supervisor;

enum supervisor_event {
	SUPERVISOR_ENDED,     /* By itself; a restart is scheduled. */
	SUPERVISOR_RESTARTED, /* After it had ended by itself. */
	SUPERVISOR_FAILED     /* Too often, or not to be restarted. */
};

struct supervisor_calls {
	/*
	 * Record a new process; -1 refuses it, and the child never execs.
	 * Called within supervisor_start() and when a service is restarted.
	 */
	int (*on_spawn)(void *arg, const char *key, pid_t pid,
	    uint64_t start_time, struct error *);
	/* `detail` says how it ended: "exit status 1", "signal 9 (Killed)". */
	void (*on_event)(void *arg, const char *key, enum supervisor_event,
	    const char *detail);
	void *arg;
};

/* `calls` is copied. */
struct supervisor *supervisor_new(uv_loop_t *, const struct supervisor_calls *);

/*
 * Close all handles and let go of the services, which run on. Nothing is called
 * any more; the loop has to run for the memory to be freed.
 */
void supervisor_free(struct supervisor *);

/*
 * Start, or do nothing if it runs, except to keep the spec for the next start.
 * `spec` is as in docs/charm-protocol.md, with "log" given. It may be refused
 * after on_spawn has recorded the process; then that process is gone again.
 * ERROR_CONFLICT while it is being stopped.
 */
int supervisor_start(struct supervisor *, const char *key, const json_t *spec,
    struct error *);

/*
 * Take back a service that was running. 0 if the process is still the same;
 * -1 with ERROR_NOT_FOUND if it is gone: start it again.
 */
int supervisor_adopt(struct supervisor *, const char *key, const json_t *spec,
    pid_t, uint64_t start_time, struct error *);

/*
 * Stop signal, then SIGKILL to its process group after the stop timeout. `done`
 * is called exactly once, later, when the process is gone; also if there was
 * none. A pending restart is given up.
 */
typedef void supervisor_done_fn(void *arg, const char *key);
void supervisor_stop(struct supervisor *, const char *key,
    supervisor_done_fn *done, void *arg);

#endif /* MACHINE_SUPERVISOR_H */
