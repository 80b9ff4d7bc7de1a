/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/kept.h"
#include "model/rows.h"
#include "model/secret.h"
#include "model/seen.h"
#include "model/task.h"
#include "world.h"

static void
fill_ctl(struct ctl *ctl)
{
	ctl->uuid = xstrdup("u");
	ctl->name = xstrdup("overlord");
	ctl->cloud = xstrdup("localhost");
	ctl->region = xstrdup("here");
	ctl->current_model = xstrdup("m");
	ctl->created_ms = 11;
}

static void
fill_application(struct application *app)
{
	app->channel = xstrdup("15/stable");
	app->charm_revision = 9;
	app->exposed = app->trusted = app->destroy_storage = true;
	app->version = xstrdup("15.6");
	json_object_set_new(app->config, "size", json_integer(8));
	application_rehash(app);
	(void)status_set(&app->status, WORKLOAD_BLOCKED, "why", 21);
}

static void
fill_unit(struct unit *u)
{
	struct service *s = service_add(u, "server");

	u->destroy_storage = true;
	json_object_set_new(u->state, "k", json_integer(1));
	json_array_append_new(u->ports, json_string("5432/tcp"));
	u->local.failed_hook = xstrdup("h");
	u->local.failed_title = xstrdup("t");
	u->local.failed_reason = xstrdup("r");
	u->local.failures = 3;
	u->local.retry_at_ms = 77;
	unit_ask_update(u, 8, 70);
	json_object_set_new(s->spec, "argv", json_array());
	s->wanted = true;
	s->state = SERVICE_BACKOFF;
	s->pid = 4711;
	s->start_time = 5;
	s->detail = xstrdup("signal 9");
	s->event = 4;
	s->event_seen = 3;
}

static void
fill_task(struct task *t)
{
	t->message = xstrdup("done");
	task_set_state(t, TASK_COMPLETED);
	t->started_ms = 6;
	t->completed_ms = 7;
}

static void
fill_secret(struct secret *s)
{
	static const char terms[] =
	    "{\"revision\": 2, \"revisions\": {\"1\": "
	    "{\"password\": \"p\"}, \"2\": {\"password\": "
	    "\"q\"}}, \"grants\": [\"1/web\"], \"label\": "
	    "\"l\", \"description\": \"d\"}";
	json_auto_t *parsed = json_loads(terms, 0, NULL);

	json_object_set_new(s->observers, "web/0",
	    json_pack("{s:i, s:i}", "revision", 1, "told", 2));
	secret_take_terms(s, parsed);
}

static void
fill(struct world *w)
{
	world_init(w);
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_relate(w, "web", "db");
	world_settle(w);
	world_say_as_app(w, 1, "db", "ready");
	world_say(w, 1, "web/0", "here");
	fill_ctl(w->ctl);
	w->model->owner = xstrdup("admin");
	w->model->destroy_storage = true;
	json_put_text(w->model->config, "test-mode", "true");
	kept_set(&w->model->kept, KEPT_CREDENTIAL, json_string("mine"));
	kept_set(&w->ctl->kept, KEPT_PREVIOUS_MODEL, json_string("other"));
	w->model->generation = 12;
	fill_application(model_find_application(w->model, "db"));
	fill_unit(world_unit(w, "db/0"));
	fill_task(task_add(w->model, 1, "db/0", "fly", 5));
	fill_secret(secret_add(world_unit(w, "db/0")->app,
	    world_unit(w, "db/0"), "abc"));
}

static void
keys_come_in_the_order_of_their_prefixes(void **state)
{
	static const char *const keys[] = { "ctl", "model/m",
		"application/m/db", "application/m/web", "machine/m/0",
		"machine/m/1", "machine/m/2", "unit/m/db/0", "unit/m/db/1",
		"unit/m/web/0", "seen/m/db/0/1", "seen/m/db/1/1",
		"seen/m/web/0/1", "relation/m/0", "relation/m/1",
		"service/m/db/0/server", "task/m/1", "secret/m/abc" };
	struct world w;
	json_t *rows, *value;
	const char *const *prefix = row_prefixes;
	const char *key;
	size_t i = 0;

	(void)state;
	fill(&w);
	rows = world_rows(&w);
	json_object_foreach(rows, key, value) {
		assert_string_equal(key, keys[i++]);
		while (*prefix != NULL &&
		    strncmp(key, *prefix, strlen(*prefix)) != 0)
			prefix++;
		assert_non_null(*prefix);
	}
	assert_int_equal(i, nitems(keys));
	json_decref(rows);
	world_release(&w);
}

