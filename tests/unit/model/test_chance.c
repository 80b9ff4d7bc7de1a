/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units look only at what has changed. Whatever happens, in whichever order,
 * they find what a look at everything would find, and those who had nothing to
 * do are told when they have.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/owing.h"
#include "world.h"

#define SEEDS      100
#define STEPS      150
#define UNITS_MOST 12

/* ---- what has to hold ---- */

typedef void unit_fn(struct world *, struct unit *, void *arg);

static void
each_unit(struct world *w, unit_fn *fn, void *arg)
{
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			fn(w, u, arg);
	}
}

static void
check_owed_is_open(struct world *w, struct unit *u, void *arg)
{
	const int *seed = arg;
	struct relation_end *end;

	(void)w;
	RB_FOREACH(end, end_tree, &u->app->relations) {
		if (relation_op(u, end->relation).kind != OP_NONE &&
		    !world_is_open(u, end->relation))
			fail_msg("seed %d: %s owes to relation %d, unseen",
			    *seed, u->name, (int)end->relation->id);
	}
}

/* It has seen what its hooks have told it. */
static void
check_seen(struct world *w, struct unit *u, void *arg)
{
	struct relation_end *end;

	(void)arg;
	RB_FOREACH(end, end_tree, &u->app->relations)
		world_check_told(w, u, end->relation);
}

static json_t *
describe(const struct unit *u, uint64_t now_ms)
{
	const struct op op = resolve(u, now_ms);
	autofree char *line = world_line(u, &op);

	return json_pack("{s:i, s:s, s:I, s:I}", "kind", op.kind, "line", line,
	    "at", (json_int_t)op.at_ms, "version", (json_int_t)op.version);
}

static void
add_answer(struct world *w, struct unit *u, void *arg)
{
	json_object_set_new(arg, u->name, describe(u, w->now_ms));
}

static json_t *
answers(struct world *w)
{
	json_t *all = json_object();

	each_unit(w, add_answer, all);
	return all;
}

/* One that has just been read has looked at everything. */
static void
check_as_if_restarted(struct world *w, int seed)
{
	json_auto_t *rows = world_rows(w), *here = NULL, *there = NULL;
	autofree char *mine = NULL, *theirs = NULL;
	struct world other = { .now_ms = w->now_ms, .ctl = ctl_new() };

	world_read(&other, rows);
	each_unit(&other, check_owed_is_open, &seed);
	here = answers(w);
	there = answers(&other);
	mine = json_dumps(here, JSON_SORT_KEYS);
	theirs = json_dumps(there, JSON_SORT_KEYS);
	if (strcmp(mine, theirs) != 0)
		fail_msg("seed %d: %s is not %s", seed, mine, theirs);
	world_release(&other);
}

/* ---- what happens ---- */

struct chance {
	struct world w;
	json_t *before; /* Answers, before the step. */
	bool time_passed;
	int seed;
	unsigned state;
};

static unsigned
choose(struct chance *c, unsigned n)
{
	c->state = c->state * 1103515245u + 12345u;
	return (c->state >> 16) % n;
}

static void
count_unit(struct world *w, struct unit *u, void *arg)
{
	(void)w;
	(void)u;
	++*(unsigned *)arg;
}

static unsigned
count_units(struct chance *c)
{
	unsigned n = 0;

	each_unit(&c->w, count_unit, &n);
	return n;
}

static struct unit *
any_unit(struct chance *c)
{
	struct application *app;
	struct unit *u, *found = NULL;
	unsigned n = 0;

	RB_FOREACH(app, application_tree, &c->w.model->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			if (choose(c, ++n) == 0)
				found = u;
		}
	}
	return found;
}

static struct relation *
any_relation(struct chance *c)
{
	struct relation *r, *found = NULL;
	unsigned n = 0;

	RB_FOREACH(r, relation_tree, &c->w.model->relations) {
		if (choose(c, ++n) == 0)
			found = r;
	}
	return found;
}

