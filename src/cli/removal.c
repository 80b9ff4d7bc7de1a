/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/removal.h"
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/plan.h"

const struct flag removal_flags[] = {
	REMOVAL_FLAGS,
	{ 0 },
};

int
removal_check_storage(const struct args *args, struct error *err)
{
	if (args_has(args, "destroy-storage") &&
	    args_has(args, "release-storage"))
		return error_set(err, ERROR_USAGE,
		    "--destroy-storage and --release-storage cannot both be "
		    "specified");
	return 0;
}

/* 1 if the model wants it, 0 if not, -1 if that cannot be known. */
static int
removal_wants_prompt(struct cli *cli, struct error *err)
{
	autofree char *path = cli_path(cli, "config");
	json_auto_t *reply = NULL;
	const json_t *mode;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	mode = json_child(json_child(reply, "config", JSON_OBJECT), "mode",
	    JSON_OBJECT);
	return strcmp(json_text(mode, "value", ""), "requires-prompts") == 0;
}

static int
removal_confirm(struct cli *cli, removal_fn *remove, struct error *err)
{
	int rc = removal_wants_prompt(cli, err);

	if (rc != 1)
		return rc;
	cli_say(cli, "This command will perform the following actions:");
	rc = remove(cli, true, err);
	return rc == 0 ? cli_confirm_told(cli, err) : rc;
}

int
removal_run(struct cli *cli, removal_fn *remove, struct error *err)
{
	bool dry = args_has(cli->args, "dry-run");
	int rc = 0;

	if (!dry && !args_has(cli->args, "no-prompt"))
		rc = removal_confirm(cli, remove, err);
	return rc == 0 ? remove(cli, dry, err) : rc;
}

json_t *
removal_body(const struct args *args, bool dry, struct error *err)
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
	if (dry)
		json_object_set_new(body, "dry-run", json_true());
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
