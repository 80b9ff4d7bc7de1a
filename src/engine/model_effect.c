/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/random.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "model/resolver.h"

/* So much of the time, at most, that units do not all run it at once. */
#define EARLY_DIVISOR 5

void
unit_keep_pace(struct engine *e, struct unit *u)
{
	uint64_t every_ms;
	uint32_t early;

	if (u->app->charm->resident || !u->local.started ||
	    u->life != LIFE_ALIVE)
		return;
	every_ms = model_option_ms(e->ctl, u->app->model, OPTION_UPDATE);
	random_bytes(&early, sizeof early);
	unit_pace_update(u, every_ms, early % (every_ms / EARLY_DIVISOR),
	    clock_wall_ms());
}

/* One that was to be tried again is not any more, or the other way round. */
static void
unit_keep_retrying(struct unit *u, bool retries)
{
	bool is_given_up = u->local.retry_at_ms == OP_RETRY_NEVER;

	if (u->local.failed_hook == NULL || is_given_up != retries)
		return;
	u->local.retry_at_ms = retries ? clock_wall_ms() : OP_RETRY_NEVER;
	entity_touch(&u->entity);
}

void
model_options_take_effect(struct engine *e, struct model *m)
{
	bool retries = model_option_is_true(e->ctl, m, OPTION_RETRY);
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			if (u->entity.deleted)
				continue;
			unit_keep_pace(e, u);
			unit_keep_retrying(u, retries);
		}
	}
}
