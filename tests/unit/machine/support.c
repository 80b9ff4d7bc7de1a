/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "support.h"

#define DEADLINE_MS 20000
#define TICK_MS     2

static void
on_tick(uv_timer_t *timer)
{
	(void)timer; /* Only so that the condition is looked at again. */
}

void
loop_until(uv_loop_t *loop, condition_fn *condition, void *arg)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;
	uv_timer_t tick;

	assert_int_equal(uv_timer_init(loop, &tick), 0);
	assert_int_equal(uv_timer_start(&tick, on_tick, TICK_MS, TICK_MS), 0);
	while (!condition(arg)) {
		assert_true(clock_mono_ms() < deadline);
		(void)uv_run(loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)&tick, NULL);
	/* One turn closes it, for it lives on our stack. */
	(void)uv_run(loop, UV_RUN_NOWAIT);
}

void
loop_finish(uv_loop_t *loop)
{
	assert_int_equal(uv_run(loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(loop), 0);
}

char *
file_text(const char *path)
{
	struct error err;
	char *text;
	size_t len;

	text = file_read(path, 1048576, &len, &err);
	return text == NULL ? xstrdup("") : text;
}

void
process_wait_end(pid_t pid)
{
	struct pollfd pfd = { .fd = pidfd_open(pid, 0), .events = POLLIN };

	if (pfd.fd == -1) {
		assert_int_equal(errno, ESRCH);
		return;
	}
	assert_int_equal(poll(&pfd, 1, DEADLINE_MS), 1);
	close(pfd.fd);
}
