/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/complete.h"
#include "cli/text.h"

/* An answer of a tenond that runs, or NULL. */
static json_t *
ask(struct cli *cli, const char *path)
{
	struct error ignored = { 0 };
	json_t *reply = NULL;

	if (cli_open(cli, &ignored) == -1 ||
	    client_call(cli->client, path, NULL, &reply, &ignored) == -1)
		return NULL;
	return reply;
}

static json_t *
ask_model(struct cli *cli, const char *what)
{
	autofree char *path = cli_path(cli, "%s", what);

	return ask(cli, path);
}

/* Of the application that the arguments begin with: config, actions. */
static json_t *
ask_application(struct cli *cli, const struct complete_line *line,
    const char *what)
{
	autofree char *app = NULL, *path = NULL;

	if (line->args.n == 0)
		return NULL;
	app = text_part(line->args.v[0], strcspn(line->args.v[0], "/:"));
	path = cli_app_path(cli, app, what);
	return ask(cli, path);
}

static void
add_keys(json_t *object, struct strv *names)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
		strv_add(names, key);
}

static void
add_members(const json_t *list, const char *key, struct strv *names)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		strv_add(names, json_text(entry, key, ""));
}

typedef void names_fn(struct cli *, const struct complete_line *,
    struct strv *);

static void
applications(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	json_auto_t *status = ask_model(cli, "status");

	(void)line;
	add_keys(json_child(status, "applications", JSON_OBJECT), names);
}

static void
units(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *status = ask_model(cli, "status");
	const char *app;
	json_t *value;

	(void)line;
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app, value)
		add_keys(json_child(value, "units", JSON_OBJECT), names);
}

static void
both(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	applications(cli, line, names);
	units(cli, line, names);
}

static void
models(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1/models");

	(void)line;
	add_members(json_child(reply, "models", JSON_ARRAY), "name", names);
}

static void
charms(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1/charms");

	(void)line;
	add_members(json_child(reply, "charms", JSON_ARRAY), "name", names);
}

static void
controllers(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1");
	const json_t *controller = json_child(reply, "controller", JSON_OBJECT);

	(void)line;
	if (controller != NULL)
		strv_add(names, json_text(controller, "name", ""));
}

static void
actions(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask_application(cli, line, "actions");

	add_keys(json_child(reply, "actions", JSON_OBJECT), names);
}

static void
options(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask_application(cli, line, "config");

	add_keys(json_child(reply, "settings", JSON_OBJECT), names);
}

/* Those of charms have no name: by their ids. */
static void
secrets(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask_model(cli, "secrets");
	const json_t *secret;
	size_t i;

	(void)line;
	json_array_foreach(json_child(reply, "secrets", JSON_ARRAY), i, secret)
		strv_add(names,
		    json_text(secret, "name", json_text(secret, "id", "")));
}

static void
clouds(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	(void)cli;
	(void)line;
	strv_add(names, "localhost");
}

static void
commands(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	(void)cli;
	(void)line;
	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++)
		if (!(*cmd)->is_hidden)
			strv_add(names, (*cmd)->name);
}

void
complete_names(struct cli *cli, const struct complete_line *line,
    const char *kind, struct strv *names)
{
	static const struct {
		const char *kind;
		names_fn *add;
	} kinds[] = {
		{ "<action>", actions },
		{ "<application>", applications },
		{ "<application | unit>", both },
		{ "<application, unit or relation id>", both },
		{ "<charm>", charms },
		{ "<charm, directory or bundle>", charms },
		{ "<cloud>", clouds },
		{ "<command>", commands },
		{ "<controller>", controllers },
		{ "<controller name>", controllers },
		{ "<filter pattern>", both },
		{ "<model>", models },
		{ "<model name>", models },
		{ "<option>", options },
		{ "<secret>", secrets },
		{ "<unit>", units },
		{ "<unit or application>", both },
	};

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			kinds[i].add(cli, line, names);
}
