/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/removal.h"
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/plan.h"

const struct flag removal_flags[] = {
	REMOVAL_FLAGS,
	{ 0 },
};

json_t *
removal_body(const struct args *args, struct error *err)
{
	int64_t timeout_ms = 0;
	json_t *body;

	if (args_duration(args, "timeout", &timeout_ms, err) == -1)
		return NULL;
	body = json_pack("{s:b, s:b, s:b}", "destroy-storage",
	    (int)args_has(args, "destroy-storage"), "force",
	    (int)args_has(args, "force"), "wait", (int)args_has(args, "wait"));
	if (timeout_ms > 0)
		json_object_set_new(body, "timeout", json_integer(timeout_ms));
	plan_ask(args, body);
	return body;
}

/* Storage is numbered as its unit is. */
static void
removal_tell_storage(const json_t *removed, const char *unit)
{
	const char *slash = strrchr(unit, '/');
	const json_t *item;
	size_t i;

	json_array_foreach(json_child(removed, "storage", JSON_ARRAY), i,
	    item) {
		if (strcmp(json_text(item, "unit", ""), unit) != 0)
			continue;
		cli_print("- will %s storage %s%s\n",
		    json_bool(item, "destroyed", false) ? "remove" : "detach",
		    json_text(item, "name", ""), slash != NULL ? slash : "");
	}
}

void
removal_tell(const struct cli *cli, const json_t *reply,
    const char *unit_prefix)
{
	const json_t *removed = json_child(reply, "removed", JSON_OBJECT);
	const json_t *unit;
	size_t i;

	json_array_foreach(json_child(removed, "units", JSON_ARRAY), i, unit) {
		const char *name = json_string_value(unit);

		cli_print("%swill remove unit %s\n", unit_prefix, name);
		removal_tell_storage(removed, name);
	}
	cli_say_messages(cli, reply);
	plan_tell(cli, reply);
}
