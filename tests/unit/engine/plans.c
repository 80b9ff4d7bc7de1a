/* SPDX-License-Identifier: Apache-2.0 */

#include "plans.h"

#include "base/strbuf.h"

static int
add_row(void *arg, const char *key, const char *value, struct error *err)
{
	(void)err;
	strbuf_addf(arg, "%s=%s\n", key, value);
	return 0;
}

char *
plans_snapshot(struct world *w)
{
	json_auto_t *status = NULL;
	autofree char *text = NULL, *said = NULL;
	struct strbuf sb = { 0 };
	struct error err = { 0 };

	text = model_status(w->engine, world_model(w), STATUS_ALL);
	status = json_loads(text, 0, NULL);
	assert_int_equal(json_object_del(status, "timestamp"), 0);
	said = json_line(status);
	strbuf_addf(&sb, "%s\n", said);
	assert_int_equal(store_each(w->engine->store, "", add_row, &sb, &err),
	    0);
	return strbuf_detach(&sb);
}

char *
plans_text(const json_t *reply)
{
	struct strbuf sb = { 0 };
	json_t *step;
	size_t i;

	assert_non_null(json_child(reply, "plan", JSON_ARRAY));
	json_array_foreach(json_child(reply, "plan", JSON_ARRAY), i, step) {
		assert_non_null(json_text(step, "cause", NULL));
		strbuf_addf(&sb, "%s %s; ", json_text(step, "unit", ""),
		    json_text(step, "step", ""));
	}
	return strbuf_detach(&sb);
}

bool
plans_is_busy(struct world *w)
{
	return !TAILQ_EMPTY(&w->engine->ctl->touched) ||
	    w->engine->batch != NULL || !world_is_settled(w);
}
