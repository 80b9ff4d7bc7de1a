/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/clouds.h"
#include "cli/cmds.h"
#include "cli/table.h"

static const struct flag clouds_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "all", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ 0 },
};

static const struct flag show_cloud_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ 0 },
};

static int clouds_run(struct cli *, const struct args *, struct error *);

static int show_cloud_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_clouds = {
	.name = "clouds",
	.aliases = { "list-clouds" },
	.args = "",
	.summary = "Lists the clouds.",
	.details =
	    "Units run on this machine, which is the cloud localhost. Others are kept as\n"
	    "they were added, for programs that add them.",
	.flags = clouds_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = clouds_run,
};

const struct cmd cmd_show_cloud = {
	.name = "show-cloud",
	.args = "<cloud>",
	.summary = "Shows a cloud as it was added.",
	.details = "",
	.flags = show_cloud_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no cloud specified",
	.need = CMD_EXISTING,
	.run = show_cloud_run,
};

static void
clouds_render(json_t *clouds, struct strbuf *sb)
{
	autotable t = { 0 };
	const char *name;
	json_t *cloud;

	table_row(&t, "Cloud", "Regions", "Default", "Type", "Description");
	table_align_right(&t, 1);
	json_object_foreach(clouds, name, cloud) {
		json_t *regions = json_child(cloud, "regions", JSON_OBJECT);
		const char *first = json_object_iter_key(
		    json_object_iter(regions));
		char count[24];

		(void)snprintf(count, sizeof count, "%zu",
		    json_object_size(regions));
		table_row(&t, name, count, first != NULL ? first : "",
		    json_text(cloud, "type", ""),
		    json_text(cloud, "description", ""));
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static int
clouds_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *reply = NULL;
	autostrbuf sb = { 0 };
	json_t *clouds;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    clouds_get(cli, "/v1/clouds", &reply, err) == -1)
		return -1;
	clouds = json_child(reply, "clouds", JSON_OBJECT);
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, clouds, format, err);
	clouds_render(clouds, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

static int
show_cloud_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *reply = NULL, *document = NULL;
	json_t *cloud;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    clouds_get(cli, "/v1/clouds", &reply, err) == -1)
		return -1;
	cloud = json_object_get(json_child(reply, "clouds", JSON_OBJECT),
	    args->v[0]);
	if (cloud == NULL) {
		error_set(err, ERROR_NOT_FOUND, "cloud %s not found",
		    args->v[0]);
		return error_hint(err, "\"tenon clouds\" lists them");
	}
	document = json_pack("{s:s}", "name", args->v[0]);
	(void)json_object_update(document, cloud);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
