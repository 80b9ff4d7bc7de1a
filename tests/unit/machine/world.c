/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "../scratch.h"
#include "base/clock.h"
#include "base/files.h"
#include "world.h"

static const struct supervisor_timing quick = {
	.backoff_min_ms = 1,
	.backoff_max_ms = 4,
	.steady_ms = 60000,
	.window_ms = 60000,
	.log_check_ms = 60000,
	.log_max_bytes = 1048576,
};

static int
on_spawn(void *arg, const char *key, pid_t pid, uint64_t start_time,
    struct error *err)
{
	struct world *w = arg;

	assert_string_equal(key, KEY);
	w->pid = pid;
	w->start_time = start_time;
	w->spawned_ms[w->spawns % SPAWNS_KEPT] = clock_mono_ms();
	w->spawns++;
	if (w->refuse)
		return error_set(err, ERROR_UNAVAILABLE, "the store is full");
	return 0;
}

static void
on_event(void *arg, const char *key, enum supervisor_event event,
    const char *detail)
{
	struct world *w = arg;

	assert_string_equal(key, KEY);
	w->events[event]++;
	(void)snprintf(w->detail, sizeof w->detail, "%s", detail);
	if (event == SUPERVISOR_ENDED)
		(void)snprintf(w->ended, sizeof w->ended, "%s", detail);
}

static void
on_stopped(void *arg, const char *key)
{
	struct world *w = arg;

	assert_string_equal(key, KEY);
	w->stops++;
}

void
world_use(struct world *w, const struct supervisor_timing *timing)
{
	const struct supervisor_calls calls = {
		.on_spawn = on_spawn,
		.on_event = on_event,
		.arg = w,
	};

	supervisor_free(w->sv);
	w->sv = supervisor_new_timed(&w->loop, &calls, timing);
}

int
world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);
	void *dir;

	if (scratch_setup(&dir) == -1)
		return -1;
	w->dir = dir;
	w->log = xasprintf("%s/s.log", w->dir);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	world_use(w, &quick);
	*state = w;
	return 0;
}

int
world_teardown(void **state)
{
	struct world *w = *state;
	void *dir = w->dir;

	world_stop(w);
	supervisor_free(w->sv);
	loop_finish(&w->loop);
	free(w->log);
	free(w);
	return scratch_teardown(&dir);
}

json_t *
world_spec(const struct world *w, const char *members, const char *script)
{
	json_t *spec = json_loads(members, 0, NULL);

	assert_non_null(spec);
	if (json_object_get(spec, "argv") == NULL)
		(void)json_object_set_new(spec, "argv",
		    json_pack("[s, s, s]", "/bin/sh", "-c", script));
	if (json_object_get(spec, "log") == NULL)
		(void)json_object_set_new(spec, "log", json_string(w->log));
	return spec;
}

void
world_start(struct world *w, const char *members, const char *script)
{
	json_auto_t *spec = world_spec(w, members, script);
	struct error err;

	if (supervisor_start(w->sv, KEY, spec, &err) == -1)
		fail_msg("%s", err.msg);
}

static bool
has_stopped(void *arg)
{
	struct world *w = arg;

	return w->stops >= w->stops_wanted;
}

void
world_begin_stop(struct world *w)
{
	int before = w->stops;

	supervisor_stop(w->sv, KEY, on_stopped, w);
	assert_int_equal(w->stops, before);
}

void
world_wait_stops(struct world *w, int n)
{
	w->stops_wanted = n;
	loop_until(&w->loop, has_stopped, w);
	assert_int_equal(w->stops, n);
}

void
world_stop(struct world *w)
{
	int before = w->stops;

	world_begin_stop(w);
	world_wait_stops(w, before + 1);
}

static bool
has_events(void *arg)
{
	struct world *w = arg;
	bool all = true;

	for (size_t i = 0; i < nitems(w->events); i++)
		all = all && w->events[i] >= w->wanted[i];
	return all;
}

void
world_wait_at_least(struct world *w, int ended, int restarted, int failed)
{
	w->wanted[SUPERVISOR_ENDED] = ended;
	w->wanted[SUPERVISOR_RESTARTED] = restarted;
	w->wanted[SUPERVISOR_FAILED] = failed;
	loop_until(&w->loop, has_events, w);
}

void
world_wait_events(struct world *w, int ended, int restarted, int failed)
{
	world_wait_at_least(w, ended, restarted, failed);
	assert_memory_equal(w->events, w->wanted, sizeof w->events);
}

static bool
file_is_as_wanted(void *arg)
{
	struct world *w = arg;
	autofree char *text = file_text(w->file);
	size_t len = strlen(text), tail = strlen(w->text);

	if (!file_exists(w->file))
		return false;
	if (tail == 0)
		return len == 0;
	return len >= tail && strcmp(text + len - tail, w->text) == 0;
}

void
world_wait_file(struct world *w, const char *path, const char *text)
{
	w->file = path;
	w->text = text;
	loop_until(&w->loop, file_is_as_wanted, w);
}

void
world_wait_log(struct world *w, const char *text)
{
	world_wait_file(w, w->log, text);
}
