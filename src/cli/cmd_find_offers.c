/* SPDX-License-Identifier: Apache-2.0 */

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
#include "cli/text.h"

static const struct flag find_offers_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "interface", NULL, 0, FLAG_VALUE, "Only those with this interface" },
	{ "offer", NULL, 0, FLAG_VALUE, "Only those of this name" },
	{ "url", NULL, 0, FLAG_VALUE, "Only that of this URL" },
	{ 0 },
};

static const struct flag show_offer_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int find_offers_run(struct cli *, const struct args *, struct error *);
static int show_offer_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_find_offers = {
	.name = "find-offers",
	.args = "[<offer URL>]",
	.summary = "Lists what all models of the controller offer.",
	.details = "Of a URL only the model may be given, as admin/db.",
	.flags = find_offers_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = find_offers_run,
};

const struct cmd cmd_show_offer = {
	.name = "show-offer",
	.args = "<offer URL>",
	.summary = "Shows an offer and its endpoints.",
	.details = "A name without a model is of the current model.",
	.flags = show_offer_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "must specify endpoint URL",
	.need = CMD_EXISTING,
	.run = show_offer_run,
};

/* ---- find-offers ---- */

/* "ctl:admin/db.pg", "admin/db.pg", "db.pg", "admin/db" or "db". */
static bool
find_is_url(const char *ctl, const json_t *offer, const char *wanted)
{
	const char *url = json_text(offer, "url", "");
	const char *model = strchr(url, '/');
	const char *colon = strchr(wanted, ':');
	size_t n;

	if (colon != NULL) {
		if (strncmp(wanted, ctl, strlen(ctl)) != 0 ||
		    wanted + strlen(ctl) != colon)
			return false;
		wanted = colon + 1;
	}
	if (strchr(wanted, '/') == NULL && model != NULL)
		url = model + 1;
	n = strlen(wanted);
	return strncmp(url, wanted, n) == 0 &&
	    (url[n] == '\0' || (url[n] == '.' && strchr(wanted, '.') == NULL));
}

static bool
find_matches(const char *ctl, const struct args *args, const json_t *offer)
{
	const char *interface = args_text(args, "interface", NULL);
	const char *name = args_text(args, "offer", NULL);
	const char *url = args_text(args, "url", args->n > 0 ? args->v[0] : "");

	if (url[0] != '\0' && !find_is_url(ctl, offer, url))
		return false;
	if (name != NULL && strcmp(json_text(offer, "name", ""), name) != 0)
		return false;
	return interface == NULL || offer_has_interface(offer, interface);
}

static void
find_row(struct table *t, const char *ctl, const json_t *offer)
{
	autostrbuf interfaces = { 0 };
	const char *name;
	json_t *ep;

	json_object_foreach(offer_endpoints(offer), name, ep)
		strbuf_addf(&interfaces, "%s%s:%s",
		    interfaces.len > 0 ? ", " : "",
		    json_text(ep, "interface", ""), name);
	table_row(t, ctl, json_text(offer, "url", ""), "admin",
	    strbuf_cstr(&interfaces));
}

static int
find_refuse(struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "no matching application offers found");
	return error_hint(err,
	    "\"tenon offer [MODEL.]APPLICATION:ENDPOINT\" makes one");
}

static int
find_offers_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular"), *ctl;
	json_auto_t *root = NULL, *reply = NULL, *document = json_object();
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	const json_t *one;
	size_t i;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/offers", &reply, err) == -1)
		return -1;
	ctl = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    "");
	table_row(&t, "Store", "URL", "Access", "Interfaces");
	json_array_foreach(json_child(reply, "offers", JSON_ARRAY), i, one) {
		autofree char *url = xasprintf("%s:%s", ctl,
		    json_text(one, "url", ""));

		if (!find_matches(ctl, args, one))
			continue;
		find_row(&t, ctl, one);
		json_object_set_new(document, url,
		    json_pack("{s:s, s:O}", "access", "admin", "endpoints",
			offer_endpoints(one)));
	}
	if (json_object_size(document) == 0)
		return find_refuse(err);
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, document, format, err);
	table_render(&t, TABLE_PLAIN, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

/* ---- show-offer ---- */

static void
show_offer_table(const char *ctl, const json_t *offer, struct strbuf *sb)
{
	const char *store = ctl, *url = json_text(offer, "url", "");
	const char *access = "admin", *name;
	autofree char *text = NULL;
	const char *about = json_text(offer, "description", "");
	autotable t = { 0 };
	json_t *ep;

	text = text_part(about, strcspn(about, "\n"));
	about = text;
	table_row(&t, "Store", "URL", "Access", "Description", "Endpoint",
	    "Interface", "Role");
	json_object_foreach(offer_endpoints(offer), name, ep) {
		table_row(&t, store, url, access, about, name,
		    json_text(ep, "interface", ""), json_text(ep, "role", ""));
		store = url = access = about = "";
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static const json_t *
show_offer_find(const json_t *reply, const char *name, struct error *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_child(reply, "offers", JSON_ARRAY), i, one) {
		if (strcmp(json_text(one, "name", ""), name) == 0)
			return one;
	}
	error_set(err, ERROR_NOT_FOUND, "application offer \"%s\" not found",
	    name);
	(void)error_hint(err, "\"tenon find-offers\" lists them");
	return NULL;
}

static int
show_offer_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular"), *ctl, *name;
	json_auto_t *root = NULL, *reply = NULL, *document = NULL;
	autofree char *path = NULL, *url = NULL;
	autostrbuf sb = { 0 };
	const json_t *offer;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    (name = offer_use_model(cli, args->v[0], err)) == NULL)
		return -1;
	path = cli_path(cli, "offers");
	if (cli_get(cli, path, &reply, err) == -1 ||
	    (offer = show_offer_find(reply, name, err)) == NULL)
		return -1;
	ctl = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    "");
	if (strcmp(format, "tabular") != 0) {
		url = xasprintf("%s:%s", ctl, json_text(offer, "url", ""));
		document = json_pack("{s:{s:s, s:s, s:O}}", url, "description",
		    json_text(offer, "description", ""), "access", "admin",
		    "endpoints", offer_endpoints(offer));
		return cli_emit(cli, document, format, err);
	}
	show_offer_table(ctl, offer, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
