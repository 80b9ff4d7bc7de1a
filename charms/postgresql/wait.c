/* SPDX-License-Identifier: Apache-2.0 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "conn.h"
#include "wait.h"

/* What a standby needs to replay a commit takes a few milliseconds. */
#define WAIT_SHORT_TURNS 12
#define WAIT_LONGEST_MS  20

void
wait_turn(int turn)
{
	int pause_ms = turn < WAIT_SHORT_TURNS ? 1 : WAIT_LONGEST_MS;

	/* No descriptor: only the time out. */
	(void)poll(NULL, 0, pause_ms);
}

int
wait_until(struct conn *c, const char *sql, const char *const *params,
    int timeout_ms, struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	bool holds = false;

	/* It cannot be asked before it is there; then it will. */
	if (c->pg == NULL)
		return 1;
	for (int turn = 0;; turn++) {
		if (conn_bool(c, sql, params, &holds, err) == -1)
			return -1;
		if (holds)
			return 1;
		if (clock_mono_ms() >= deadline_ms)
			return 0;
		wait_turn(turn);
	}
}
