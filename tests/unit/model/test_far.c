/* SPDX-License-Identifier: Apache-2.0 */
/* Relations that join two models: "db" of the model m is offered to "shop". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/far.h"
#include "model/rows.h"
#include "model/secret.h"
#include "world.h"

struct two {
	struct world db, shop; /* Of one controller. */
	struct relation *rel;
};

static void
two_init(struct two *t)
{
	char backend[] = "backend", web[] = "shop.web";
	char database[] = "database", sql[] = "sql";
	struct relation_end ends[2] = {
		{ .endpoint = backend, .alias = web, .role = ROLE_REQUIRER },
		{ .endpoint = database, .alias = sql, .role = ROLE_PROVIDER },
	};

	world_init(&t->db);
	t->shop = t->db;
	t->shop.model = model_add(t->db.ctl, "shop",
	    "7f2c1a34-6f1e-4b6e-9d51-0242aca8a31d", t->db.now_ms);
	ends[1].app = world_deploy(&t->db, "db", 1);
	ends[0].app = world_deploy(&t->shop, "web", 1);
	(void)world_deploy(&t->shop, "db", 1);
	t->rel = relation_add(t->db.model, "sql", ends, 2, 1);
	t->rel->offer = xstrdup("db");
	world_settle_quietly(&t->db);
	world_settle_quietly(&t->shop);
}

static void
two_release(struct two *t)
{
	strbuf_release(&t->shop.log);
	world_release(&t->db);
}

/* The relation is with the second, and read last. */
static json_t *
both_rows(struct world *guest, struct world *owner)
{
	json_t *rows = world_rows(guest);
	json_auto_t *others = world_rows(owner);

	(void)json_object_update(rows, others);
	return rows;
}

static void
both_settle(struct two *t)
{
	for (int i = 0; i < 4; i++) {
		world_settle_quietly(&t->db);
		world_settle_quietly(&t->shop);
	}
}

static void
a_relation_has_one_id_that_is_free_in_both_models(void **state)
{
	struct two t;
	int64_t id;

	(void)state;
	two_init(&t);
	id = t.rel->id;
	assert_ptr_equal(model_find_relation(t.db.model, id), t.rel);
	assert_ptr_equal(model_find_relation(t.shop.model, id), t.rel);
	assert_ptr_equal(t.rel->guest, t.shop.model);
	assert_int_equal(t.db.model->next_relation, id + 1);
	assert_int_equal(t.shop.model->next_relation, id + 1);
	two_release(&t);
}

static void
each_model_has_its_own_names_for_the_other_end(void **state)
{
	autofree char *ours = NULL, *theirs = NULL, *unit = NULL;
	struct two t;

	(void)state;
	two_init(&t);
	ours = relation_key(t.rel, t.db.model);
	theirs = relation_key(t.rel, t.shop.model);
	unit = unit_name_in(world_unit(&t.shop, "web/0"), t.db.model);
	assert_string_equal(ours, "shop.web:backend db:database");
	assert_string_equal(theirs, "web:backend sql:database");
	assert_string_equal(unit, "shop.web/0");
	assert_ptr_equal(model_find_far_unit(t.db.model, unit),
	    world_unit(&t.shop, "web/0"));
	assert_null(model_find_far_unit(t.db.model, "nowhere.web/0"));
	two_release(&t);
}

static void
hooks_run_at_both_ends_with_the_names_of_their_model(void **state)
{
	struct op op;
	struct two t;

	(void)state;
	two_init(&t);
	both_settle(&t);
	assert_non_null(
	    relation_find_member_name(t.rel, t.db.model, "shop.web/0"));
	assert_non_null(
	    relation_find_member_name(t.rel, t.shop.model, "sql/0"));
	/* A namesake of the other model is somebody else. */
	assert_null(relation_find_member_name(t.rel, t.shop.model, "db/0"));
	world_say(&t.db, t.rel->id, "db/0", "hello");
	op = resolve(world_unit(&t.shop, "web/0"), 1000);
	assert_int_equal(op.hook, HOOK_RELATION_CHANGED);
	assert_string_equal(op.remote_unit, "sql/0");
	both_settle(&t);
	assert_int_equal(resolve(world_unit(&t.shop, "web/0"), 1000).kind,
	    OP_NONE);
	two_release(&t);
}

