/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/complete.h"
#include "cli/credentials.h"
#include "cli/text.h"
#include "cli/topics.h"

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

	json_array_foreach(list, i, entry) {
		autofree char *number = xasprintf("%" PRId64,
		    json_int(entry, key, 0));

		/* Some have a number for a name. */
		strv_add(names, json_text(entry, key, number));
	}
}

typedef void names_fn(struct cli *, const struct complete_line *,
    struct strv *);

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

/* What the first argument of wait-for is about. */
static void
waited_for(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	static const char *const kinds[][2] = {
		{ "application", "<application>" },
		{ "machine", "<machine>" },
		{ "model", "<model name>" },
		{ "unit", "<unit>" },
	};

	for (size_t i = 0; i < nitems(kinds); i++)
		if (line->args.n > 0 &&
		    strcmp(line->args.v[0], kinds[i][0]) == 0)
			complete_names(cli, line, kinds[i][1], names);
}

static void
endpoints(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *app = ask_application(cli, line, "");

	add_keys(json_child(app, "endpoints", JSON_OBJECT), names);
}

static void
charm_options(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	autofree char *charm = line->args.n > 0 ?
	    client_encode(line->args.v[0]) :
	    xstrdup("-");
	autofree char *path = xasprintf("/v1/charms/%s", charm);
	json_auto_t *reply = ask(cli, path);

	add_keys(json_child(reply, "options", JSON_OBJECT), names);
}

static void
interfaces(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1/offers");
	const json_t *offer;
	json_t *endpoint;
	const char *name;
	size_t i;

	(void)line;
	json_array_foreach(json_child(reply, "offers", JSON_ARRAY), i, offer)
		json_object_foreach(json_child(offer, "endpoints", JSON_OBJECT),
		    name, endpoint)
			strv_add(names, json_text(endpoint, "interface", ""));
}

/* A relation of peers can be asked about, but not removed. */
static void
relations(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *status = ask_model(cli, "status?relations=true");
	bool removes = strcmp(line->cmd->name, "remove-relation") == 0;
	const json_t *one;
	size_t i;

	json_array_foreach(json_child(status, "relations", JSON_ARRAY), i,
	    one) {
		autofree char *id = xasprintf("%" PRId64,
		    json_int(one, "id", 0));

		if (!removes || strcmp(json_text(one, "type", ""), "peer") != 0)
			strv_add(names, id);
	}
}

/* Where scp copies from and to: behind the ":" comes a path. */
static void
places(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	autostrv there = { 0 };

	complete_names(cli, line, "<unit or machine>", &there);
	for (size_t i = 0; i < there.n; i++) {
		autofree char *name = xasprintf("%s:", there.v[i]);

		strv_add(names, name);
	}
}

static void
credentials_of_any(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1/credentials");
	const char *cloud;
	json_t *value;

	(void)line;
	json_object_foreach(json_child(reply, "credentials", JSON_OBJECT),
	    cloud, value)
		add_keys(value, names);
}

