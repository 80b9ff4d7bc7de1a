/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The charm protocol as libcharm reads it: events and answers of tenond. The
 * charm calls every hook tool that has an answer, in hooks and in an action.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "charm.h"
#include "fuzz.h"

/* Less than a socket holds: nobody reads while we write. */
#define INPUT_MAX 65536

static int
hook_relation(struct hook *h, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);
	json_auto_t *units = hook_remote_units(h, "database:1", err);
	autofree char *app = hook_remote_app(h, "database:1", err);
	json_auto_t *bag = hook_bag(h, "database:1", "web", err);

	fuzz_require(relations == NULL || json_is_array(relations));
	fuzz_require(units == NULL || json_is_array(units));
	fuzz_require(bag == NULL || json_is_object(bag));
	if (hook_log(h, "INFO", "%s", app != NULL ? app : ""),
	    hook_bag_set(h, "database:1", json_object(), err) == -1)
		return -1;
	return hook_app_bag_set(h, "database:1", json_object(), err);
}

static int
hook_unit(struct hook *h, struct error *err)
{
	json_auto_t *config = hook_config(h, err);
	json_auto_t *state = hook_state(h, err);
	json_auto_t *service = hook_service(h, "postgres", err);
	autofree char *address = hook_address(h, err);
	autofree char *storage = hook_storage(h, "pgdata", err);
	bool leader = false;

	fuzz_require(config == NULL || json_is_object(config));
	fuzz_require(state == NULL || json_is_object(state));
	fuzz_require(service == NULL || json_is_object(service));
	if (address != NULL && storage != NULL)
		(void)hook_status(h, "active", address, err);
	return hook_is_leader(h, &leader, err);
}

static int
action(struct hook *h, struct error *err)
{
	fuzz_require(h->params == NULL || json_is_object(h->params));
	if (hook_action_log(h, "begun", err) == -1)
		return -1;
	return hook_action_set(h, json_object(), err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct charm_handler hooks[] = {
		{ "config-changed", hook_unit },
		{ "database-relation-changed", hook_relation },
		{ NULL, NULL },
	};
	static const struct charm_handler actions[] = {
		{ "get-password", action },
		{ NULL, NULL },
	};
	static const struct charm_program program = { .hooks = hooks,
		.actions = actions };
	static const char *const environment[] = { "JUJU_UNIT_NAME",
		"JUJU_MODEL_NAME", "JUJU_MODEL_UUID", "JUJU_CHARM_DIR",
		"TENON_UNIT_DIR" };
	autofree char *fd = NULL;
	int ends[2];

	if (size > INPUT_MAX)
		return -1;
	fuzz_require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	fuzz_require(write(ends[0], data, size) == (ssize_t)size);
	fuzz_require(shutdown(ends[0], SHUT_WR) == 0);
	fd = xasprintf("%d", ends[1]);
	for (size_t i = 0; i < nitems(environment); i++)
		(void)setenv(environment[i], "db/0", 1);
	(void)setenv("TENON_CHARM_FD", fd, 1);
	(void)charm_main(&program);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}
