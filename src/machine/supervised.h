/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervised - one service of the supervisor: its process and its history.
 *
 *	RUNNING -> (ends) -> BACKOFF -> RUNNING
 *	       \-> (supervised_stop) -> STOPPING
 *
 * A service that is stopped or has failed is removed from the supervisor and
 * freed when its handles are closed.
 */

#ifndef MACHINE_SUPERVISED_H
#define MACHINE_SUPERVISED_H

#include <bsd/sys/queue.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "machine/pidwatch.h"
#include "machine/service_spec.h"
#include "machine/supervisor.h"
#include "machine/supervisor_timing.h"

enum supervised_state {
	SUPERVISED_NEW,
	SUPERVISED_RUNNING,
	SUPERVISED_BACKOFF,
	SUPERVISED_STOPPING,
	SUPERVISED_REMOVED /* Closing; its key is free for another. */
};

/* Who waits for the end of a stop. */
struct supervised_waiter {
	TAILQ_ENTRY(supervised_waiter) entry;
	supervisor_done_fn *done;
	void *arg;
};

TAILQ_HEAD(supervised_waiters, supervised_waiter);

struct supervised {
	TAILQ_ENTRY(supervised) entry;
	struct supervisor *supervisor;
	char *key;
	struct service_spec spec;
	enum supervised_state state;

	pid_t pid;
	struct pidwatch *watch; /* NULL when there is no process. */
	uv_timer_t timer;       /* Of the backoff, or of the stop. */
	struct supervised_waiters waiters;

	uint64_t running_since_ms;
	uint64_t backoff_ms;
	uint64_t ends_ms[SUPERVISOR_ENDS_MAX]; /* The latest, as a ring. */
	unsigned nends;
};

TAILQ_HEAD(supervised_list, supervised);

struct supervisor {
	uv_loop_t *loop;
	struct supervisor_calls calls;
	struct supervisor_timing timing;
	uv_timer_t log_timer;
	struct supervised_list services;
};

/* The spec is stolen. Added to the supervisor, without a process. */
struct supervised *supervised_new(struct supervisor *, const char *key,
    struct service_spec *);

/* Free it, later; then waiters are told. The process is not touched. */
void supervised_remove(struct supervised *);

/* The supervisor goes: nobody is told any more. The process runs on. */
void supervised_let_go(struct supervised *);

int supervised_spawn(struct supervised *, struct error *);

/* The pidfd is stolen on success. */
int supervised_watch(struct supervised *, pid_t, int pidfd, struct error *);
void supervised_stop(struct supervised *, supervisor_done_fn *, void *arg);

#endif /* MACHINE_SUPERVISED_H */