static const char *
any_name(struct chance *c)
{
	static const char *const names[] = { "db", "dbs", "web", "www" };

	return names[choose(c, nitems(names))];
}

static void
step_deploy(struct chance *c)
{
	const char *name = any_name(c);
	struct application *app = model_find_application(c->w.model, name);

	if (count_units(c) >= UNITS_MOST)
		return;
	if (app == NULL)
		(void)world_deploy(&c->w, name, 1);
	else if (app->life == LIFE_ALIVE)
		world_add_unit(&c->w, name);
}

static void
step_relate(struct chance *c)
{
	const char *web = choose(c, 2) == 0 ? "web" : "www";
	const char *db = choose(c, 2) == 0 ? "db" : "dbs";
	struct application *a = model_find_application(c->w.model, web);
	struct application *b = model_find_application(c->w.model, db);

	if (a != NULL && b != NULL && a->life == LIFE_ALIVE &&
	    b->life == LIFE_ALIVE)
		(void)world_relate(&c->w, web, db);
}

static void
step_remove_relation(struct chance *c)
{
	struct relation *r = any_relation(c);

	if (r != NULL && r->nends == 2)
		world_remove_relation(&c->w, r->id);
}

static void
step_remove_unit(struct chance *c)
{
	struct unit *u = any_unit(c);

	if (u != NULL)
		world_remove_unit(&c->w, u->name);
}

/* It goes at once, with all that it is in. */
static void
step_force_unit(struct chance *c)
{
	struct unit *u = any_unit(c);

	if (u == NULL)
		return;
	world_remove_unit(&c->w, u->name);
	u->local.installed = false;
	entity_touch(&u->entity);
	world_commit(&c->w);
	(void)world_run_once(&c->w, u->name);
}

static void
step_remove_application(struct chance *c)
{
	const char *name = any_name(c);

	if (model_find_application(c->w.model, name) != NULL)
		world_remove_application(&c->w, name);
}

static void
step_say(struct chance *c)
{
	static const char *const words[] = { "a", "b", "c" };
	const char *word = words[choose(c, nitems(words))];
	struct relation *r = any_relation(c);
	struct relation_end *end;
	struct member *m;

	if (r == NULL)
		return;
	end = &r->ends[choose(c, (unsigned)r->nends)];
	m = end_first_member(end);
	if (choose(c, 2) == 0)
		world_say_as_app(&c->w, r->id, end->app->name, word);
	else if (m != NULL)
		world_say(&c->w, r->id, m->unit->name, word);
}

static void
step_run(struct chance *c)
{
	struct unit *u = any_unit(c);

	if (u != NULL)
		(void)world_run_once(&c->w, u->name);
}

static void
step_settle(struct chance *c)
{
	world_settle(&c->w);
}

/* It reads the model, and ends later: things change while a hook runs. */
static void
step_fail(struct chance *c)
{
	struct unit *u = any_unit(c);
	struct op op;

	if (u == NULL)
		return;
	op = unit_resolve(u, c->w.now_ms);
	if (op.kind != OP_HOOK)
		return;
	if (op.relation >= 0 && choose(c, 2) == 0)
		op_deferred(u, &op, "later", 700, c->w.now_ms);
	else if (op_failed(u, &op, "no", c->w.now_ms, 0))
		world_tell(&c->w, u, &op);
	world_commit(&c->w);
}

static void
step_wait(struct chance *c)
{
	c->w.now_ms += choose(c, 3000);
	c->time_passed = true;
}

static void
step_configure(struct chance *c)
{
	struct application *app = model_find_application(c->w.model, "db");

	if (app == NULL)
		return;
	json_object_set_new(app->config, "size",
	    json_integer((json_int_t)choose(c, 3)));
	application_rehash(app);
	entity_touch(&app->entity);
	world_commit(&c->w);
}

static void
step_restart(struct chance *c)
{
	world_restart(&c->w);
}

static void
begin_to_die(struct unit *u)
{
	u->life = LIFE_DYING;
	unit_open_all(u);
	entity_touch(&u->entity);
	(void)application_elect(u->app);
}

