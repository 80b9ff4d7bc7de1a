/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/plan.h"
#include "cli/progress.h"

bool
bundle_is_path(const char *word)
{
	autofree char *inside = xasprintf("%s/bundle.yaml", word);
	const char *dot = strrchr(word, '.');
	bool is_yaml = dot != NULL &&
	    (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);

	return is_yaml || (strchr(word, '/') != NULL && file_exists(inside));
}

/* What is about one application means nothing for several. */
static int
check_flags(const struct args *args, struct error *err)
{
	static const struct {
		const char *flag, *shown;
	} single[] = {
		{ "channel", "--channel" },
		{ "config", "--config" },
		{ "constraints", "--constraints" },
		{ "num-units", "-n" },
		{ "revision", "--revision" },
		{ "to", "--to" },
	};
	autostrbuf given = { 0 };

	for (size_t i = 0; i < nitems(single); i++) {
		if (args_has(args, single[i].flag))
			strbuf_addf(&given, "%s%s", given.len > 0 ? ", " : "",
			    single[i].shown);
	}
	if (given.len > 0)
		return error_set(err, ERROR_USAGE,
		    "options provided but not supported when deploying a "
		    "bundle: %s",
		    strbuf_cstr(&given));
	if (args->n > 1)
		return error_set(err, ERROR_USAGE,
		    "the applications of a bundle have their names in it: "
		    "\"%s\"",
		    args->v[1]);
	return 0;
}

/* Those that the bundle would make trusted; with --trust that is wanted. */
static int
check_trust(const struct args *args, const json_t *bundle, const json_t *model,
    struct error *err)
{
	const json_t *have = json_object_get(model, "applications");
	autostrbuf names = { 0 };
	const char *name;
	json_t *app;

	if (args_has(args, "trust") || args_has(args, "force"))
		return 0;
	json_object_foreach(json_object_get(bundle, "applications"), name,
	    app) {
		if (json_bool(app, "trust", false) &&
		    !json_bool(json_object_get(have, name), "trust", false))
			strbuf_addf(&names, "\n  - %s", name);
	}
	if (names.len == 0)
		return 0;
	return error_set(err, ERROR_INVALID,
	    "Bundle cannot be deployed without trusting applications with your "
	    "cloud credentials.\nPlease repeat the deploy command with the "
	    "--trust argument if you consent to trust the following "
	    "application(s):%s",
	    strbuf_cstr(&names));
}

/* Each reason once, with all that is left out for it. */
static void
say_what_is_ignored(const struct cli *cli, const json_t *bundle)
{
	json_auto_t *reasons = json_object();
	json_t *why, *keys;
	const char *key, *reason;

	json_object_foreach(json_object_get(bundle, "ignored"), key, why) {
		const char *before = json_text(reasons, json_string_value(why),
		    NULL);
		autofree char *all = before == NULL ?
		    xstrdup(key) :
		    xasprintf("%s, %s", before, key);

		json_put_text(reasons, json_string_value(why), all);
	}
	json_object_foreach(reasons, reason, keys)
		cli_say(cli, "Ignored: %s (%s)", json_string_value(keys),
		    reason);
}

/*
 * All of them in a model that is thrown away, so that what one of them is
 * refused for is known before anything is done.
 */
static int
rehearse_steps(struct cli *cli, json_t *steps, json_t **reply,
    struct error *err)
{
	autofree char *path = cli_path(cli, "rehearsal");

	return cli_post(cli, path,
	    json_pack("{s:O, s:b}", "steps", steps, "plan",
		(int)args_has(cli->args, "dry-run")),
	    reply, err);
}

static int
take_step(struct cli *cli, const json_t *step, json_t **reply,
    struct error *err)
{
	autofree char *path = cli_path(cli, "%s", json_text(step, "path", ""));

	json_decref(take_ptr(*reply));
	return cli_post(cli, path, json_incref(json_object_get(step, "body")),
	    reply, err);
}

/* Each is told before it is taken: if one fails, it is the last. */
static int
take_steps(struct cli *cli, const json_t *steps, json_t **reply,
    struct error *err)
{
	json_t *step;
	size_t i;

	cli_print("Executing changes:\n");
	json_array_foreach(steps, i, step) {
		const char *what = json_text(step, "what", "");

		cli_print("- %s\n", what);
		if (take_step(cli, step, reply, err) == -1)
			return error_wrap(err, "cannot %s", what);
		cli_say_messages(cli, *reply);
	}
	cli_say(cli, "Deploy of bundle completed.");
	return 0;
}

static void
show_steps(const struct cli *cli, const json_t *steps, const json_t *reply)
{
	json_t *step;
	size_t i;

	cli_print("Changes to deploy bundle:\n");
	json_array_foreach(steps, i, step)
		cli_print("- %s\n", json_text(step, "what", ""));
	cli_say_messages(cli, reply);
	cli_print("\n");
	plan_tell(cli, reply);
}

int
bundle_deploy(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *bundle = NULL, *model = NULL, *steps = NULL, *reply = NULL;

	if (check_flags(args, err) == -1 ||
	    (bundle = bundle_read(args->v[0], args, err)) == NULL ||
	    (model = bundle_of_model(cli, err)) == NULL ||
	    check_trust(args, bundle, model, err) == -1)
		return -1;
	say_what_is_ignored(cli, bundle);
	steps = bundle_plan(bundle, model, err);
	if (steps == NULL)
		return -1;
	if (json_array_size(steps) == 0) {
		cli_say(cli, "No changes to apply.");
		return 0;
	}
	if (rehearse_steps(cli, steps, &reply, err) == -1)
		return -1;
	if (args_has(args, "dry-run")) {
		show_steps(cli, steps, reply);
		return 0;
	}
	if (take_steps(cli, steps, &reply, err) == -1)
		return -1;
	return progress_wait_if_asked(cli, reply, NULL, err);
}