static void
credentials_forms(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	(void)cli;
	(void)line;
	for (const struct credentials_format *f = credentials_formats;
	     f->name != NULL; f++)
		strv_add(names, f->name);
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

/* Those for the cloud that the arguments begin with. */
static void
credentials(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	json_auto_t *reply = ask(cli, "/v1/credentials");
	const json_t *all = json_child(reply, "credentials", JSON_OBJECT);

	if (line->args.n > 0)
		add_keys(json_child(all, line->args.v[0], JSON_OBJECT), names);
}

static void
tasks(struct cli *cli, const struct complete_line *line, struct strv *names)
{
	json_auto_t *reply = ask_model(cli, "operations");
	const json_t *operation;
	size_t i;

	(void)line;
	json_array_foreach(json_child(reply, "operations", JSON_ARRAY), i,
	    operation)
		add_members(json_child(operation, "tasks", JSON_ARRAY), "id",
		    names);
}

static void
help_topics(struct cli *cli, const struct complete_line *line,
    struct strv *names)
{
	(void)cli;
	(void)line;
	for (size_t i = 0; i < topic_count; i++)
		strv_add(names, topics[i].name);
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

/* Names that an answer lists: of the model, unless the path is a whole one. */
struct listed {
	const char *path, *where;
	const char
	    *member; /* Of each; NULL if they are the keys of an object. */
};

#define APPLICATIONS                           \
	{                                      \
		"status", "applications", NULL \
	}
#define MACHINES                           \
	{                                  \
		"status", "machines", NULL \
	}
#define MODELS                                 \
	{                                      \
		"/v1/models", "models", "name" \
	}
#define CHARMS                                 \
	{                                      \
		"/v1/charms", "charms", "name" \
	}
#define CLOUDS                               \
	{                                    \
		"/v1/clouds", "clouds", NULL \
	}
#define OFFERS                             \
	{                                  \
		"offers", "offers", "name" \
	}
#define SAAS                           \
	{                              \
		"status", "saas", NULL \
	}
#define USERS                                \
	{                                    \
		"/v1/users", "users", "name" \
	}

/* A kind may have several rows: it is all of them. */
static const struct source {
	const char *kind;
	names_fn *add; /* NULL: what is listed. */
	struct listed listed;
} sources[] = {
	{ "<action>", actions, { NULL } },
	{ "<action id>", tasks, { NULL } },
	{ "<action that was run>", NULL,
	    { "operations", "operations", "action" } },
	{ "<application>", NULL, APPLICATIONS },
	{ "<application or SAAS>", NULL, APPLICATIONS },
	{ "<application or SAAS>", NULL, SAAS },
	{ "<application | unit>", NULL, APPLICATIONS },
	{ "<application | unit>", units, { NULL } },
	{ "<application, unit or relation id>", NULL, APPLICATIONS },
	{ "<application, unit or relation id>", units, { NULL } },
	{ "<application, unit or relation id>", relations, { NULL } },
	{ "<charm>", NULL, CHARMS },
	{ "<charm, directory or bundle>", NULL, CHARMS },
	{ "<charm option>", charm_options, { NULL } },
	{ "<cloud>", NULL, CLOUDS },
	{ "<cloud name>", NULL, CLOUDS },
	{ "<command>", commands, { NULL } },
	{ "<controller>", controllers, { NULL } },
	{ "<controller name>", controllers, { NULL } },
	{ "<credential name>", credentials, { NULL } },
	{ "<credential of any cloud>", credentials_of_any, { NULL } },
	{ "<credentials format>", credentials_forms, { NULL } },
	{ "<destination>", places, { NULL } },
	{ "<endpoint>", endpoints, { NULL } },
	{ "<filter pattern>", NULL, APPLICATIONS },
	{ "<filter pattern>", units, { NULL } },
	{ "<filter pattern>", NULL, SAAS },
	{ "<filter pattern>", NULL, OFFERS },
	{ "<fingerprint or comment>", NULL, { "ssh-keys", "keys", "comment" } },
	{ "<fingerprint or comment>", NULL,
	    { "ssh-keys", "keys", "fingerprint" } },
	{ "<interface>", interfaces, { NULL } },
	{ "<machine>", NULL, MACHINES },
	{ "<model>", NULL, MODELS },
	{ "<model name>", NULL, MODELS },
	{ "<model option>", NULL, { "config", "config", NULL } },
	{ "<name>", waited_for, { NULL } },
	{ "<offer>", NULL, OFFERS },
	{ "<offer of any model>", NULL, { "/v1/offers", "offers", "name" } },
	{ "<offer URL>", NULL, { "/v1/offers", "offers", "url" } },
	{ "<operation id>", NULL, { "operations", "operations", "id" } },
	{ "<option>", options, { NULL } },
	{ "<relation id>", relations, { NULL } },
	{ "<SAAS>", NULL, SAAS },
	{ "<secret>", secrets, { NULL } },
	{ "<source>", places, { NULL } },
	{ "<task id>", tasks, { NULL } },
	{ "<topic>", help_topics, { NULL } },
	{ "<unit>", units, { NULL } },
	{ "<unit or application>", NULL, APPLICATIONS },
	{ "<unit or application>", units, { NULL } },
	{ "<unit or machine>", units, { NULL } },
	{ "<unit or machine>", NULL, MACHINES },
	{ "<unit, application or machine>", NULL, APPLICATIONS },
	{ "<unit, application or machine>", units, { NULL } },
	{ "<unit, application or machine>", NULL, MACHINES },
	{ "<user name>", NULL, USERS },
};

static void
add_listed(struct cli *cli, const struct listed *listed, struct strv *names)
{
	json_auto_t *reply = listed->path[0] == '/' ?
	    ask(cli, listed->path) :
	    ask_model(cli, listed->path);

	if (listed->member == NULL)
		add_keys(json_child(reply, listed->where, JSON_OBJECT), names);
	else
		add_members(json_child(reply, listed->where, JSON_ARRAY),
		    listed->member, names);
}

void
complete_names(struct cli *cli, const struct complete_line *line,
    const char *kind, struct strv *names)
{
	for (size_t i = 0; i < nitems(sources); i++) {
		if (strcmp(sources[i].kind, kind) != 0)
			continue;
		if (sources[i].add != NULL)
			sources[i].add(cli, line, names);
		else
			add_listed(cli, &sources[i].listed, names);
	}
}
