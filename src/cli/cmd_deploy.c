/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/bundle.h"
#include "cli/charm_words.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/compat.h"
#include "cli/plan.h"
#include "cli/progress.h"

static const struct flag deploy_flags[] = {
	{ "base", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "bind", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "constraints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "series", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "storage", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "attach-storage", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ "device", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ "resource", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ "channel", NULL, 0, FLAG_VALUE,
	    "Track and risk to deploy from: 15/stable, edge" },
	{ "config", NULL, 0, FLAG_VALUE,
	    "An option as key=value or key=@file, or a YAML file of options" },
	{ "dry-run", NULL, 0, FLAG_SWITCH,
	    "Only check, and show what would be done" },
	{ "num-units", NULL, 'n', FLAG_VALUE, "Number of units to deploy" },
	{ "to", NULL, 0, FLAG_VALUE,
	    "Empty machines to use first, as 0,3: see add-machine" },
	{ "revision", NULL, 0, FLAG_VALUE, "Only if this is the revision" },
	{ "overlay", NULL, 0, FLAG_VALUE,
	    "With a bundle: another one on top of it" },
	{ "map-machines", NULL, 0, FLAG_VALUE,
	    "With a bundle: machines there are, as existing or 0=3" },
	{ "trust", NULL, 0, FLAG_SWITCH,
	    "Give the application access to the credentials of the cloud" },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Show progress and return when the units have settled" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	{ 0 },
};

static int deploy_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_deploy = {
	.name = "deploy",
	.args = "<charm, directory or bundle> [<application name>]",
	.summary = "Deploys a new application, or those of a bundle.",
	.details =
	    "The charm is a built-in one (see the find command) or a "
	    "directory, whose\npath begins with \"./\", \"../\" or \"/\".\n\n"
	    "Without a channel the newest installed version is deployed. "
	    "--config may be\ngiven several times.\n\n"
	    "A bundle is a YAML file of applications and relations, or a "
	    "directory with a\nbundle.yaml. What is there already is not "
	    "deployed again: its channel, options\nand constraints are set, "
	    "its missing units, offers and relations are added, and\nnothing "
	    "is removed. Offers of other models, in saas, are consumed. If "
	    "one of its\nsteps would be refused, none is taken.\n\n"
	    "A machine is made for each unit, unless --map-machines says "
	    "which empty one a\nmachine of the bundle is: \"existing\" means "
	    "the one of the same number, \"0=3\" the\nmachine 3. Where a "
	    "bundle says that an application is trusted, --trust is "
	    "needed.\n\n"
	    "Of Juju's flags, --base, --series, --bind, --constraints and "
	    "--storage have no\neffect on one host, and say so; \"tenon "
	    "constraints\" shows those that were\ngiven. --resource, "
	    "--attach-storage and --device are refused with the reason.",
	.flags = deploy_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no charm or bundle specified",
	.need = CMD_CREATING,
	.run = deploy_run,
};

/* The file of --config is keyed by the application's name. */
static const char *
deploy_name(const struct args *args)
{
	const char *base = strrchr(args->v[0], '/');

	if (args->n > 1)
		return args->v[1];
	return base != NULL ? base + 1 : args->v[0];
}

static int
deploy_constraints(const struct args *args, json_t *body, struct error *err)
{
	json_t *set = json_object();
	const char *text;
	size_t pos = 0;

	json_object_set_new(body, "constraints", set);
	while ((text = args_next(args, "constraints", &pos)) != NULL) {
		if (charm_words_constraints(set, text, err) == -1)
			return -1;
	}
	return 0;
}

