/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"

static const struct flag info_flags[] = {
	{ "config", NULL, 0, FLAG_SWITCH, "Show the options too" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int info_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_info = {
	.name = "info",
	.args = "<charm>",
	.summary = "Shows what is known of a built-in charm.",
	.details = "Its relations are listed with their interfaces: an "
		   "endpoint can be related to\none of the same interface on "
		   "the other side.",
	.flags = info_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "expected a charm or bundle name",
	.need = CMD_STARTING,
	.run = info_run,
};

/* {provides: {database: postgresql_client}}, as a charm has them. */
static json_t *
info_relations(json_t *endpoints)
{
	static const struct {
		const char *role, *word;
	} roles[] = {
		{ "peer", "peers" },
		{ "provider", "provides" },
		{ "requirer", "requires" },
	};
	json_t *relations = json_object();
	const char *name;
	json_t *endpoint;

	for (size_t i = 0; i < nitems(roles); i++) {
		json_t *some = json_object();

		json_object_foreach(endpoints, name, endpoint) {
			if (strcmp(json_text(endpoint, "role", ""),
				roles[i].role) == 0)
				json_put_text(some, name,
				    json_text(endpoint, "interface", ""));
		}
		if (json_object_size(some) > 0)
			json_object_set(relations, roles[i].word, some);
		json_decref(some);
	}
	return relations;
}

static json_t *
info_actions(json_t *actions)
{
	json_t *described = json_object();
	const char *name;
	json_t *action;

	json_object_foreach(actions, name, action) {
		json_put_text(described, name,
		    json_text(action, "description", ""));
	}
	return described;
}

static int
info_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *name = client_encode(args->v[0]);
	autofree char *path = xasprintf("/v1/charms/%s", name);
	json_auto_t *charm = NULL;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    cli_get(cli, path, &charm, err) == -1)
		return -1;
	json_object_set_new(charm, "relations",
	    info_relations(json_object_get(charm, "endpoints")));
	json_object_set_new(charm, "actions",
	    info_actions(json_object_get(charm, "actions")));
	(void)json_object_del(charm, "endpoints");
	if (!args_has(args, "config"))
		(void)json_object_del(charm, "options");
	return cli_emit(cli, charm, args_text(args, "format", "yaml"), err);
}
