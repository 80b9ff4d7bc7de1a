/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "world.h"

static void
names_are_ordered_as_people_count(void **state)
{
	static const char *const ordered[] = { "", "0", "01", "1", "2", "10",
		"a", "a/0", "a/1", "a/2", "a/10", "a/10b", "a1", "a1b2",
		"a1b10", "a2", "a10", "ab", "b", "db-9-x", "db-10-a" };

	(void)state;
	for (size_t i = 0; i < nitems(ordered); i++) {
		for (size_t j = 0; j < nitems(ordered); j++) {
			int diff = name_compare(ordered[i], ordered[j]);
			int sign = (diff > 0) - (diff < 0);

			if (sign != (i > j) - (i < j))
				fail_msg("\"%s\" and \"%s\" compare as %d",
				    ordered[i], ordered[j], diff);
		}
	}
}

static void
numbers_are_never_reused(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	world_remove_unit(&w, "db/1");
	world_settle(&w);
	assert_null(model_find_unit(w.model, "db/1"));
	assert_null(model_find_machine(w.model, 1));
	world_add_unit(&w, "db");
	assert_non_null(model_find_unit(w.model, "db/2"));
	assert_string_equal(model_find_machine(w.model, 2)->instance,
	    "tenon-a8a31d-2");
	world_release(&w);
}

static void
operations_and_tasks_share_their_numbers(void **state)
{
	struct world w;
	struct task *t;

	(void)state;
	world_init(&w);
	assert_int_equal(w.model->next_operation, 1);
	t = task_add(w.model, w.model->next_operation++, "db/0", "fly", 5);
	assert_int_equal(t->operation, 1);
	assert_int_equal(t->id, 2);
	assert_ptr_equal(model_find_task(w.model, 2), t);
	assert_int_equal(t->state, TASK_PENDING);
	world_release(&w);
}

static void
units_have_one_spelling(void **state)
{
	static const char *const wrong[] = { "db", "db/", "db/00", "db/ 0",
		"db/+0", "db/0x", "db/1", "web/0", "/0", "",
		"db/99999999999999999999" };
	struct world w;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 1);
	assert_non_null(model_find_unit(w.model, "db/0"));
	for (size_t i = 0; i < nitems(wrong); i++)
		assert_null(model_find_unit(w.model, wrong[i]));
	world_release(&w);
}

static void
what_is_deleted_is_not_found(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 1);
	u = world_unit(&w, "db/0");
	(void)service_add(u, "server");
	(void)task_add(w.model, 1, "db/0", "fly", 5);
	entity_delete(&w.model->entity);
	assert_null(ctl_find_model(w.ctl, "m"));
	assert_null(model_find_application(w.model, "db"));
	assert_null(model_find_unit(w.model, "db/0"));
	assert_null(model_find_machine(w.model, 0));
	assert_null(model_find_relation(w.model, 0));
	assert_null(model_find_task(w.model, 1));
	assert_null(unit_find_service(u, "server"));
	world_release(&w);
}

static void
what_is_deleted_can_be_freed_in_the_order_of_its_marks(void **state)
{
	struct world w;
	struct entity *e, *next;
	struct unit *u;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle(&w);
	u = world_unit(&w, "db/1");
	/* Marked before its children, and yet freed after them. */
	entity_touch(&w.model->entity);
	entity_touch(&u->app->entity);
	entity_touch(&u->entity);
	(void)service_add(u, "server");
	entity_delete(&w.model->entity);
	TAILQ_FOREACH_SAFE(e, &w.ctl->touched, touched_entry, next) {
		assert_true(e->deleted);
		entity_free(e);
	}
	assert_true(RB_EMPTY(&w.ctl->models));
	assert_true(TAILQ_EMPTY(&w.ctl->touched));
	world_release(&w);
}

static void
a_freed_unit_and_machine_leave_nothing_behind(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	world_settle(&w);
	u = world_unit(&w, "db/1");
	entity_free(&u->machine->entity);
	assert_null(u->machine);
	assert_non_null(relation_find_member(world_relation(&w, 0), u));
	entity_free(&u->entity);
	assert_null(
	    relation_find_member_name(world_relation(&w, 0), w.model, "db/1"));
	assert_non_null(
	    relation_find_member_name(world_relation(&w, 0), w.model, "db/0"));
	world_release(&w);
}

static void
relations_are_named_for_hooks_and_for_people(void **state)
{
	struct world w;
	struct application *web, *db;
	struct relation *r;
	autofree char *near = NULL, *far = NULL, *key = NULL, *peers = NULL;

	(void)state;
	world_init(&w);
	db = world_deploy(&w, "db", 0);
	web = world_deploy(&w, "web", 0);
	r = world_relation(&w, world_relate(&w, "web", "db"));
	near = relation_hook_id(r, db);
	far = relation_hook_id(r, web);
	key = relation_key(r, w.model);
	peers = relation_key(world_relation(&w, 0), w.model);
	assert_string_equal(near, "database:1");
	assert_string_equal(far, "backend:1");
	assert_string_equal(key, "web:backend db:database");
	assert_string_equal(peers, "db:cluster");
	assert_ptr_equal(relation_far_end(r, db)->app, web);
	assert_ptr_equal(relation_far_end(r, web)->app, db);
	assert_ptr_equal(relation_far_end(world_relation(&w, 0), db)->app, db);
	assert_null(relation_end_of(world_relation(&w, 0), web));
	world_release(&w);
}

