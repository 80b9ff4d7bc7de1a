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
#include "cli/plan.h"
#include "cli/text.h"

static const struct flag offer_flags[] = {
	{ "controller", NULL, 'c', FLAG_VALUE, "The controller, by name" },
	PLAN_FLAG,
	{ 0 },
};

static const struct flag remove_offer_flags[] = {
	{ "controller", NULL, 'c', FLAG_VALUE, "The controller, by name" },
	{ "force", NULL, 0, FLAG_SWITCH, "Remove its relations first" },
	{ "yes", NULL, 'y', FLAG_SWITCH, "Do not ask" },
	{ "no-prompt", NULL, 0, FLAG_SWITCH, "Do not ask" },
	PLAN_FLAG,
	{ 0 },
};

static int offer_run(struct cli *, const struct args *, struct error *);
static int remove_offer_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_offer = {
	.name = "offer",
	.args = "[<model>.]<application>:<endpoint>[,...] [<offer>]",
	.summary = "Offers endpoints of an application to other models.",
	.details = "Applications of the other models of the controller can be "
		   "related to it, after\n\"tenon consume\" or by the offer's "
		   "URL. An offer has the name of its application\nunless "
		   "another is given; offering again replaces its endpoints.",
	.flags = offer_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "an offer must at least specify application endpoint",
	.need = CMD_EXISTING,
	.run = offer_run,
};

const struct cmd cmd_remove_offer = {
	.name = "remove-offer",
	.args = "<offer URL> ...",
	.summary = "Removes offers.",
	.details =
	    "An offer with relations is only removed with --force, after "
	    "them; access is\ntaken back before the command returns. A "
	    "name without a model is of the current\nmodel.",
	.flags = remove_offer_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no offers specified",
	.need = CMD_EXISTING,
	.run = remove_offer_run,
};

const char *
offer_use_model(struct cli *cli, const char *text, struct error *err)
{
	const char *dot = strchr(text, '.');
	autofree char *model = NULL;

	if (dot == NULL)
		return text;
	model = text_part(text, (size_t)(dot - text));
	return cli_use_model(cli, model, err) == -1 ? NULL : dot + 1;
}

json_t *
offer_endpoints(const json_t *offer)
{
	return json_child(offer, "endpoints", JSON_OBJECT);
}

bool
offer_has_interface(const json_t *offer, const char *interface)
{
	const char *name;
	json_t *ep;

	json_object_foreach(offer_endpoints(offer), name, ep) {
		if (strcmp(json_text(ep, "interface", ""), interface) == 0)
			return true;
	}
	return false;
}

/* "database,admin" as an array; NULL with the error. */
static json_t *
offer_parse_endpoints(const char *text, const char *list, struct error *err)
{
	json_t *endpoints = json_array();
	size_t len;

	while (list != NULL && *list != '\0') {
		autofree char *one = NULL;

		len = strcspn(list, ",");
		one = text_part(list, len);
		if (len > 0)
			json_array_append_new(endpoints, json_string(one));
		list += len + (list[len] == ',' ? 1 : 0);
	}
	if (json_array_size(endpoints) > 0)
		return endpoints;
	json_decref(endpoints);
	error_set(err, ERROR_USAGE,
	    "endpoints must conform to format \"<application-name>:"
	    "<endpoint-name>[,...]\" and \"%s\" does not",
	    text);
	(void)error_hint(err,
	    "\"tenon show-application\" shows the endpoints of an application");
	return NULL;
}

static void
offer_say(const struct cli *cli, const json_t *offer)
{
	autostrbuf names = { 0 };
	const char *name;
	json_t *ep;

	json_object_foreach(offer_endpoints(offer), name, ep)
		strbuf_addf(&names, "%s%s", names.len > 0 ? ", " : "", name);
	cli_say(cli, "Application \"%s\" endpoints [%s] available at \"%s\"",
	    json_text(offer, "application", ""), strbuf_cstr(&names),
	    json_text(offer, "url", ""));
}

static int
offer_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *dot = strchr(args->v[0], '.'), *rest, *colon;
	autofree char *application = NULL, *path = NULL;
	json_auto_t *reply = NULL;
	json_t *endpoints, *body;

	if (cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1)
		return -1;
	rest = offer_use_model(cli, args->v[0], err);
	if (rest == NULL)
		return -1;
	colon = strchr(dot != NULL ? rest : args->v[0], ':');
	application = text_part(rest, strcspn(rest, ":"));
	endpoints = offer_parse_endpoints(args->v[0],
	    colon != NULL ? colon + 1 : NULL, err);
	if (endpoints == NULL)
		return -1;
	body = json_pack("{s:s, s:o}", "application", application, "endpoints",
	    endpoints);
	if (args->n > 1)
		json_put_text(body, "name", args->v[1]);
	plan_ask(args, body);
	path = cli_path(cli, "offers");
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	if (json_object_get(reply, "plan") != NULL)
		return plan_or_wait(cli, reply, NULL, err);
	offer_say(cli, reply);
	return 0;
}

static int
remove_offer_confirm(const struct cli *cli, const struct args *args,
    struct error *err)
{
	autostrbuf what = { 0 };

	if (!args_has(args, "force") || args_has(args, "yes") ||
	    args_has(args, "no-prompt") || args_has(args, "dry-run"))
		return 0;
	strbuf_adds(&what, "This command will remove offers: ");
	for (int i = 0; i < args->n; i++)
		strbuf_addf(&what, "%s%s", i > 0 ? ", " : "", args->v[i]);
	strbuf_adds(&what, "\nThis includes all relations to those offers.\n");
	return cli_confirm(cli, strbuf_cstr(&what), err);
}

static int
remove_one_offer(struct cli *cli, const char *url, struct error *err)
{
	const struct args *args = cli->args;
	const char *name = offer_use_model(cli, url, err);
	autofree char *path = NULL;
	json_auto_t *reply = NULL;
	json_t *body;

	if (name == NULL)
		return -1;
	path = cli_path(cli, "offers/remove");
	body = json_pack("{s:s}", "name", name);
	if (args_has(args, "force"))
		json_object_set_new(body, "force", json_true());
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	cli_say_messages(cli, reply);
	return plan_or_wait(cli, reply, NULL, err);
}

static int
remove_offer_run(struct cli *cli, const struct args *args, struct error *err)
{
	if (cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1 ||
	    remove_offer_confirm(cli, args, err) == -1)
		return -1;
	for (int i = 0; i < args->n; i++) {
		if (remove_one_offer(cli, args->v[i], err) == -1)
			return -1;
	}
	return 0;
}
