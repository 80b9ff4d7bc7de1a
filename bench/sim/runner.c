/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner - a charm process that is not there. It takes its time over each hook,
 * calls the tools that its talk names, and fails or dies as often as the
 * options say.
 */

#include "machine/runner.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "bench/sim/sim.h"

#define THINK_LEAST_MS 2
#define THINK_RANGE_MS 50

struct runner {
	struct sim *sim; /* Borrowed. */
	struct runner_spec spec;
	char *name, *dir;
	uv_timer_t timer;
	struct talk *talk; /* Of the hook that runs, or NULL. */
	int64_t calls;
	bool answered, talking, ending;
	int status;
};

static uint64_t
hash_more(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	return hash;
}

static void
note_event(struct runner *r, const json_t *event)
{
	autofree char *line = json_line(event);

	r->sim->trace = hash_more(r->sim->trace ^ outside_now_ms(), r->name);
	r->sim->trace = hash_more(r->sim->trace, line);
}

static void
end_talk(struct runner *r)
{
	if (r->talk == NULL)
		return;
	talk_free(take_ptr(r->talk));
	r->sim->events++;
	r->sim->busy--;
}

/* ---- the end of the process ---- */

static void
runner_on_closed(uv_handle_t *handle)
{
	struct runner *r = handle->data;

	r->spec.on_exit(r->spec.arg, r->status,
	    r->status == 0 ? "" : "exit status 1");
	free(r->name);
	free(r->dir);
	free(r);
}

static void
runner_on_end(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, runner_on_closed);
}

static void
runner_end(struct runner *r, int status)
{
	if (r->ending)
		return;
	r->ending = true;
	r->status = status;
	end_talk(r);
	uv_timer_start(&r->timer, runner_on_end, 1, 0);
}

void
runner_close(struct runner *r)
{
	runner_end(r, 0);
}

void
runner_kill(struct runner *r)
{
	runner_end(r, 1);
}

/* ---- a hook ---- */

static void
say_end(struct runner *r, const char *failure)
{
	json_auto_t *end = json_pack("{s:i}", "end", failure != NULL);

	json_put_text(end, "message", failure);
	end_talk(r);
	r->spec.on_message(r->spec.arg, end);
}

/* Most tools are answered at once; while one is not, we wait. */
static void
go_on(struct runner *r)
{
	r->talking = true;
	while (r->talk != NULL && r->answered) {
		json_auto_t *call = talk_next(r->talk);

		if (call == NULL) {
			say_end(r, NULL);
			break;
		}
		r->answered = false;
		json_object_set_new(call, "id", json_integer(++r->calls));
		r->spec.on_message(r->spec.arg, call);
	}
	r->talking = false;
}

static void
runner_on_answer(uv_timer_t *timer)
{
	go_on(timer->data);
}

static void
runner_on_thought(uv_timer_t *timer)
{
	struct runner *r = timer->data;
	const double faults = r->sim->options.faults;

	if (outside_chance(faults))
		services_kill_one(r->sim);
	if (!outside_chance(faults)) {
		r->answered = true;
		go_on(r);
		return;
	}
	r->sim->failures++;
	if (outside_choose(4) == 0)
		runner_end(r, 1);
	else
		say_end(r, "the sim wanted it so");
}

static void
begin(struct runner *r, const json_t *event)
{
	note_event(r, event);
	r->talk = talk_new(r->sim, r->dir, event);
	r->sim->busy++;
	uv_timer_start(&r->timer, runner_on_thought,
	    THINK_LEAST_MS + outside_choose(THINK_RANGE_MS), 0);
}

static void
hear(struct runner *r, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");

	if (r->talk == NULL)
		return;
	if (error != NULL) {
		say_end(r, json_text(error, "message", ""));
		return;
	}
	talk_hear(r->talk, json_object_get(answer, "ok"));
	r->answered = true;
	/* It came late. As with a real one, nothing is said within a call. */
	if (!r->talking)
		uv_timer_start(&r->timer, runner_on_answer, 1, 0);
}

void
runner_send(struct runner *r, const json_t *message)
{
	if (r->ending)
		return;
	if (json_object_get(message, "id") != NULL)
		hear(r, message);
	else
		begin(r, message);
}

struct runner *
runner_start(const struct runner_spec *spec, struct error *err)
{
	struct runner *r = xcalloc(1, sizeof *r);

	(void)err;
	r->sim = sim_of(spec->loop);
	r->spec = *spec;
	r->name = xstrdup(spec->name);
	r->dir = xstrdup(spec->dir);
	uv_timer_init(spec->loop, &r->timer);
	r->timer.data = r;
	return r;
}
