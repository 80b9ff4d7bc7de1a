/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pidwatch - wait for the end of a process, our child or not, by its pidfd.
 *
 *	pidwatch_new -> (the process ends) -> on_end
 *	            \-> pidwatch_cancel
 *
 * The watch reaps a child of ours, and frees itself: right after on_end, which
 * it calls once, later, or some time after pidwatch_cancel().
 */

#ifndef MACHINE_PIDWATCH_H
#define MACHINE_PIDWATCH_H

#include <sys/types.h>
#include <uv.h>

struct error;
struct pidwatch;

struct pid_end {
	int status;   /* As the shell has it; -1 if nobody can know. */
	char how[64]; /* "exit status 1", "signal 9 (Killed)". */
};

typedef void pidwatch_fn(void *arg, const struct pid_end *);

/* The pidfd is stolen on success. */
struct pidwatch *pidwatch_new(uv_loop_t *, pid_t, int pidfd, pidwatch_fn *,
    void *arg, struct error *);

/* on_end is not called any more; the process runs on. */
void pidwatch_cancel(struct pidwatch *);

/* Nothing happens if the process has ended. */
void pidwatch_signal(const struct pidwatch *, int signo);
void pidwatch_kill_group(const struct pidwatch *);

#endif /* MACHINE_PIDWATCH_H */