static json_t *
deploy_body(const struct args *args, struct error *err)
{
	json_auto_t *body = json_object();
	autofree char *charm = charm_word(args->v[0], err);
	json_t *config = json_object();
	int64_t units = 1, revision = -1;

	json_object_set_new(body, "config", config);
	if (charm == NULL ||
	    charm_words_config(args, deploy_name(args), config, err) == -1 ||
	    deploy_constraints(args, body, err) == -1 ||
	    args_int(args, "num-units", 1, &units, err) == -1 ||
	    args_int(args, "revision", 0, &revision, err) == -1)
		return NULL;
	if (revision >= 0)
		json_object_set_new(body, "revision", json_integer(revision));
	charm_words_to(args, body);
	json_put_text(body, "charm", charm);
	json_put_text(body, "name", args->v[1]);
	json_put_text(body, "channel", args_text(args, "channel", NULL));
	json_object_set_new(body, "units", json_integer(units));
	if (args_has(args, "trust"))
		json_object_set_new(body, "trust", json_true());
	if (args_has(args, "dry-run"))
		json_object_set_new(body, "dry-run", json_true());
	return json_incref(body);
}

/* "bookworm" as Juju 2.9 says it, or "debian@12/stable" as 3 does. */
static char *
deploy_base(const json_t *reply)
{
	const char *series = json_text(reply, "base", "");
	struct compat_base base = compat_base(series);

	return compat_level() == COMPAT_3 && base.channel[0] != '\0' ?
	    xasprintf("%s@%s/stable", base.name, base.channel) :
	    xstrdup(series);
}

static void
deploy_announce(const struct cli *cli, const json_t *reply)
{
	const char *source = json_text(reply, "source", "built-in");
	const char *charm = json_text(reply, "charm", "");
	const char *channel = json_text(reply, "channel", "");
	long long revision = (long long)json_int(reply, "revision", 0);
	autofree char *base = deploy_base(reply);

	cli_say(cli, "Located %s charm \"%s\", revision %lld", source, charm,
	    revision);
	cli_say(cli,
	    "Deploying \"%s\" from %s charm \"%s\", revision %lld%s%s on %s",
	    json_text(reply, "application", ""), source, charm, revision,
	    channel[0] != '\0' ? " in channel " : "", channel, base);
	cli_say_messages(cli, reply);
}

static void
deploy_foretell(const json_t *reply)
{
	const char *channel = json_text(reply, "channel", "");
	autofree char *base = deploy_base(reply);

	cli_print(
	    "\"%s\" from %s charm \"%s\", revision %lld%s%s on %s would be "
	    "deployed\n",
	    json_text(reply, "application", ""), json_text(reply, "source", ""),
	    json_text(reply, "charm", ""),
	    (long long)json_int(reply, "revision", 0),
	    channel[0] != '\0' ? " in channel " : "", channel, base);
}

static int
deploy_check_flags(const struct args *args, struct error *err)
{
	static const char *const of_bundles[] = { "map-machines", "overlay" };

	for (size_t i = 0; i < nitems(of_bundles); i++) {
		if (!args_has(args, of_bundles[i]))
			continue;
		error_set(err, ERROR_USAGE,
		    "options provided but not supported when deploying a "
		    "charm: --%s",
		    of_bundles[i]);
		return error_hint(err,
		    "the file of a bundle ends in .yaml, as ./bundle.yaml");
	}
	return 0;
}

/* Without a channel nothing says what it is the newest of. */
static int
deploy_check_revision(const struct args *args, const json_t *body,
    struct error *err)
{
	if (!args_has(args, "revision") || args_has(args, "channel") ||
	    json_text(body, "charm", "")[0] == '/')
		return 0;
	return error_set(err, ERROR_USAGE,
	    "specifying a revision requires a channel for future upgrades. "
	    "Please use --channel");
}

static int
deploy_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "applications");
	json_auto_t *reply = NULL;
	json_t *body;

	if (charm_words_check(cli, args, err) == -1)
		return -1;
	if (bundle_is_path(args->v[0]))
		return bundle_deploy(cli, args, err);
	if (deploy_check_flags(args, err) == -1)
		return -1;
	body = deploy_body(args, err);
	if (body != NULL && deploy_check_revision(args, body, err) == -1) {
		json_decref(body);
		return -1;
	}
	if (body == NULL || cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	if (args_has(args, "dry-run")) {
		deploy_foretell(reply);
		cli_print("\n");
		plan_tell(cli, reply);
		return 0;
	}
	deploy_announce(cli, reply);
	return progress_wait_if_asked(cli, reply,
	    (const char *const[]){ json_text(reply, "application", NULL),
		NULL },
	    err);
}