static void
vanish(struct unit *u)
{
	entity_delete(&u->entity);
	(void)application_elect(u->app);
}

static void
end(struct relation *r)
{
	r->life = LIFE_DYING;
	relation_open(r);
	entity_touch(&r->entity);
}

static void
look(struct world *w, struct unit *u, void *arg)
{
	(void)arg;
	(void)unit_resolve(u, w->now_ms);
}

/* Meanwhile others have looked at what it was going to be. */
static void
step_take_back(struct chance *c)
{
	json_auto_t *rows = world_rows(&c->w);
	struct unit *u = any_unit(c);
	struct relation *r = any_relation(c);
	struct op op;

	if (u == NULL || r == NULL)
		return;
	op = unit_resolve(u, c->w.now_ms);
	if (op.kind == OP_HOOK)
		op_done(u, &op);
	if (choose(c, 2) == 0)
		relation_app_spoke(r, &r->ends[0]);
	if (choose(c, 3) == 0)
		end(r);
	if (choose(c, 3) == 0)
		begin_to_die(u);
	else if (choose(c, 4) == 0)
		vanish(u);
	each_unit(&c->w, look, NULL);
	world_take_back(&c->w, rows);
}

static const struct {
	unsigned weight;
	void (*act)(struct chance *);
} steps[] = {
	{ 10, step_deploy },
	{ 6, step_relate },
	{ 2, step_remove_relation },
	{ 3, step_remove_unit },
	{ 2, step_force_unit },
	{ 1, step_remove_application },
	{ 12, step_say },
	{ 60, step_run },
	{ 3, step_settle },
	{ 5, step_fail },
	{ 4, step_wait },
	{ 2, step_configure },
	{ 1, step_restart },
	{ 8, step_take_back },
};

static void
take_step(struct chance *c)
{
	unsigned sum = 0, at;
	size_t i;

	for (i = 0; i < nitems(steps); i++)
		sum += steps[i].weight;
	at = choose(c, sum);
	for (i = 0; at >= steps[i].weight; i++)
		at -= steps[i].weight;
	c->time_passed = steps[i].act == step_restart;
	steps[i].act(c);
}

/* Who had nothing to do and has now was told, unless it is but later. */
static void
check_told(struct world *w, struct unit *u, void *arg)
{
	struct chance *c = arg;
	const json_t *was = json_object_get(c->before, u->name);
	json_auto_t *is = describe(u, w->now_ms);

	if (json_int(was, "kind", OP_NONE) != OP_NONE ||
	    json_int(is, "kind", OP_NONE) == OP_NONE || c->time_passed)
		return;
	if (json_object_get(w->kicked, u->name) == NULL)
		fail_msg("seed %d: nobody told %s of %s", c->seed, u->name,
		    json_text(is, "line", ""));
}

static void
live(struct chance *c)
{
	for (int i = 0; i < STEPS; i++) {
		c->before = answers(&c->w);
		json_object_clear(c->w.kicked);
		take_step(c);
		world_note_stirred(&c->w);
		each_unit(&c->w, check_told, c);
		each_unit(&c->w, check_owed_is_open, &c->seed);
		each_unit(&c->w, check_seen, NULL);
		check_as_if_restarted(&c->w, c->seed);
		json_decref(take_ptr(c->before));
	}
}

static void
units_find_what_a_look_at_everything_finds(void **state)
{
	(void)state;
	for (int seed = 1; seed <= SEEDS; seed++) {
		struct chance c = { .seed = seed, .state = (unsigned)seed };

		world_init(&c.w);
		live(&c);
		/* Failures are soon repeated, and nobody fails any more. */
		for (int i = 0; i < 20; i++) {
			c.w.now_ms += 400 * 1000;
			world_settle(&c.w);
		}
		assert_int_equal(world_count_open(&c.w), 0);
		world_release(&c.w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_find_what_a_look_at_everything_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