static void
an_address_is_known_until_its_machine_is_freed(void **state)
{
	struct world w;
	struct unit *u;
	autofree char *address = NULL;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	u = world_unit(&w, "db/0");
	assert_ptr_equal(u->machine->unit, u);
	address = xstrdup(u->machine->address);
	assert_true(ctl_has_address(w.ctl, address));
	assert_false(ctl_has_address(w.ctl, "127.255.255.1"));

	world_restart(&w);
	u = world_unit(&w, "db/0");
	assert_ptr_equal(u->machine->unit, u);
	assert_true(ctl_has_address(w.ctl, address));

	/* A machine that is about to go still has it. */
	entity_delete(&u->machine->entity);
	assert_true(ctl_has_address(w.ctl, address));
	world_commit(&w);
	assert_false(ctl_has_address(w.ctl, address));
	assert_null(u->machine);
	world_release(&w);
}

/* The ids of its relations, as "0 2 10". */
static void
assert_relations(struct world *w, const char *app, const char *ids)
{
	struct application *a = model_find_application(w->model, app);
	struct relation_end *end;
	autostrbuf found = { 0 };

	RB_FOREACH(end, end_tree, &a->relations) {
		assert_ptr_equal(end->app, a);
		assert_ptr_equal(relation_end_of(end->relation, a), end);
		strbuf_addf(&found, "%s%lld", found.len > 0 ? " " : "",
		    (long long)end->relation->id);
	}
	assert_string_equal(strbuf_cstr(&found), ids);
}

static void
an_application_knows_its_relations_and_no_others(void **state)
{
	static const char *const webs[] = { "wa", "wb", "wc", "wd", "we", "wf",
		"wg", "wh", "wi" };
	struct world w;

	(void)state;
	world_init(&w);
	(void)world_deploy(&w, "db", 1);
	(void)world_deploy(&w, "db2", 1);
	for (size_t i = 0; i < nitems(webs); i++) {
		(void)world_deploy(&w, webs[i], 1);
		(void)world_relate(&w, webs[i], "db");
	}
	(void)world_relate(&w, "wi", "db2");
	assert_relations(&w, "db", "0 2 3 4 5 6 7 8 9 10");
	assert_relations(&w, "db2", "1 11");
	assert_relations(&w, "wi", "10 11");

	/* Rows come in the order of their keys: 10 before 2. */
	world_settle_quietly(&w);
	world_restart(&w);
	assert_relations(&w, "db", "0 2 3 4 5 6 7 8 9 10");
	assert_relations(&w, "wi", "10 11");

	world_remove_relation(&w, 10);
	world_settle_quietly(&w);
	assert_relations(&w, "db", "0 2 3 4 5 6 7 8 9");
	assert_relations(&w, "wi", "11");
	world_release(&w);
}

static void
who_holds_a_bag_keeps_what_was_in_it(void **state)
{
	json_t *bag = json_pack("{s:s, s:s}", "k", "v", "l", "w");
	json_t *held = json_incref(bag);

	(void)state;
	assert_false(bag_set(&bag, "k", "v"));
	assert_ptr_equal(bag, held);
	assert_true(bag_set(&bag, "k", "x"));
	assert_ptr_not_equal(bag, held);
	assert_string_equal(json_text(held, "k", ""), "v");
	assert_string_equal(json_text(bag, "k", ""), "x");
	assert_string_equal(json_text(bag, "l", ""), "w");
	json_decref(held);
	held = bag;
	assert_true(bag_set(&bag, "l", NULL));
	assert_ptr_equal(bag, held);
	json_decref(bag);
}

static json_t *
bag_of(struct world *w, int64_t relation, const char *unit)
{
	struct member *m = relation_find_member_name(world_relation(w,
							 relation),
	    w->model, unit);

	assert_non_null(m);
	return m->bag;
}

static void
what_a_unit_says_in_all_relations_is_there_once(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	assert_ptr_equal(bag_of(&w, 0, "db/0"), bag_of(&w, 1, "db/0"));
	assert_ptr_not_equal(bag_of(&w, 1, "db/0"), bag_of(&w, 1, "db/1"));

	world_say(&w, 1, "db/0", "hello");
	assert_string_equal(json_text(bag_of(&w, 1, "db/0"), "word", ""),
	    "hello");
	assert_null(json_object_get(bag_of(&w, 0, "db/0"), "word"));
	world_restart(&w);
	assert_string_equal(json_text(bag_of(&w, 1, "db/0"), "word", ""),
	    "hello");
	assert_null(json_object_get(bag_of(&w, 0, "db/0"), "word"));
	assert_ptr_equal(bag_of(&w, 0, "db/1"), bag_of(&w, 1, "db/1"));
	world_release(&w);
}

