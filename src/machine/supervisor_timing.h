/* SPDX-License-Identifier: Apache-2.0 */
/* supervisor_timing - the supervisor's patience; private, for tests. */

#ifndef MACHINE_SUPERVISOR_TIMING_H
#define MACHINE_SUPERVISOR_TIMING_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct supervisor;
struct supervisor_calls;

/* How often a service may end within the window; then it has failed. */
#define SUPERVISOR_ENDS_MAX 5

struct supervisor_timing {
	uint64_t backoff_min_ms, backoff_max_ms; /* Doubles in between. */
	uint64_t steady_ms; /* A life of this length forgets the backoff. */
	uint64_t window_ms;
	uint64_t log_check_ms;
	size_t log_max_bytes;
};

struct supervisor *supervisor_new_timed(uv_loop_t *,
    const struct supervisor_calls *, const struct supervisor_timing *);

#endif /* MACHINE_SUPERVISOR_TIMING_H */
