/* SPDX-License-Identifier: Apache-2.0 */
/* Charms are read once, and read again when their files say something else. */

#include "world.h"

static const struct charm *
charm_of(struct world *w, const char *app)
{
	struct application *found = model_find_application(world_model(w), app);

	assert_non_null(found);
	return found->charm;
}

static void
write_config(struct world *w, const char *charm, const char *text)
{
	autofree char *path = xasprintf("%s/%s/config.yaml", w->charms, charm);
	struct error err;

	assert_int_equal(file_write(path, 0644, text, &err), 0);
}

static void
deploy_as(struct world *w, const char *name)
{
	autofree char *args = xasprintf("{\"charm\": \"db\", \"name\": \"%s\"}",
	    name);

	world_do(w, verb_deploy, NULL, args);
}

static void
applications_of_one_charm_share_it(void **state)
{
	struct world *w = *state;

	deploy_as(w, "first");
	deploy_as(w, "second");
	world_deploy(w, "web", 1);
	assert_ptr_equal(charm_of(w, "first"), charm_of(w, "second"));
	assert_ptr_not_equal(charm_of(w, "first"), charm_of(w, "web"));
}

static void
after_a_restart_they_share_it_again(void **state)
{
	struct world *w = *state;

	deploy_as(w, "first");
	deploy_as(w, "second");
	world_settle(w);
	world_restart(w);
	assert_ptr_equal(charm_of(w, "first"), charm_of(w, "second"));
	assert_non_null(charm_find_endpoint(charm_of(w, "first"), "database"));
}

static void
a_charm_that_has_changed_is_read_again_and_the_old_one_stays(void **state)
{
	struct world *w = *state;

	deploy_as(w, "first");
	write_config(w, "db", "options: {color: {type: string}}\n");
	deploy_as(w, "second");
	assert_non_null(charm_find_option(charm_of(w, "first"), "size"));
	assert_null(charm_find_option(charm_of(w, "second"), "size"));
	assert_non_null(charm_find_option(charm_of(w, "second"), "color"));
	deploy_as(w, "third");
	assert_ptr_equal(charm_of(w, "second"), charm_of(w, "third"));
}

static void
a_charm_outlives_the_application_that_brought_it(void **state)
{
	struct world *w = *state;

	deploy_as(w, "first");
	deploy_as(w, "second");
	world_settle(w);
	world_do(w, verb_remove_application, "first", "{}");
	assert_non_null(charm_find_option(charm_of(w, "second"), "size"));
}

static void
a_charm_that_nobody_has_is_forgotten(void **state)
{
	struct world *w = *state;
	struct error err = { 0 };
	autofree char *db = xasprintf("%s/db", w->charms);
	autofree char *web = xasprintf("%s/web", w->charms);
	autofree char *shell = xasprintf("%s/shell", w->charms);
	struct charm *charm = charm_load(w->engine, db, &err);

	/* The shelf has it too, and while somebody else has. */
	assert_int_equal(charm->holders, 2);
	charm_free(charm_load(w->engine, web, &err));
	assert_int_equal(charm->holders, 2);
	charm_free(charm);
	charm_free(charm_load(w->engine, shell, &err));
	assert_ptr_equal(TAILQ_FIRST(&w->engine->shelf),
	    TAILQ_LAST(&w->engine->shelf, charm_shelf));
}

static void
a_file_with_a_zero_byte_is_refused_as_it_is(void **state)
{
	struct world *w = *state;
	static const char text[] = "options: {}\n\0\n";
	autofree char *path = xasprintf("%s/db/config.yaml", w->charms);
	FILE *f = fopen(path, "w");
	autofree char *db = xasprintf("%s/db", w->charms);

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, sizeof text - 1, f), sizeof text - 1);
	assert_int_equal(fclose(f), 0);
	assert_null(charm_load(w->engine, db, &w->err));
	assert_non_null(strstr(w->err.msg, "config.yaml"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(applications_of_one_charm_share_it),
		world_test(after_a_restart_they_share_it_again),
		world_test(
		    a_charm_that_has_changed_is_read_again_and_the_old_one_stays),
		world_test(a_charm_outlives_the_application_that_brought_it),
		world_test(a_charm_that_nobody_has_is_forgotten),
		world_test(a_file_with_a_zero_byte_is_refused_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
