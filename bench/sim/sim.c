/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: sim [--applications N] [--units N] [--relations N] [--seed N]
 *            [--faults RATE] [--client-units N] [--services yes|no]
 *            [--store DIR] [--cuts N]
 *
 * Build a model of that size, settle, change it, settle again; check that it is
 * what it should be, in memory and on disk; print figures as a JSON object.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "bench/sim/sim.h"
#include "engine/internal.h"

/* Above any real process: who takes such a store over finds none of them. */
#define FIRST_PID 5000000

static const struct {
	const char *name;
	size_t at;
} numbers[] = {
	{ "--applications", offsetof(struct sim_options, applications) },
	{ "--units", offsetof(struct sim_options, units) },
	{ "--relations", offsetof(struct sim_options, relations) },
	{ "--client-units", offsetof(struct sim_options, client_units) },
	{ "--seed", offsetof(struct sim_options, seed) },
	{ "--cuts", offsetof(struct sim_options, cuts) },
};

static const struct {
	const char *name;
	size_t at;
} words[] = {
	{ "--store", offsetof(struct sim_options, store) },
	{ "--services", offsetof(struct sim_options, services) },
};

static void
take_option(struct sim_options *o, const char *name, const char *value)
{
	char *base = (char *)o, *end;
	int64_t number = strtoll(value, &end, 10);

	for (size_t i = 0; i < nitems(words); i++) {
		if (strcmp(words[i].name, name) == 0) {
			memcpy(base + words[i].at, &value, sizeof value);
			return;
		}
	}
	for (size_t i = 0; i < nitems(numbers); i++) {
		if (strcmp(numbers[i].name, name) == 0 && *end == '\0') {
			memcpy(base + numbers[i].at, &number, sizeof number);
			return;
		}
	}
	o->faults = strtod(value, &end);
	if (strcmp(name, "--faults") != 0 || *end != '\0' || o->faults > 0.5)
		sim_fail("%s %s?", name, value);
}

/* ---- figures ---- */

struct figures {
	json_t *out;
	uint64_t real_ns, cpu_ns, virtual_ms, commits;
	int64_t events;
};

static void
mark(struct figures *f, struct sim *sim)
{
	f->real_ns = outside_real_ns();
	f->cpu_ns = outside_cpu_ns();
	f->virtual_ms = outside_now_ms();
	f->events = sim->events;
	f->commits = sim_model(sim)->generation;
}

static double
seconds_since(uint64_t then_ns, uint64_t now_ns)
{
	return (double)(now_ns - then_ns) / 1e9;
}

/* What has happened since the mark. */
static void
note(struct figures *f, struct sim *sim, const char *phase)
{
	struct figures was = *f;

	mark(f, sim);
	json_object_set_new(f->out, phase,
	    json_pack("{s:I, s:I, s:f, s:f, s:f}", "events",
		(json_int_t)(f->events - was.events), "commits",
		(json_int_t)(f->commits - was.commits), "wall-s",
		seconds_since(was.real_ns, f->real_ns), "cpu-s",
		seconds_since(was.cpu_ns, f->cpu_ns), "virtual-s",
		(double)(f->virtual_ms - was.virtual_ms) / 1e3));
	mark(f, sim);
}

static void
put_number(struct figures *f, const char *name, double value)
{
	json_object_set_new(f->out, name, json_real(value));
}

static int64_t
resident_bytes(void)
{
	struct error err;
	autofree char *text = file_read("/proc/self/statm", 128, NULL, &err);
	const char *space = text != NULL ? strchr(text, ' ') : NULL;

	return space != NULL ?
	    strtoll(space, NULL, 10) * sysconf(_SC_PAGESIZE) :
	    0;
}

static int64_t
store_bytes(const struct sim *sim)
{
	static const char *const names[] = { "tenon.db", "tenon.db-wal" };
	int64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < nitems(names); i++) {
		autofree char *path = xasprintf("%s/%s", sim->home, names[i]);

		if (stat(path, &st) == 0)
			sum += st.st_size;
	}
	return sum;
}

static void
measure_status(struct figures *f, struct sim *sim)
{
	uint64_t start = outside_cpu_ns();
	autofree char *text = model_status(sim->engine, sim_model(sim),
	    STATUS_ALL);

	put_number(f, "status-ms",
	    seconds_since(start, outside_cpu_ns()) * 1e3);
	put_number(f, "status-bytes", (double)strlen(text));
}

static void
measure_settled(struct figures *f, struct sim *sim)
{
	uint64_t start = outside_cpu_ns();
	struct error err;

	if (model_settled(sim->engine, sim_model(sim), NULL, &err) != 1)
		sim_fail("it has not settled");
	put_number(f, "settled-ms",
	    seconds_since(start, outside_cpu_ns()) * 1e3);
}

