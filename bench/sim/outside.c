/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outside - three functions of libc and libuv, defined again in the program
 * itself, where the linker finds them first: clock_gettime() tells our time,
 * also to the timers of libuv; getrandom() is a sequence that the seed begins;
 * uv_queue_work() does the work at once. They are what a run would otherwise
 * depend on from outside.
 */

#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/sim/sim.h"

#define START_S 1767225600 /* The year 2026 begins. */
#define UP_S    1000       /* Monotonic time is not 0 at the start. */

/* libc has one clock, and so have we. */
static uint64_t passed_ms;
/* What happens does not depend on how many nonces the store needs. */
static uint64_t chance_state, bytes_state;

uint64_t
outside_now_ms(void)
{
	return passed_ms;
}

void
outside_pass(uint64_t ms)
{
	passed_ms += ms;
}

static uint64_t
real_ns(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)syscall(SYS_clock_gettime, id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
outside_real_ns(void)
{
	return real_ns(CLOCK_MONOTONIC);
}

uint64_t
outside_cpu_ns(void)
{
	return real_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's. */
clock_gettime(clockid_t id, struct timespec *ts)
{
	uint64_t start = id == CLOCK_REALTIME ? START_S : UP_S;

	ts->tv_sec = (time_t)(start + passed_ms / 1000);
	ts->tv_nsec = (long)(passed_ms % 1000 * 1000000);
	return 0;
}

/* splitmix64 */
static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

void
outside_seed(uint64_t seed)
{
	chance_state = seed;
	bytes_state = ~seed;
}

uint64_t
outside_choose(uint64_t n)
{
	return next_random(&chance_state) % n;
}

int
outside_chance(double likely)
{
	return (double)(next_random(&chance_state) >> 11) <
	    likely * (double)(1ULL << 53);
}

ssize_t
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's. */
getrandom(void *buf, size_t size, unsigned flags)
{
	unsigned char *p = buf;

	(void)flags;
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(next_random(&bytes_state) >> 56);
	return (ssize_t)size;
}

/* ---- threads ---- */

struct worked {
	uv_timer_t timer;
	uv_work_t *work;
	uv_after_work_cb after;
};

static void
worked_on_closed(uv_handle_t *handle)
{
	free(container_of(handle, struct worked, timer));
}

static void
worked_on_timer(uv_timer_t *timer)
{
	struct worked *w = container_of(timer, struct worked, timer);

	w->after(w->work, 0);
	uv_close((uv_handle_t *)timer, worked_on_closed);
}

int
uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb fn,
    uv_after_work_cb after)
{
	struct worked *w = xcalloc(1, sizeof *w);

	w->work = work;
	w->after = after;
	fn(work);
	uv_timer_init(loop, &w->timer);
	return uv_timer_start(&w->timer, worked_on_timer, 1, 0);
}