static void
rows_bring_the_relation_back_to_both_models(void **state)
{
	struct world copy, twin;
	json_t *rows, *again;
	struct two t;
	struct relation *r;

	(void)state;
	two_init(&t);
	both_settle(&t);
	rows = both_rows(&t.shop, &t.db);
	copy = t.db;
	copy.ctl = ctl_new();
	world_read(&copy, rows);
	twin = copy;
	twin.model = ctl_find_model(copy.ctl, "shop");
	again = both_rows(&twin, &copy);
	assert_true(json_equal(rows, again));
	r = model_find_relation(ctl_find_model(copy.ctl, "shop"), t.rel->id);
	assert_non_null(r);
	assert_string_equal(r->offer, "db");
	assert_string_equal(r->guest->name, "shop");
	assert_int_equal(r->ends[0].app->nguests, 1);
	/* Read again, as when a change is taken back, it is the same. */
	world_read(&copy, rows);
	assert_int_equal(r->ends[0].app->nguests, 1);
	json_decref(again);
	json_decref(rows);
	ctl_free(copy.ctl);
	two_release(&t);
}

static void
a_secret_is_read_in_the_model_that_consumes(void **state)
{
	json_t *seen = json_pack("{s:i, s:i}", "revision", 1, "told", 1);
	struct secret *s;
	struct unit *web;
	struct two t;

	(void)state;
	two_init(&t);
	web = world_unit(&t.shop, "web/0");
	s = secret_add(model_find_application(t.db.model, "db"), NULL, "s1");
	assert_false(secret_is_readable(s, web));
	s->revision = 1;
	json_array_append_new(s->grants,
	    json_sprintf("%lld/shop.web", (long long)t.rel->id));
	secret_tie(s);
	assert_true(secret_is_readable(s, web));
	assert_false(secret_is_readable(s, world_unit(&t.shop, "db/0")));
	assert_ptr_equal(unit_find_secret(web, "s1"), s);
	assert_null(unit_find_secret(world_unit(&t.shop, "db/0"), "s1"));
	both_settle(&t);
	secret_observe(s, web, seen);
	s->revision = 2;
	assert_int_equal(resolve(web, 1000).hook, HOOK_SECRET_CHANGED);
	/* With the relation both the grant and the reader are forgotten. */
	entity_delete(&t.rel->entity);
	assert_int_equal(json_array_size(s->grants), 0);
	assert_int_equal(json_object_size(s->observers), 0);
	json_decref(seen);
	two_release(&t);
}

static void
either_model_may_be_freed_first(void **state)
{
	struct two t;

	(void)state;
	two_init(&t);
	entity_free(&t.shop.model->entity);
	assert_null(model_find_relation(t.db.model, 1));
	assert_int_equal(model_find_application(t.db.model, "db")->nguests, 0);
	two_release(&t);
	two_init(&t);
	entity_free(&t.db.model->entity);
	assert_int_equal(model_find_application(t.shop.model, "web")->nguests,
	    0);
	two_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_relation_has_one_id_that_is_free_in_both_models),
		cmocka_unit_test(
		    each_model_has_its_own_names_for_the_other_end),
		cmocka_unit_test(
		    hooks_run_at_both_ends_with_the_names_of_their_model),
		cmocka_unit_test(rows_bring_the_relation_back_to_both_models),
		cmocka_unit_test(a_secret_is_read_in_the_model_that_consumes),
		cmocka_unit_test(either_model_may_be_freed_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
