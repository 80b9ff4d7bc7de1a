/* SPDX-License-Identifier: Apache-2.0 */
/* life - tenond up and down, and time that passes. */

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "bench/sim/sim.h"
#include "engine/internal.h"

/* Longer than any pause that the engine makes, many times over. */
#define PATIENCE_MS (24 * 3600 * 1000)
#define REST_MS     (60 * 1000)

void
sim_fail(const char *format, ...)
{
	va_list ap;

	(void)fputs("sim: ", stderr);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(1);
}

struct sim *
sim_of(const uv_loop_t *loop)
{
	return loop->data;
}

void
sim_up(struct sim *sim)
{
	const struct engine_spec spec = {
		.loop = &sim->loop,
		.home = sim->home,
		.charms_dir = sim->charms,
		.version = "0",
	};
	struct error err = { 0 };

	sim->engine = engine_new(&spec, &err);
	if (sim->engine == NULL)
		sim_fail("%s", err.msg);
	engine_start(sim->engine);
}

/* All that is to happen at this moment. */
static void
run_now(struct sim *sim)
{
	do {
		(void)uv_run(&sim->loop, UV_RUN_NOWAIT);
	} while (
	    uv_loop_alive(&sim->loop) && uv_backend_timeout(&sim->loop) == 0);
}

/* On to the moment when something happens; false if nothing ever will. */
static bool
pass(struct sim *sim)
{
	int wait = uv_loop_alive(&sim->loop) ? uv_backend_timeout(&sim->loop) :
					       -1;

	if (wait > 0)
		outside_pass((uint64_t)wait);
	return wait > 0;
}

static void
on_stopped(void *arg)
{
	*(bool *)arg = true;
}

void
sim_down(struct sim *sim)
{
	bool stopped = false;

	engine_stop(sim->engine, on_stopped, &stopped);
	run_now(sim);
	while (!stopped && pass(sim))
		run_now(sim);
	if (!stopped)
		sim_fail("tenond does not stop");
	engine_free(take_ptr(sim->engine));
	run_now(sim);
}

struct model *
sim_model(struct sim *sim)
{
	struct model *m = ctl_find_model(sim->engine->ctl, "m");

	if (m == NULL)
		sim_fail("the model is gone");
	return m;
}

static bool
is_settled(struct sim *sim)
{
	struct error err;

	/* Where it is not the time it takes that matters. */
	if (sim->options.faults > 0)
		truth_check_settled(sim);
	return sim->busy == 0 && sim->ending == 0 &&
	    model_settled(sim->engine, sim_model(sim), NULL, &err) == 1;
}

static void
restart(struct sim *sim)
{
	sim->restarts++;
	sim_down(sim);
	sim_up(sim);
	run_now(sim);
}

void
sim_settle(struct sim *sim, int64_t restart_after)
{
	uint64_t until = outside_now_ms() + PATIENCE_MS;
	int64_t restart_at = restart_after > 0 ? sim->events + restart_after :
						 INT64_MAX;

	run_now(sim);
	while (!is_settled(sim)) {
		if (!pass(sim))
			sim_fail("nothing happens, and it has not settled");
		if (outside_now_ms() > until)
			sim_fail("it does not settle");
		run_now(sim);
		if (sim->events < restart_at)
			continue;
		restart_at = INT64_MAX;
		restart(sim);
	}
}

void
sim_rest(struct sim *sim)
{
	uint64_t until = outside_now_ms() + REST_MS;

	while (pass(sim) && outside_now_ms() < until)
		run_now(sim);
}

json_t *
sim_call(struct sim *sim, engine_verb *verb, const char *subject,
    json_t *stolen_args)
{
	struct engine_call call = {
		.engine = sim->engine,
		.model = "-",
		.subject = subject,
		.args = stolen_args,
	};
	struct error err = { 0 };

	if (verb(&call, &err) == -1)
		sim_fail("%s", err.msg);
	json_decref(stolen_args);
	return call.reply != NULL ? call.reply : json_object();
}