static void
what_is_read_back_gives_the_same_rows(void **state)
{
	struct world w;
	json_t *before, *after;

	(void)state;
	fill(&w);
	before = world_rows(&w);
	world_restart(&w);
	after = world_rows(&w);
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	world_release(&w);
}

static void
every_field_survives(void **state)
{
	struct world w;
	struct application *app;
	struct secret *sec;
	struct service *s;
	struct unit *u;
	struct task *t;

	(void)state;
	fill(&w);
	world_restart(&w);
	assert_string_equal(w.ctl->name, "overlord");
	assert_string_equal(w.ctl->current_model, "m");
	assert_int_equal(w.ctl->created_ms, 11);
	assert_string_equal(w.model->owner, "admin");
	assert_int_equal(w.model->next_relation, 2);
	assert_int_equal(w.model->generation, 12);
	app = model_find_application(w.model, "db");
	assert_string_equal(app->channel, "15/stable");
	assert_int_equal(app->charm_revision, 9);
	assert_int_equal(app->status.word, WORKLOAD_BLOCKED);
	assert_int_equal(app->status.since_ms, 21);
	assert_string_equal(app->leader, "db/0");
	assert_int_equal(app->next_unit, 2);
	assert_int_equal(json_integer_value(application_option(app, "size")),
	    8);
	u = world_unit(&w, "db/0");
	assert_ptr_equal(u->machine, model_find_machine(w.model, 0));
	assert_true(u->local.started);
	assert_int_equal(u->local.failures, 3);
	assert_int_equal(u->local.retry_at_ms, 77);
	assert_int_equal(u->local.update_at_ms, 78);
	assert_int_equal(u->local.update_after_ms, 8);
	assert_int_equal(unit_seen(u, 1)->app_version, 0);
	assert_true(seen_find_member(unit_seen(u, 1), 0)->changed);
	s = unit_find_service(u, "server");
	assert_int_equal(s->state, SERVICE_BACKOFF);
	assert_int_equal(s->pid, 4711);
	assert_string_equal(s->detail, "signal 9");
	assert_int_equal(s->event_seen, 3);
	t = model_find_task(w.model, 1);
	assert_int_equal(t->operation, 1);
	assert_int_equal(t->state, TASK_COMPLETED);
	assert_string_equal(t->unit, "db/0");
	assert_string_equal(t->action, "fly");
	assert_string_equal(t->message, "done");
	assert_int_equal(t->enqueued_ms, 5);
	assert_int_equal(t->started_ms, 6);
	assert_int_equal(t->completed_ms, 7);
	sec = model_find_secret(w.model, "abc");
	assert_ptr_equal(sec->unit, u);
	assert_ptr_equal(sec->app, app);
	assert_string_equal(sec->label, "l");
	assert_int_equal(sec->revision, 2);
	assert_int_equal(json_object_size(sec->revisions), 2);
	assert_true(secret_is_readable(sec, world_unit(&w, "web/0")));
	assert_false(secret_is_readable(sec, world_unit(&w, "db/1")));
	world_release(&w);
}

/* One says what all say at first, the other has something to add. */
static void
members_are_numbers_until_they_speak(void **state)
{
	struct world w;
	json_auto_t *row = NULL;
	json_t *members;
	autofree char *text = NULL;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 3);
	world_settle(&w);
	world_say(&w, 0, "db/1", "here");
	row = row_value(&world_relation(&w, 0)->entity);
	members = json_object_get(json_array_get(json_object_get(row, "ends"),
				      0),
	    "members");
	text = json_dumps(members, JSON_COMPACT | JSON_SORT_KEYS);
	assert_string_equal(text,
	    "[0,{\"bag\":{\"egress-subnets\":\"127.1.1.2/32\","
	    "\"ingress-address\":\"127.1.1.2\","
	    "\"private-address\":\"127.1.1.2\",\"word\":\"here\"},"
	    "\"bag-version\":2,\"number\":1},2]");
	world_release(&w);
}

