/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of the model itself, which users make and grant. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/json.h"
#include "model/rows.h"
#include "model/secret.h"
#include "world.h"

static void
prepare(struct world *w)
{
	world_init(w);
	(void)world_deploy(w, "db", 1);
	(void)world_deploy(w, "web", 2);
}

static struct secret *
of_model(struct world *w, const char *id, const char *name)
{
	struct secret *s = secret_add_to_model(w->model, id);
	json_auto_t *terms =
	    json_pack("{s:s, s:i, s:{s:{s:s}, s:{s:s}, s:{s:s}}}", "label",
		name, "revision", 3, "revisions", "1", "token", "a", "2",
		"token", "b", "3", "token", "c");

	secret_take_terms(s, terms);
	secret_stamp(s, 7);
	return s;
}

static void
one_of_the_model_is_read_by_those_whom_a_user_lets(void **state)
{
	json_auto_t *observer = json_pack("{s:i, s:i}", "revision", 1, "told",
	    3);
	struct unit *web, *db;
	struct secret *s;
	struct world w;

	(void)state;
	prepare(&w);
	web = world_unit(&w, "web/1");
	db = world_unit(&w, "db/0");
	s = of_model(&w, "a", "token");
	assert_false(secret_is_readable(s, web));
	assert_true(secret_grant_to(s, web->app));
	assert_false(secret_grant_to(s, web->app));
	assert_true(secret_is_readable(s, web));
	assert_true(secret_is_readable_by(s, web->app));
	assert_false(secret_is_readable(s, db));
	assert_false(secret_is_readable_by(s, db->app));
	assert_false(secret_is_owned(s, web));
	secret_observe(s, web, observer);
	world_commit(&w);
	world_restart(&w);
	web = world_unit(&w, "web/1");
	s = model_find_own_secret(w.model, "token");
	assert_true(secret_is_readable(s, web));
	assert_true(secret_revoke_from(s, web->app));
	assert_false(secret_revoke_from(s, web->app));
	assert_false(secret_is_readable(s, web));
	assert_null(secret_observer(s, web));
	world_release(&w);
}

static void
one_of_the_model_keeps_its_revisions_unless_it_prunes_itself(void **state)
{
	struct world w;
	json_auto_t *observer = json_pack("{s:i, s:i}", "revision", 2, "told",
	    3);
	struct secret *s;

	(void)state;
	prepare(&w);
	s = of_model(&w, "a", "token");
	secret_prune(s);
	assert_int_equal(json_object_size(s->revisions), 3);
	assert_int_equal(json_object_size(s->times), 3);
	(void)secret_grant_to(s, world_unit(&w, "web/0")->app);
	s->auto_prune = true;
	secret_observe(s, world_unit(&w, "web/0"), observer);
	assert_null(json_object_get(s->revisions, "1"));
	assert_non_null(json_object_get(s->revisions, "2"));
	assert_non_null(json_object_get(s->revisions, "3"));
	assert_int_equal(json_object_size(s->times), 2);
	/* A restart forgets nothing of that. */
	world_commit(&w);
	world_restart(&w);
	s = model_find_own_secret(w.model, "secret:a");
	assert_true(s->auto_prune);
	assert_int_equal(json_int(s->times, "2", 0), 7);
	assert_int_equal(s->created_ms, 7);
	secrets_forget_unit(world_unit(&w, "web/0"));
	assert_int_equal(json_object_size(s->revisions), 1);
	world_release(&w);
}

static void
one_of_the_model_outlives_applications_and_goes_with_it(void **state)
{
	struct world w;
	struct secret *s;

	(void)state;
	prepare(&w);
	s = of_model(&w, "a", "token");
	(void)secret_grant_to(s, world_unit(&w, "web/0")->app);
	world_commit(&w);
	entity_delete(&world_unit(&w, "web/0")->app->entity);
	world_commit(&w);
	assert_ptr_equal(model_find_secret(w.model, "a"), s);
	assert_int_equal(json_array_size(s->grants), 0);
	entity_delete(&w.model->entity);
	assert_null(model_find_secret(w.model, "a"));
	world_release(&w);
}

/* As a program of the schema before wrote it. */
static void
one_without_times_is_as_old_as_its_model(void **state)
{
	struct world w;
	json_auto_t *row = json_pack("{s:s, s:i, s:{s:{s:s}}, s:[], s:{}}",
	    "application", "db", "revision", 4, "revisions", "4", "token", "x",
	    "grants", "observers");
	struct error err;
	struct secret *s;

	(void)state;
	prepare(&w);
	w.model->created_ms = 99;
	assert_int_equal(row_read(w.ctl, "secret/m/old", row, world_charm, NULL,
			     &err),
	    0);
	s = model_find_secret(w.model, "old");
	assert_ptr_equal(s->app, world_unit(&w, "db/0")->app);
	assert_int_equal(s->created_ms, 99);
	assert_int_equal(s->updated_ms, 99);
	assert_int_equal(json_int(s->times, "4", 0), 99);
	secret_stamp(s, 100);
	assert_int_equal(json_int(s->times, "4", 0), 99);
	assert_int_equal(s->updated_ms, 100);
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    one_of_the_model_is_read_by_those_whom_a_user_lets),
		cmocka_unit_test(
		    one_of_the_model_keeps_its_revisions_unless_it_prunes_itself),
		cmocka_unit_test(
		    one_of_the_model_outlives_applications_and_goes_with_it),
		cmocka_unit_test(one_without_times_is_as_old_as_its_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
