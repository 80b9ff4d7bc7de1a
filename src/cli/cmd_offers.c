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
#include "cli/offer.h"
#include "cli/table.h"

static const struct flag offers_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "application", NULL, 0, FLAG_VALUE, "Only those of an application" },
	{ "interface", NULL, 0, FLAG_VALUE, "Only those with this interface" },
	{ "connected-user", NULL, 0, FLAG_VALUE,
	    "Only those that this user has related" },
	{ "active-only", NULL, 0, FLAG_SWITCH, "Only those with relations" },
	{ 0 },
};

static int offers_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_offers = {
	.name = "offers",
	.aliases = { "list-offers" },
	.args = "[<offer>]",
	.summary = "Lists what the model offers, and who is related to it.",
	.details = "An offer to which nobody is related has no user.",
	.flags = offers_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = offers_run,
};

static json_t *
offer_connections(const json_t *offer)
{
	return json_child(offer, "connections", JSON_ARRAY);
}

static bool
offer_has_user(const json_t *offer, const char *user)
{
	const json_t *one;
	size_t i;

	json_array_foreach(offer_connections(offer), i, one) {
		if (strcmp(json_text(one, "user", ""), user) == 0)
			return true;
	}
	return false;
}

/* Is it wanted? */
static bool
offers_match(const struct args *args, const json_t *offer)
{
	const char *app = args_text(args, "application", NULL);
	const char *interface = args_text(args, "interface", NULL);
	const char *user = args_text(args, "connected-user", NULL);

	if (args->n > 0 &&
	    strcmp(json_text(offer, "name", ""), args->v[0]) != 0)
		return false;
	if (app != NULL &&
	    strcmp(json_text(offer, "application", ""), app) != 0)
		return false;
	if (interface != NULL && !offer_has_interface(offer, interface))
		return false;
	if (user != NULL && !offer_has_user(offer, user))
		return false;
	return !args_has(args, "active-only") ||
	    json_array_size(offer_connections(offer)) > 0;
}

static void
offers_connection(struct table *t, const char *name, const json_t *offer,
    const json_t *connection)
{
	const char *endpoint = json_text(connection, "endpoint", "");
	const json_t *ep = json_child(offer_endpoints(offer), endpoint,
	    JSON_OBJECT);
	char id[24];

	(void)snprintf(id, sizeof id, "%lld",
	    (long long)json_int(connection, "relation", 0));
	table_row(t, name, json_text(connection, "user", ""), id,
	    json_text(connection, "status", ""), endpoint,
	    json_text(ep, "interface", ""), json_text(ep, "role", ""), "");
}

static void
offers_row(struct table *t, const json_t *offer)
{
	const char *name = json_text(offer, "name", "");
	const json_t *one;
	size_t i;

	if (json_array_size(offer_connections(offer)) == 0)
		table_row(t, name, "-");
	json_array_foreach(offer_connections(offer), i, one)
		offers_connection(t, i == 0 ? name : "", offer, one);
}

static json_t *
offers_document_connections(const json_t *offer)
{
	json_t *list = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(offer_connections(offer), i, one)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:I, s:s, s:{s:s}}",
			"source-model", json_text(one, "model", ""),
			"source-application", json_text(one, "application", ""),
			"username", json_text(one, "user", ""), "relation-id",
			(json_int_t)json_int(one, "relation", 0), "endpoint",
			json_text(one, "endpoint", ""), "status", "current",
			json_text(one, "status", "")));
	return list;
}

static json_t *
offers_document(const json_t *offer)
{
	json_t *connections = offers_document_connections(offer);
	json_t *doc = json_pack("{s:s, s:s, s:s, s:O}", "application",
	    json_text(offer, "application", ""), "charm",
	    json_text(offer, "charm", ""), "offer-url",
	    json_text(offer, "url", ""), "endpoints", offer_endpoints(offer));

	if (json_array_size(connections) > 0)
		json_object_set_new(doc, "connections", connections);
	else
		json_decref(connections);
	return doc;
}

static int
offers_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *path = cli_path(cli, "offers");
	json_auto_t *reply = NULL, *document = json_object();
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	const json_t *all, *one;
	size_t i;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	table_row(&t, "Offer", "User", "Relation ID", "Status", "Endpoint",
	    "Interface", "Role", "Ingress subnets");
	all = json_child(reply, "offers", JSON_ARRAY);
	json_array_foreach(all, i, one) {
		if (!offers_match(args, one))
			continue;
		offers_row(&t, one);
		json_object_set_new(document, json_text(one, "name", ""),
		    offers_document(one));
	}
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, document, format, err);
	if (json_object_size(document) == 0) {
		cli_say(cli,
		    json_array_size(all) == 0 ? "There are no offers." :
						"No offer is as asked for.");
		return 0;
	}
	table_render(&t, TABLE_PLAIN, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