/* As it was written at first. */
static void
members_are_taken_from_old_rows_of_relations(void **state)
{
	static const char old[] =
	    "[{\"unit\": \"web/0\", \"bag\": {\"word\": \"yes\"}, "
	    "\"bag-version\": 4}, {\"unit\": \"db/1\", \"bag\": {}, "
	    "\"bag-version\": 1}]";
	struct world w;
	struct relation *r;
	struct member *m;
	json_auto_t *rows = NULL;
	json_t *row, *end;
	size_t i;

	(void)state;
	fill(&w);
	rows = world_rows(&w);
	row = json_object_get(rows, "relation/m/1");
	json_array_foreach(json_object_get(row, "ends"), i, end)
		json_object_del(end, "members");
	json_object_set_new(row, "members", json_loads(old, 0, NULL));
	ctl_free(w.ctl);
	w.ctl = ctl_new();
	world_read(&w, rows);
	r = world_relation(&w, 1);
	assert_null(relation_find_member_name(r, r->model, "db/0"));
	assert_non_null(relation_find_member_name(r, r->model, "db/1"));
	m = relation_find_member_name(r, r->model, "web/0");
	assert_string_equal(json_text(m->bag, "word", ""), "yes");
	assert_int_equal(m->bag_version, 4);
	world_release(&w);
}

/* As it was written at first. */
static void
what_was_seen_is_taken_from_old_rows_of_units(void **state)
{
	static const char old[] =
	    "[{\"relation\": 1, \"app-version\": 5, \"members\":"
	    " [{\"unit\": \"web/0\", \"version\": 4, \"changed\": true}]}]";
	struct world w;
	json_auto_t *rows = NULL;
	json_t *unit;
	struct seen_relation *seen;

	(void)state;
	fill(&w);
	rows = world_rows(&w);
	unit = json_object_get(rows, "unit/m/db/0");
	json_object_set_new(json_object_get(unit, "local"), "relations",
	    json_loads(old, 0, NULL));
	json_object_del(rows, "seen/m/db/0/1");
	ctl_free(w.ctl);
	w.ctl = ctl_new();
	world_read(&w, rows);
	seen = unit_seen(world_unit(&w, "db/0"), 1);
	assert_int_equal(seen->app_version, 5);
	assert_int_equal(seen_find_member(seen, 0)->version, 4);

	/* The next commit writes both rows, as they are now. */
	assert_true(seen->entity.touched && seen->entity.fresh);
	assert_true(seen->unit->entity.touched);
	assert_false(world_unit(&w, "db/1")->entity.touched);
	world_release(&w);
}

static void
left_and_entered_in_one_commit_is_seen_anew(void **state)
{
	struct world w;
	struct seen_relation *seen;
	struct relation *r;
	struct unit *u;

	(void)state;
	fill(&w);
	world_commit(&w);
	u = world_unit(&w, "db/0");
	r = world_relation(&w, 1);
	seen = unit_seen(u, 1);
	assert_false(RB_EMPTY(&seen->members));
	relation_leave(r, u);
	assert_null(unit_seen(u, 1));
	(void)relation_join(r, u);
	assert_ptr_equal(unit_seen(u, 1), seen);
	assert_true(RB_EMPTY(&seen->members));
	world_commit(&w);
	assert_ptr_equal(unit_seen(u, 1), seen);
	world_release(&w);
}

static void
a_change_that_was_not_written_is_taken_back(void **state)
{
	struct world w;
	json_t *rows, *after;
	struct application *db;
	struct charm *charm;
	struct unit *u;

	(void)state;
	fill(&w);
	rows = world_rows(&w);
	u = world_unit(&w, "db/0");
	db = u->app;
	charm = db->charm;
	db->life = LIFE_DYING;
	json_object_clear(db->config);
	(void)bag_set(&relation_end_of(world_relation(&w, 1), db)->bag, "x",
	    "y");
	u->local.started = false;
	seen_member_add(seen_keep(u, world_relation(&w, 0)), 7);
	relation_leave(world_relation(&w, 1), u);
	entity_delete(&world_unit(&w, "db/1")->entity);
	entity_delete(&world_relation(&w, 0)->entity);
	world_read(&w, rows);
	assert_ptr_equal(model_find_unit(w.model, "db/0"), u);
	assert_ptr_equal(db->charm, charm);
	assert_non_null(model_find_unit(w.model, "db/1"));
	assert_non_null(model_find_relation(w.model, 0));
	after = world_rows(&w);
	assert_true(json_equal(rows, after));
	json_decref(rows);
	json_decref(after);
	world_release(&w);
}

