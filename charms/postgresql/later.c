/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "later.h"

/* Of the unit's state: when what is due, in milliseconds of the wall clock. */
static const struct {
	enum later what;
	const char *key;
} times[] = {
	{ LATER_LOOK, "look-at" },
	{ LATER_SPARES, "spares-at" },
};

static const char *
later_key(enum later what)
{
	return what == LATER_SPARES ? times[1].key : times[0].key;
}

/* Somebody may have set the clock back. */
static bool
is_due(int64_t at_ms, int64_t now_ms)
{
	return now_ms >= at_ms || at_ms - now_ms > LATER_LONGEST_S * 1000;
}

static int
later_set(struct hook *h, enum later what, int seconds, struct error *err)
{
	int64_t at_ms = (int64_t)clock_wall_ms() + (int64_t)seconds * 1000;

	if (hook_state_set(h,
		json_pack("{s:I}", later_key(what), (json_int_t)at_ms),
		err) == -1)
		return -1;
	return hook_update_status_after(h, seconds, err);
}

int
later_ask(struct hook *h, enum later what, int seconds, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	int64_t now_ms = (int64_t)clock_wall_ms();
	int64_t known;

	assert(seconds <= LATER_LONGEST_S);
	if (state == NULL)
		return -1;
	known = json_int(state, later_key(what), INT64_MAX);
	/* Of what is overdue nobody knows whether it is still asked for. */
	if (known > now_ms && known <= now_ms + (int64_t)seconds * 1000)
		return 0;
	return later_set(h, what, seconds, err);
}

int
later_put_off(struct hook *h, enum later what, int seconds, struct error *err)
{
	assert(seconds <= LATER_LONGEST_S);
	return later_set(h, what, seconds, err);
}

/* In how many seconds, so that it is not too early by a part of one. */
static int
seconds_until(int64_t at_ms, int64_t now_ms)
{
	return (int)((at_ms - now_ms + 999) / 1000);
}

int
later_due(struct hook *h, unsigned *due, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	json_auto_t *done = json_object();
	int64_t now_ms = (int64_t)clock_wall_ms();
	bool spares;

	if (state == NULL)
		return -1;
	spares = json_object_get(state, later_key(LATER_SPARES)) != NULL;
	*due = spares ? 0 : LATER_LOOK;
	for (size_t i = 0; i < nitems(times); i++) {
		int64_t at_ms = json_int(state, times[i].key, 0);

		if (at_ms == 0)
			continue;
		if (!spares || is_due(at_ms, now_ms)) {
			*due |= times[i].what;
			json_object_set_new(done, times[i].key, json_null());
		} else if (hook_update_status_after(h,
			       seconds_until(at_ms, now_ms), err) == -1) {
			return -1;
		}
	}
	return json_object_size(done) == 0 ?
	    0 :
	    hook_state_set(h, json_incref(done), err);
}
