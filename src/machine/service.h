/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service - one service of the supervisor: its process and its history.
 *
 *	RUNNING -> (ends) -> BACKOFF -> RUNNING
 *	       \-> (service_stop) -> STOPPING
 *
 * A service that is stopped or has failed is removed from the supervisor and
 * freed when its handles are closed.
 */

#ifndef MACHINE_SERVICE_H
#define MACHINE_SERVICE_H

#include <bsd/sys/queue.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "machine/pidwatch.h"
#include "machine/service_spec.h"
#include "machine/supervisor.h"
#include "machine/supervisor_timing.h"

enum service_state {
	SERVICE_NEW,
	SERVICE_RUNNING,
	SERVICE_BACKOFF,
	SERVICE_STOPPING,
	SERVICE_REMOVED /* Closing; its key is free for another. */
};

/* Who waits for the end of a stop. */
struct service_waiter {
	TAILQ_ENTRY(service_waiter) entry;
	supervisor_done_fn *done;
	void *arg;
};

TAILQ_HEAD(service_waiters, service_waiter);

struct service {
	TAILQ_ENTRY(service) entry;
	struct supervisor *supervisor;
	char *key;
	struct service_spec spec;
	enum service_state state;

	pid_t pid;
	uint64_t start_time;
	struct pidwatch *watch; /* NULL when there is no process. */
	uv_timer_t timer;       /* Of the backoff, or of the stop. */
	struct service_waiters waiters;

	uint64_t running_since_ms;
	uint64_t backoff_ms;
	uint64_t ends_ms[SUPERVISOR_ENDS_MAX]; /* The latest, as a ring. */
	unsigned nends;
};

TAILQ_HEAD(services, service);

struct supervisor {
	uv_loop_t *loop;
	struct supervisor_calls calls;
	struct supervisor_timing timing;
	uv_timer_t log_timer;
	struct services services;
};

/* The spec is stolen. Added to the supervisor, without a process. */
struct service *service_new(struct supervisor *, const char *key,
    struct service_spec *);

/* Free it, later; then waiters are told. The process is not touched. */
void service_remove(struct service *);

/* The supervisor goes: nobody is told any more. The process runs on. */
void service_let_go(struct service *);

int service_spawn(struct service *, struct error *);

/* The pidfd is stolen on success. */
int service_watch(struct service *, pid_t, int pidfd, uint64_t start_time,
    struct error *);
void service_stop(struct service *, supervisor_done_fn *, void *arg);

#endif /* MACHINE_SERVICE_H */
