/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/people.h"
#include "cli/table.h"

static const struct flag models_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "exact-time", NULL, 0, FLAG_SWITCH,
	    "Show when you last asked for something to the second" },
	{ "all", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

static int models_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_models = {
	.name = "models",
	.aliases = { "list-models" },
	.args = "",
	.summary = "Lists the models of the controller.",
	.details =
	    "The current model is marked with an asterisk. Every machine "
	    "has all processors of\nthis host. The last connection is when "
	    "you last asked for something of the model;\nit is stored with "
	    "the model's next change.",
	.flags = models_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = models_run,
};

/* What it is made of; all borrowed. */
struct listing {
	const struct args *args;
	const json_t *controller, *reply;
	const json_t *me; /* A role counts for all models. */
};

static void
models_count_cell(struct table *t, const json_t *model, const char *key)
{
	int64_t n = json_int(model, key, 0);
	char text[24] = "-";

	if (n > 0)
		(void)snprintf(text, sizeof text, "%lld", (long long)n);
	table_cell(t, text, COLOUR_NONE);
}

static void
models_row(struct table *t, const json_t *model, const char *place,
    const struct listing *l)
{
	autofree char *last = people_last(l->args, l->me, model);
	const char *name = json_text(model, "name", "");
	autofree char *marked = xasprintf("%s%s", name,
	    strcmp(name, json_text(l->reply, "current", "")) == 0 ? "*" : "");

	table_cell(t, marked, COLOUR_NONE);
	table_cell(t, place, COLOUR_NONE);
	table_cell(t, "iaas", COLOUR_NONE);
	table_cell(t, json_text(model, "status", ""), COLOUR_NONE);
	models_count_cell(t, model, "machines");
	models_count_cell(t, model, "cores");
	models_count_cell(t, model, "units");
	table_cell(t, people_access(l->me), COLOUR_NONE);
	table_cell(t, last, COLOUR_NONE);
	table_end_row(t);
}

static void
models_render(const struct listing *l, struct strbuf *sb)
{
	autofree char *place = xasprintf("%s/%s",
	    json_text(l->controller, "cloud", ""),
	    json_text(l->controller, "region", ""));
	const json_t *model;
	autotable t = { 0 };
	size_t i;

	strbuf_addf(sb, "Controller: %s\n\n",
	    json_text(l->controller, "name", ""));
	table_row(&t, "Model", "Cloud/Region", "Type", "Status", "Machines",
	    "Cores", "Units", "Access", "Last connection");
	table_align_right(&t, 4);
	table_align_right(&t, 5);
	table_align_right(&t, 6);
	json_array_foreach(json_child(l->reply, "models", JSON_ARRAY), i, model)
		models_row(&t, model, place, l);
	table_render(&t, TABLE_PLAIN, sb);
}

static json_t *
models_document(const struct listing *l)
{
	const json_t *controller = l->controller;
	json_t *models = json_array(), *document;
	const json_t *m;
	size_t i;

	json_array_foreach(json_child(l->reply, "models", JSON_ARRAY), i, m) {
		autofree char *last = people_last(l->args, l->me, m);
		const char *name = json_text(m, "name", "");
		const char *owner = json_text(m, "owner", "admin");
		autofree char *full = xasprintf("%s/%s", owner, name);

		json_array_append_new(models,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, "
			      "s:s, s:s, s:{s:s}, s:s, s:s}",
			"name", full, "short-name", name, "model-uuid",
			json_text(m, "uuid", ""), "model-type", "iaas",
			"controller-uuid", json_text(controller, "uuid", ""),
			"controller-name", json_text(controller, "name", ""),
			"is-controller", 0, "owner", owner, "cloud",
			json_text(controller, "cloud", ""), "region",
			json_text(controller, "region", ""), "life",
			json_text(m, "life", "alive"), "status", "current",
			json_text(m, "status", ""), "access",
			people_access(l->me), "last-connection", last));
	}
	document = json_pack("{s:o}", "models", models);
	json_put_text(document, "current-model",
	    json_text(l->reply, "current", NULL));
	return document;
}

static int
models_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *root = NULL, *reply = NULL, *document = NULL;
	json_auto_t *users = NULL;
	struct listing l = { .args = args };
	autostrbuf sb = { 0 };

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/models", &reply, err) == -1 ||
	    cli_get(cli, "/v1/users", &users, err) == -1)
		return -1;
	l.controller = json_child(root, "controller", JSON_OBJECT);
	l.reply = reply;
	l.me = people_find(users, NULL);
	if (strcmp(format, "tabular") != 0) {
		document = models_document(&l);
		return cli_emit(cli, document, format, err);
	}
	models_render(&l, &sb);
	if (cli_emit_text(cli, strbuf_cstr(&sb), err) == -1)
		return -1;
	if (json_array_size(json_child(reply, "models", JSON_ARRAY)) == 0)
		cli_say(cli,
		    "\nThere are no models. Add one with \"%s "
		    "add-model\".",
		    cli->prog);
	return 0;
}