/* Down, the store compared with what was in memory, and up again. */
static void
measure_restart(struct figures *f, struct sim *sim)
{
	json_auto_t *before = truth_rows(sim), *stored = NULL, *after = NULL;
	uint64_t start, real;

	sim_down(sim);
	stored = truth_stored(sim);
	truth_compare(before, stored, "in the store");
	put_number(f, "store-bytes", (double)store_bytes(sim));
	json_decref(take_ptr(stored));
	start = outside_cpu_ns();
	real = outside_real_ns();
	sim_up(sim);
	put_number(f, "restart-ms",
	    seconds_since(start, outside_cpu_ns()) * 1e3);
	put_number(f, "restart-wall-ms",
	    seconds_since(real, outside_real_ns()) * 1e3);
	sim_settle(sim, 0);
	put_number(f, "restart-settled-ms",
	    seconds_since(start, outside_cpu_ns()) * 1e3);
	after = truth_rows(sim);
	truth_compare(before, after, "after a restart");
}

/* ---- the run ---- */

static void
run_phases(struct figures *f, struct sim *sim)
{
	static const struct {
		const char *name;
		void (*act)(struct sim *);
	} phases[] = {
		{ "deploy", shape_deploy },
		{ "relate", shape_relate },
		{ "configure", shape_configure },
		{ "remove", shape_remove },
	};
	int64_t resident = resident_bytes();
	bool faults = sim->options.faults > 0;
	char text[32];

	for (size_t i = 0; i < nitems(phases); i++) {
		mark(f, sim);
		phases[i].act(sim);
		/* Somewhere in the first part of what is to come. */
		sim_settle(sim,
		    faults ? 1 +
			    (int64_t)outside_choose(
				(uint64_t)sim->options.units) :
			     0);
		note(f, sim, phases[i].name);
		truth_check(sim);
		if (phases[i].act != shape_relate)
			continue;
		sim_rest(sim);
		put_number(f, "resident-bytes",
		    (double)(resident_bytes() - resident));
		measure_status(f, sim);
		measure_settled(f, sim);
		measure_restart(f, sim);
	}
	(void)snprintf(text, sizeof text, "%016llx",
	    (unsigned long long)sim->trace);
	json_put_text(f->out, "trace", text);
	json_object_set_new(f->out, "failures", json_integer(sim->failures));
	json_object_set_new(f->out, "deaths", json_integer(sim->deaths));
	json_object_set_new(f->out, "restarts", json_integer(sim->restarts));
	json_object_set_new(f->out, "power-cuts", json_integer(sim->cuts));
}

static void
make_place(struct sim *sim)
{
	char path[] = "/dev/shm/tenon-sim.XXXXXX", *real;
	struct error err;

	if (sim->options.store == NULL) {
		if (mkdtemp(path) == NULL)
			sim_fail("cannot make %s", path);
		sim->dir = xstrdup(path);
	} else {
		if (dir_make(sim->options.store, 0711, &err) == -1)
			sim_fail("%s", err.msg);
		real = realpath(sim->options.store, NULL);
		if (real == NULL)
			sim_fail("no directory %s", sim->options.store);
		sim->dir = real;
	}
	sim->home = xasprintf("%s/home", sim->dir);
	sim->charms = xasprintf("%s/charms", sim->dir);
	if (file_exists(sim->home))
		sim_fail("%s is there already", sim->home);
}

static void
release(struct sim *sim)
{
	struct error err;

	sim_down(sim);
	power_end();
	services_free_all(sim);
	if (sim->options.store == NULL && tree_remove(sim->dir, &err) == -1)
		sim_fail("%s", err.msg);
	(void)uv_loop_close(&sim->loop);
	free(sim->dir);
	free(sim->home);
	free(sim->charms);
}

int
main(int argc, char **argv)
{
	struct sim sim = {
		.options = { .applications = 10,
		    .units = 100,
		    .relations = 500,
		    .client_units = 1,
		    .seed = 1,
		    .services = "yes" },
		.next_pid = FIRST_PID,
	};
	struct figures f = { .out = json_object() };
	autofree char *line = NULL;

	if (argc % 2 == 0)
		sim_fail("%s has no value", argv[argc - 1]);
	for (int i = 1; i < argc; i += 2)
		take_option(&sim.options, argv[i], argv[i + 1]);
	outside_seed(sim.options.seed);
	log_set_level(LOG_LEVEL_ERROR);
	make_place(&sim);
	shape_make_charms(&sim);
	if (uv_loop_init(&sim.loop) != 0)
		sim_fail("no loop");
	sim.loop.data = &sim;
	power_begin(&sim);
	sim_up(&sim);
	json_decref(sim_call(&sim, verb_bootstrap, NULL,
	    json_pack("{s:s}", "name", "c")));
	json_decref(sim_call(&sim, verb_add_model, NULL,
	    json_pack("{s:s}", "name", "m")));
	run_phases(&f, &sim);
	release(&sim);
	line = json_dumps(f.out, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	(void)puts(line);
	json_decref(f.out);
	return 0;
}
