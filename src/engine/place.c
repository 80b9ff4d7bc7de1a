/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/place.h"
#include "base/missing.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/proc.h"
#include "engine/internal.h"
#include "machine/address.h"

/* ---- new machines ---- */

struct placing {
	struct ctl *ctl;
	json_t *messages;
};

static bool
placing_is_taken(void *arg, const char *address)
{
	const struct placing *p = arg;

	return ctl_has_address(p->ctl, address);
}

static void
placing_on_skip(void *arg, const char *address, const char *reason)
{
	const struct placing *p = arg;
	autofree char *line = xasprintf("%s; going on to the next address",
	    reason);

	(void)address;
	json_array_append_new(p->messages, json_string(line));
}

struct machine *
place_machine(struct engine_call *call, struct model *m, const int *ports,
    json_t *messages, struct error *err)
{
	struct placing placing = { .ctl = call->engine->ctl,
		.messages = messages };
	const struct address_search search = {
		.model_uuid = m->uuid,
		.ports = ports,
		.taken = placing_is_taken,
		.on_skip = placing_on_skip,
		.arg = &placing,
	};
	char address[ADDRESS_SIZE];

	if (address_find(&search, address, err) == -1)
		return NULL;
	return machine_add(m, address, clock_wall_ms());
}

/* ---- those that there are ---- */

struct machine *
place_find(struct model *m, const char *number, struct error *err)
{
	size_t digits = strspn(number, "0123456789");
	struct machine *machine = NULL;

	/* A number beyond all others is that of no machine either. */
	if (digits > 0 && number[digits] == '\0')
		machine = model_find_machine(m, strtoll(number, NULL, 10));
	if (machine == NULL)
		(void)missing_machine(number, err);
	return machine;
}

int
place_check_empty(const struct machine *machine, struct error *err)
{
	if (machine->unit == NULL)
		return 0;
	error_set(err, ERROR_CONFLICT, "machine %lld has unit \"%s\" assigned",
	    (long long)machine->id, machine->unit->name);
	return -1;
}

/* Another program may have taken a port since the machine was made. */
static int
check_ports(const struct machine *machine, const struct charm *charm,
    struct error *err)
{
	const int *port = charm->listen;

	for (; port != NULL && *port != 0; port++) {
		if (proc_port_free(machine->address, *port, err) == -1)
			return -1;
	}
	return 0;
}

/* "3"; or of Juju's "lxd:3" and "zone=a", which there are none of. */
static struct machine *
find_for(const struct application *app, const char *directive,
    struct error *err)
{
	struct machine *machine;

	if (strpbrk(directive, ":=/") != NULL ||
	    strspn(directive, "0123456789") == 0) {
		error_set(err, ERROR_INVALID,
		    "placement \"%s\" is not the number of a machine",
		    directive);
		error_hint(err,
		    "there are no containers and zones here: \"tenon "
		    "add-machine\" makes a machine and tells its number");
		return NULL;
	}
	machine = place_find(app->model, directive, err);
	if (machine == NULL)
		return NULL;
	if (place_check_empty(machine, err) == -1) {
		error_hint(err,
		    "each unit has a machine of its own: \"tenon add-machine\" "
		    "makes an empty one");
		return NULL;
	}
	return check_ports(machine, app->charm, err) == 0 ? machine : NULL;
}

/* ---- units ---- */

static const json_t *
call_directives(const struct engine_call *call)
{
	return json_child(call->args, "to", JSON_ARRAY);
}

int
place_check(const struct engine_call *call, int64_t least, struct error *err)
{
	int64_t count = json_int(call->args, "units", 1);
	size_t given = json_array_size(call_directives(call));

	if (count < least || count > LIMIT_UNITS_PER_CALL)
		return error_set(err, ERROR_USAGE,
		    "number of units is %lld, expected %lld to %d",
		    (long long)count, (long long)least, LIMIT_UNITS_PER_CALL);
	if (given > (size_t)count)
		return error_set(err, ERROR_USAGE,
		    "%zu placements given, but only %lld unit%s to place",
		    given, (long long)count, count == 1 ? "" : "s");
	return 0;
}

static int
place_unit(struct engine_call *call, struct application *app, size_t i,
    json_t *messages, struct error *err)
{
	const char *directive = json_string_value(
	    json_array_get(call_directives(call), i));
	bool is_new = directive == NULL || strcmp(directive, PLACE_NEW) == 0;
	struct machine *machine = is_new ?
	    place_machine(call, app->model, app->charm->listen, messages, err) :
	    find_for(app, directive, err);

	if (machine == NULL)
		return -1;
	unit_add(app, machine, clock_wall_ms());
	return 0;
}

int
place_units(struct engine_call *call, struct application *app, json_t *units,
    json_t *messages, struct error *err)
{
	int64_t count = json_int(call->args, "units", 1);
	const struct unit *u;

	for (int64_t i = 0; i < count; i++) {
		if (place_unit(call, app, (size_t)i, messages, err) == -1)
			return -1;
		u = RB_MAX(unit_tree, &app->units);
		json_array_append_new(units, json_string(u->name));
	}
	if (application_elect(app))
		entity_touch(&app->entity);
	return 0;
}
