/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag constraints_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE,
	    "constraints (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int constraints_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_constraints = {
	.name = "constraints",
	.aliases = { "get-constraints" },
	.args = "<application>",
	.summary = "Shows the constraints of an application.",
	.details = "They are kept for programs that set them. Every unit is on "
		   "this host, so none\nchooses a machine.",
	.flags = constraints_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = constraints_run,
};

const struct cmd cmd_model_constraints = {
	.name = "model-constraints",
	.aliases = { "get-model-constraints" },
	.args = "",
	.summary = "Shows the constraints of a model.",
	.details = "They are kept for programs that set them. Every unit is on "
		   "this host, so none\nchooses a machine.",
	.flags = constraints_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = constraints_run,
};

static void
constraints_add_list(const json_t *list, struct strbuf *sb)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		strbuf_addf(sb, "%s%s", i > 0 ? "," : "",
		    json_string_value(item));
}

static void
constraints_add_value(const char *name, const json_t *value, struct strbuf *sb)
{
	bool is_size = strcmp(name, "mem") == 0 ||
	    strcmp(name, "root-disk") == 0;

	strbuf_addf(sb, "%s%s=", sb->len > 0 ? " " : "", name);
	if (json_is_integer(value))
		strbuf_addf(sb, "%lld%s", (long long)json_integer_value(value),
		    is_size ? "M" : "");
	else if (json_is_boolean(value))
		strbuf_adds(sb, json_is_true(value) ? "true" : "false");
	else if (json_is_array(value))
		constraints_add_list(value, sb);
	else
		strbuf_adds(sb, json_string_value(value));
}

/* "cores=4 mem=1024M": as they are written to set them. */
static int
constraints_emit_line(const struct cli *cli, json_t *constraints,
    struct error *err)
{
	/* The order in which Juju has them. */
	static const char *const order[] = { "arch", "container", "cores",
		"cpu-power", "instance-role", "instance-type", "mem",
		"root-disk", "root-disk-source", "tags", "spaces", "virt-type",
		"zones", "allocate-public-ip", "image-id" };
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < nitems(order); i++) {
		const json_t *value = json_object_get(constraints, order[i]);

		if (value != NULL)
			constraints_add_value(order[i], value, &sb);
	}
	if (sb.len > 0)
		strbuf_addc(&sb, '\n');
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

static int
constraints_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "constraints");
	autofree char *path = args->n > 0 ?
	    cli_app_path(cli, args->v[0], "constraints") :
	    cli_path(cli, "constraints");
	json_auto_t *reply = NULL;
	json_t *constraints;

	if (args_check_format(args, "constraints|yaml|json", err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	constraints = json_child(reply, "constraints", JSON_OBJECT);
	if (strcmp(format, "constraints") == 0)
		return constraints_emit_line(cli, constraints, err);
	return cli_emit(cli, constraints, format, err);
}
