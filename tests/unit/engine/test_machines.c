/* SPDX-License-Identifier: Apache-2.0 */
/* Machines without a unit. */

#include "world.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static const struct machine *
find_machine(struct world *w, int64_t id)
{
	return model_find_machine(world_model(w), id);
}

static void
one_is_kept_over_a_restart_and_gets_a_unit(void **state)
{
	struct world *w = *state;
	autofree char *address = NULL;

	world_do(w, verb_add_machines, NULL, "{}");
	address = xstrdup(find_machine(w, 0)->address);
	world_restart(w);
	assert_string_equal(find_machine(w, 0)->address, address);
	assert_null(find_machine(w, 0)->unit);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"web\", \"to\": [\"0\"]}");
	world_settle(w);
	assert_ptr_equal(world_unit(w, "web/0")->machine, find_machine(w, 0));
	assert_int_equal(world_model(w)->nmachines, 1);
}

static void
its_address_is_nobody_elses(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{\"machines\": 2}");
	world_deploy(w, "web", 1);
	assert_string_not_equal(find_machine(w, 0)->address,
	    find_machine(w, 1)->address);
	assert_string_not_equal(find_machine(w, 0)->address,
	    world_unit(w, "web/0")->machine->address);
	assert_string_not_equal(find_machine(w, 1)->address,
	    world_unit(w, "web/0")->machine->address);
}

static void
it_goes_with_its_unit(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{}");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"web\", \"to\": [\"0\"]}");
	world_settle(w);
	world_refused(w, verb_remove_machines, NULL, "{\"machines\": [\"0\"]}",
	    "machine 0 has unit \"web/0\" assigned");
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"web/0\"], \"wait\": true}");
	assert_null(find_machine(w, 0));
}

/* None of those that are named goes, if one of them cannot. */
static void
all_are_removed_or_none(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{\"machines\": 2}");
	world_refused(w, verb_remove_machines, NULL,
	    "{\"machines\": [\"0\", \"7\"]}", "machine 7 not found");
	world_refused(w, verb_remove_machines, NULL,
	    "{\"machines\": [\"0\", \"0\"]}", "machine 0 not found");
	world_refused(w, verb_remove_machines, NULL, "{\"machines\": []}",
	    "no machines specified");
	assert_non_null(find_machine(w, 0));
	world_do(w, verb_remove_machines, NULL,
	    "{\"machines\": [\"0\", \"1\"]}");
	assert_null(find_machine(w, 0));
	assert_null(find_machine(w, 1));
}

/* The second unit has no place: the first one is taken back, too. */
static void
one_stays_empty_when_a_deploy_fails(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{}");
	world_refused(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"units\": 2, \"to\": [\"0\", \"9\"]}",
	    "cannot deploy \"web\" to machine 9: machine 9 not found");
	assert_null(find_machine(w, 0)->unit);
	assert_null(world_find_unit(w, "web/0"));
	world_refused(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"units\": 2, \"to\": [\"0\", \"0\"]}",
	    "cannot deploy \"web\" to machine 0: machine 0 has unit \"web/0\" "
	    "assigned");
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"to\": [\"0\"], \"dry-run\": true}");
	assert_null(find_machine(w, 0)->unit);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"web\", \"to\": [\"0\"]}");
	world_settle(w);
}

static void
a_new_machine_may_come_before_one_that_is_there(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{}");
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"units\": 3, \"to\": [\"new\", \"0\"]}");
	assert_int_equal(world_unit(w, "web/0")->machine->id, 1);
	assert_int_equal(world_unit(w, "web/1")->machine->id, 0);
	assert_int_equal(world_unit(w, "web/2")->machine->id, 2);
	world_settle(w);
}

static void
an_application_may_get_its_units_later(void **state)
{
	struct world *w = *state;

	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\", \"units\": 0}");
	world_settle(w);
	assert_null(world_find_unit(w, "db/0"));
	world_refused(w, verb_add_unit, "db", "{\"units\": 0}",
	    "number of units is 0, expected 1 to 100");
	world_do(w, verb_add_unit, "db", "{\"units\": 1}");
	world_settle(w);
	assert_true(world_unit(w, "db/0")->local.started);
	assert_string_equal(world_unit(w, "db/0")->app->leader, "db/0");
}

static int
listen_at(const char *address, int port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
one_whose_port_has_been_taken_since_is_refused(void **state)
{
	struct world *w = *state;
	struct engine_call call = { .engine = w->engine };
	autofree char *path = xasprintf("%s/web/metadata.yaml", w->charms);
	int fd;

	assert_int_equal(file_write(path, 0644,
			     "name: web\ntenon: {listen: [15432]}\n", &w->err),
	    0);
	world_do(w, verb_add_machines, NULL, "{}");
	fd = listen_at(find_machine(w, 0)->address, 15432);
	call.args = json_loads("{\"charm\": \"web\", \"to\": [\"0\"]}", 0,
	    NULL);
	assert_int_equal(verb_deploy(&call, &w->err), -1);
	json_decref(call.args);
	json_decref(call.reply);
	assert_non_null(strstr(w->err.msg, ":15432 is taken by "));
	assert_int_equal(close(fd), 0);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"web\", \"to\": [\"0\"]}");
	assert_ptr_equal(world_unit(w, "web/0")->machine, find_machine(w, 0));
}

static void
they_go_with_their_model(void **state)
{
	struct world *w = *state;

	world_do(w, verb_add_machines, NULL, "{\"machines\": 2}");
	world_do(w, verb_destroy_model, NULL, "{}");
	assert_true(RB_EMPTY(&w->engine->ctl->addresses));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(one_is_kept_over_a_restart_and_gets_a_unit),
		world_test(its_address_is_nobody_elses),
		world_test(it_goes_with_its_unit),
		world_test(all_are_removed_or_none),
		world_test(one_stays_empty_when_a_deploy_fails),
		world_test(an_application_may_get_its_units_later),
		world_test(a_new_machine_may_come_before_one_that_is_there),
		world_test(one_whose_port_has_been_taken_since_is_refused),
		world_test(they_go_with_their_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