static void
a_bag_tells_whether_it_changed(void **state)
{
	json_auto_t *bag = json_object();

	(void)state;
	assert_true(bag_set(&bag, "k", "v"));
	assert_false(bag_set(&bag, "k", "v"));
	assert_true(bag_set(&bag, "k", "w"));
	assert_true(bag_set(&bag, "k", ""));
	assert_false(bag_set(&bag, "k", NULL));
	assert_int_equal(json_object_size(bag), 0);
}

static void
the_lowest_living_unit_that_has_started_leads(void **state)
{
	struct world w;
	struct application *web;

	(void)state;
	world_init(&w);
	web = world_deploy(&w, "web", 3);
	assert_string_equal(web->leader, "web/0");
	world_run(&w, "web/2");
	assert_false(application_elect(web));
	world_remove_unit(&w, "web/0");
	assert_string_equal(web->leader, "web/2");
	world_remove_unit(&w, "web/2");
	assert_string_equal(web->leader, "web/1");
	/* Nobody is left to take over: it leads to its end. */
	world_remove_unit(&w, "web/1");
	assert_string_equal(web->leader, "web/1");
	assert_ptr_equal(application_leader(web), world_unit(&w, "web/1"));
	world_settle(&w);
	assert_null(web->leader);
	assert_null(application_leader(web));
	world_release(&w);
}

static void
a_number_is_not_used_again_by_the_next_application(void **state)
{
	struct world w;
	struct application *db;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 2);
	world_settle_quietly(&w);
	world_remove_application(&w, "db");
	world_settle_quietly(&w);
	assert_null(model_find_application_of(w.model, "db/1"));
	world_restart(&w);
	world_deploy(&w, "db", 1);
	assert_non_null(model_find_unit(w.model, "db/2"));
	world_restart(&w);
	world_add_unit(&w, "db");
	assert_non_null(model_find_unit(w.model, "db/3"));
	db = model_find_application_of(w.model, "db/7");
	assert_string_equal(db->name, "db");
	world_release(&w);
}

static void
the_config_hash_follows_the_effective_config(void **state)
{
	struct world w;
	struct application *db;
	uint64_t first, second;

	(void)state;
	world_init(&w);
	db = world_deploy(&w, "db", 0);
	first = db->config_hash;
	assert_int_equal(json_integer_value(application_option(db, "size")), 3);
	assert_null(application_option(db, "shape"));

	/* The default, set by hand: nothing changes for the charm. */
	json_object_set_new(db->config, "size", json_integer(3));
	application_rehash(db);
	assert_true(db->config_hash == first);

	json_object_set_new(db->config, "size", json_integer(4));
	application_rehash(db);
	second = db->config_hash;
	assert_true(second != first);
	assert_int_equal(json_integer_value(application_option(db, "size")), 4);

	db->trusted = true;
	application_rehash(db);
	assert_true(db->config_hash != second);
	world_release(&w);
}

static void
a_status_moves_its_time_only_when_it_changes(void **state)
{
	struct status s = { 0 };

	(void)state;
	assert_true(status_set(&s, WORKLOAD_UNKNOWN, NULL, 10));
	assert_false(status_set(&s, WORKLOAD_UNKNOWN, "", 20));
	assert_int_equal(s.since_ms, 10);
	assert_true(status_set(&s, WORKLOAD_ACTIVE, "Primary", 30));
	assert_false(status_set(&s, WORKLOAD_ACTIVE, "Primary", 40));
	assert_int_equal(s.since_ms, 30);
	assert_true(status_set(&s, WORKLOAD_ACTIVE, "", 50));
	assert_null(s.message);
}

static void
every_status_word_is_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < WORKLOAD_COUNT; i++) {
		const char *name = workload_name((enum workload)i);

		assert_int_equal(workload_parse(name), i);
	}
	assert_int_equal(workload_parse("happy"), WORKLOAD_COUNT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_ordered_as_people_count),
		cmocka_unit_test(numbers_are_never_reused),
		cmocka_unit_test(operations_and_tasks_share_their_numbers),
		cmocka_unit_test(units_have_one_spelling),
		cmocka_unit_test(what_is_deleted_is_not_found),
		cmocka_unit_test(
		    what_is_deleted_can_be_freed_in_the_order_of_its_marks),
		cmocka_unit_test(a_freed_unit_and_machine_leave_nothing_behind),
		cmocka_unit_test(relations_are_named_for_hooks_and_for_people),
		cmocka_unit_test(
		    an_address_is_known_until_its_machine_is_freed),
		cmocka_unit_test(
		    an_application_knows_its_relations_and_no_others),
		cmocka_unit_test(who_holds_a_bag_keeps_what_was_in_it),
		cmocka_unit_test(
		    what_a_unit_says_in_all_relations_is_there_once),
		cmocka_unit_test(a_bag_tells_whether_it_changed),
		cmocka_unit_test(the_lowest_living_unit_that_has_started_leads),
		cmocka_unit_test(
		    a_number_is_not_used_again_by_the_next_application),
		cmocka_unit_test(the_config_hash_follows_the_effective_config),
		cmocka_unit_test(a_status_moves_its_time_only_when_it_changes),
		cmocka_unit_test(every_status_word_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