static void
volatile_parts_are_not_written(void **state)
{
	struct world w;
	struct task *t;
	json_t *row;

	(void)state;
	world_init(&w);
	t = task_add(w.model, 1, "db/0", "fly", 5);
	t->params = json_pack("{s:s}", "password", "secret");
	t->results = xstrdup("{\"password\": \"secret\"}");
	t->log = json_pack("[s]", "secret");
	row = row_value(&t->entity);
	assert_null(json_object_get(row, "params"));
	assert_null(json_object_get(row, "results"));
	assert_null(json_object_get(row, "log"));
	json_decref(row);
	world_release(&w);
}

static void
a_faulty_row_is_named(void **state)
{
	static const struct {
		const char *key, *value, *message;
	} cases[] = {
		{ "ghost/1", "{}", "row ghost/1: unknown kind" },
		{ "unit/m", "{}", "row unit/m: no name" },
		{ "unit/n/db/0", "{}", "row unit/n/db/0: no model \"n\"" },
		{ "unit/m/x/0", "{}", "row unit/m/x/0: no application \"x\"" },
		{ "unit/m/db/x", "{}", "row unit/m/db/x: no number \"x\"" },
		{ "unit/m/db", "{}", "row unit/m/db: no unit number" },
		{ "unit/m/db/7", "{\"machine\": 8}",
		    "row unit/m/db/7: no machine 8" },
		{ "unit/m/db/0", "{\"status\": {\"status\": \"odd\"}}",
		    "row unit/m/db/0: no status word \"odd\"" },
		{ "machine/m/-1", "{}", "row machine/m/-1: no number \"-1\"" },
		{ "relation/m/5", "{}", "row relation/m/5: 0 ends" },
		{ "relation/m/5", "{\"ends\": [{\"application\": \"x\"}]}",
		    "row relation/m/5: no application \"x\"" },
		{ "relation/m/6", "{\"ends\": [{\"application\": \"db\"}]}",
		    "row relation/m/6: end 0 has no role" },
		{ "relation/m/7",
		    "{\"ends\": [{\"application\": \"db\", \"role\": \"peer\"}],"
		    " \"members\": [{\"unit\": \"db/9\"}]}",
		    "row relation/m/7: no unit \"db/9\"" },
		{ "relation/m/8",
		    "{\"ends\": [{\"application\": \"db\", \"role\": \"peer\","
		    " \"members\": [0, 9]}]}",
		    "row relation/m/8: no unit \"db/9\"" },
		{ "service/m/db/9/s", "{}",
		    "row service/m/db/9/s: no unit \"db/9\"" },
		{ "service/m/db/0/s", "{}",
		    "row service/m/db/0/s: no service state" },
		{ "task/m/1", "{\"state\": \"odd\"}",
		    "row task/m/1: no task state" },
	};
	struct world w;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *value = json_loads(cases[i].value, 0, NULL);
		struct error err = { 0 };

		assert_int_equal(row_read(w.ctl, cases[i].key, value,
				     world_charm, NULL, &err),
		    -1);
		assert_string_equal(err.msg, cases[i].message);
	}
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_in_the_order_of_their_prefixes),
		cmocka_unit_test(what_is_read_back_gives_the_same_rows),
		cmocka_unit_test(every_field_survives),
		cmocka_unit_test(members_are_numbers_until_they_speak),
		cmocka_unit_test(members_are_taken_from_old_rows_of_relations),
		cmocka_unit_test(what_was_seen_is_taken_from_old_rows_of_units),
		cmocka_unit_test(left_and_entered_in_one_commit_is_seen_anew),
		cmocka_unit_test(a_change_that_was_not_written_is_taken_back),
		cmocka_unit_test(volatile_parts_are_not_written),
		cmocka_unit_test(a_faulty_row_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
