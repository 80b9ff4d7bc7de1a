/* SPDX-License-Identifier: Apache-2.0 */
/* Machines that wait for a unit, and go without one. */

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/place.h"

static void
journal_machine(const struct engine_call *call, struct model *m,
    const struct machine *machine, const char *verb)
{
	autofree char *name = xasprintf("machine-%lld", (long long)machine->id);

	call_journal(call, m, name, verb);
}

static json_t *
machine_number(const struct machine *machine)
{
	return json_sprintf("%lld", (long long)machine->id);
}

int
verb_add_machines(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	int64_t count = json_int(call->args, "machines", 1);
	json_t *numbers = json_array(), *messages = json_array();
	const struct machine *machine;

	call->reply = json_pack("{s:o, s:o}", "machines", numbers, "messages",
	    messages);
	if (m == NULL)
		return -1;
	if (count < 1 || count > LIMIT_UNITS_PER_CALL)
		return error_set(err, ERROR_USAGE,
		    "number of machines is %lld, expected 1 to %d",
		    (long long)count, LIMIT_UNITS_PER_CALL);
	if (m->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "model \"%s\" is being destroyed", m->name);
	for (int64_t i = 0; i < count; i++) {
		machine = place_machine(call, m, NULL, messages, err);
		if (machine == NULL) {
			engine_rollback(call->engine);
			return -1;
		}
		json_array_append_new(numbers, machine_number(machine));
		journal_machine(call, m, machine, "add-machine");
	}
	return call_commit(call, m, err);
}

static int
remove_machine(struct engine_call *call, struct model *m, const char *number,
    struct error *err)
{
	struct machine *machine = place_find(m, number, err);

	if (machine == NULL)
		return -1;
	if (place_check_empty(machine, err) == -1) {
		error_hint(err,
		    "a machine goes with its unit: tenon remove-unit %s",
		    machine->unit->name);
		return -1;
	}
	json_array_append_new(json_object_get(call->reply, "removed"),
	    machine_number(machine));
	journal_machine(call, m, machine, "remove-machine");
	entity_delete(&machine->entity);
	return 0;
}

int
verb_remove_machines(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const json_t *numbers = json_object_get(call->args, "machines");
	const json_t *number;
	size_t i;

	if (m == NULL)
		return -1;
	if (json_array_size(numbers) == 0)
		return error_set(err, ERROR_USAGE, "no machines specified");
	call->reply = json_pack("{s:[]}", "removed");
	json_array_foreach(numbers, i, number) {
		if (remove_machine(call, m, json_string_value(number), err) ==
		    0)
			continue;
		engine_rollback(call->engine);
		return -1;
	}
	return call_commit(call, m, err);
}
