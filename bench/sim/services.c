/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services - processes that are not there: they run until they are stopped, or
 * until services_kill_one(); they do not care who supervises them.
 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "bench/sim/sim.h"
#include "machine/supervisor.h"

#define STOP_MS    20
#define RESTART_MS 100

struct process {
	RB_ENTRY(process) entry;
	char *key;
	pid_t pid;
	uint64_t start_time;
};

/* Something that happens to a service a little later. */
struct later {
	TAILQ_ENTRY(later) entry;
	struct supervisor *supervisor; /* NULL when it was given up. */
	char *key;
	uv_timer_t timer;
	supervisor_done_fn *done; /* Of a stop; NULL: it comes back. */
	void *arg;
};

struct supervisor {
	struct sim *sim;
	uv_loop_t *loop;
	struct supervisor_calls calls;
	TAILQ_HEAD(later_list, later)
	laters;
};

static int
process_compare(const struct process *a, const struct process *b)
{
	return strcmp(a->key, b->key);
}

/* clang-format off */
RB_PROTOTYPE(process_tree, process, entry, process_compare)
RB_GENERATE(process_tree, process, entry, process_compare)
/* clang-format on */

static struct process *
find_process(struct sim *sim, const char *key)
{
	autofree char *copy = xstrdup(key);
	struct process wanted = { .key = copy };

	return RB_FIND(process_tree, &sim->processes, &wanted);
}

static void
end_process(struct sim *sim, struct process *p)
{
	if (p == NULL)
		return;
	RB_REMOVE(process_tree, &sim->processes, p);
	free(p->key);
	free(p);
}

void
services_free_all(struct sim *sim)
{
	struct process *p;

	while ((p = RB_ROOT(&sim->processes)) != NULL)
		end_process(sim, p);
}

static int
spawn(struct supervisor *s, const char *key, struct error *err)
{
	struct sim *sim = s->sim;
	pid_t pid = (pid_t)++sim->next_pid;
	struct process *p;

	if (s->calls.on_spawn(s->calls.arg, key, pid, outside_now_ms(), err) ==
	    -1)
		return -1;
	p = xcalloc(1, sizeof *p);
	p->key = xstrdup(key);
	p->pid = pid;
	p->start_time = outside_now_ms();
	RB_INSERT(process_tree, &sim->processes, p);
	return 0;
}

/* ---- later ---- */

static void
later_on_closed(uv_handle_t *handle)
{
	struct later *l = handle->data;

	free(l->key);
	free(l);
}

static void
later_free(struct later *l)
{
	TAILQ_REMOVE(&l->supervisor->laters, l, entry);
	l->supervisor->sim->ending--;
	uv_close((uv_handle_t *)&l->timer, later_on_closed);
}

static void
later_come_back(struct later *l)
{
	struct supervisor *s = l->supervisor;
	struct error err;

	if (spawn(s, l->key, &err) == 0)
		s->calls.on_event(s->calls.arg, l->key, SUPERVISOR_RESTARTED,
		    NULL);
	else
		s->calls.on_event(s->calls.arg, l->key, SUPERVISOR_FAILED,
		    err.msg);
}

static void
later_on_timer(uv_timer_t *timer)
{
	struct later *l = timer->data;

	if (l->done != NULL)
		l->done(l->arg, l->key);
	else
		later_come_back(l);
	later_free(l);
}

static struct later *
later_add(struct supervisor *s, const char *key, uint64_t ms)
{
	struct later *l = xcalloc(1, sizeof *l);

	l->supervisor = s;
	l->key = xstrdup(key);
	uv_timer_init(s->loop, &l->timer);
	l->timer.data = l;
	uv_timer_start(&l->timer, later_on_timer, ms, 0);
	TAILQ_INSERT_TAIL(&s->laters, l, entry);
	s->sim->ending++;
	return l;
}

static struct later *
find_return(struct supervisor *s, const char *key)
{
	struct later *l;

	TAILQ_FOREACH(l, &s->laters, entry) {
		if (l->done == NULL && strcmp(l->key, key) == 0)
			return l;
	}
	return NULL;
}

/* ---- supervisor.h ---- */

struct supervisor *
supervisor_new(uv_loop_t *loop, const struct supervisor_calls *calls)
{
	struct supervisor *s = xcalloc(1, sizeof *s);

	s->sim = sim_of(loop);
	s->loop = loop;
	s->calls = *calls;
	TAILQ_INIT(&s->laters);
	s->sim->supervisor = s;
	return s;
}

void
supervisor_free(struct supervisor *s)
{
	struct later *l;

	if (s == NULL)
		return;
	while ((l = TAILQ_FIRST(&s->laters)) != NULL)
		later_free(l);
	s->sim->supervisor = NULL;
	free(s);
}

int
supervisor_start(struct supervisor *s, const char *key, const json_t *spec,
    struct error *err)
{
	struct later *l = find_return(s, key);

	(void)spec;
	if (find_process(s->sim, key) != NULL)
		return 0;
	if (l != NULL)
		later_free(l);
	return spawn(s, key, err);
}

int
/* NOLINTNEXTLINE(readability-function-size): as the header has it. */
supervisor_adopt(struct supervisor *s, const char *key, const json_t *spec,
    pid_t pid, uint64_t start_time, struct error *err)
{
	const struct process *p = find_process(s->sim, key);

	(void)spec;
	if (p != NULL && p->pid == pid && p->start_time == start_time)
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "process %d has ended",
	    (int)pid);
}

void
supervisor_stop(struct supervisor *s, const char *key, supervisor_done_fn *done,
    void *arg)
{
	struct later *l = find_return(s, key);

	if (l != NULL)
		later_free(l);
	end_process(s->sim, find_process(s->sim, key));
	l = later_add(s, key, STOP_MS);
	l->done = done;
	l->arg = arg;
}

/* A walk down to somewhere. */
static struct process *
any_process(const struct sim *sim)
{
	struct process *p = RB_ROOT(&sim->processes), *next = p;

	while (next != NULL && outside_choose(8) != 0) {
		p = next;
		next = outside_choose(2) == 0 ? RB_LEFT(p, entry) :
						RB_RIGHT(p, entry);
	}
	return p;
}

void
services_kill_one(struct sim *sim)
{
	struct supervisor *s = sim->supervisor;
	struct process *p = any_process(sim);
	autofree char *key = NULL;

	if (p == NULL || s == NULL)
		return;
	key = xstrdup(p->key);
	end_process(sim, p);
	sim->deaths++;
	s->calls.on_event(s->calls.arg, key, SUPERVISOR_ENDED,
	    "signal 9 (Killed)");
	(void)later_add(s, key, RESTART_MS);
}
