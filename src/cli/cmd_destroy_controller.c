/* SPDX-License-Identifier: Apache-2.0 */

#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/removal.h"

#define DESTROY_CONTROLLER_END_MS 10000

static const struct flag destroy_controller_flags[] = {
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "Do not ask for confirmation" },
	{ "destroy-all-models", NULL, 0, FLAG_SWITCH,
	    "Destroy the models that are left too" },
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,
	    "Destroy the data too, also of units removed before" },
	{ "release-storage", NULL, 0, FLAG_SWITCH,
	    "Leave the data where it is (the default)" },
	{ "force", NULL, 0, FLAG_SWITCH,
	    "Destroy even where a hook fails or does not end" },
	{ "timeout", "model-timeout", 0, FLAG_VALUE,
	    "Give up waiting after this" },
	{ "no-wait", NULL, 0, FLAG_SWITCH,
	    "Accepted for compatibility, with --force" },
	PLAN_FLAG,
	{ 0 },
};

static const struct flag kill_controller_flags[] = {
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "Do not ask for confirmation" },
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,
	    "Destroy the data too, also of units removed before" },
	{ "timeout", NULL, 't', FLAG_VALUE, "Give up waiting after this" },
	PLAN_FLAG,
	{ 0 },
};

static int destroy_controller_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_destroy_controller = {
	.name = "destroy-controller",
	.args = "<controller name>",
	.summary = "Destroys the controller, and ends tenond.",
	.details = "With models left, --destroy-all-models is needed.",
	.flags = destroy_controller_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no controller specified",
	.need = CMD_EXISTING,
	.run = destroy_controller_run,
};

const struct cmd cmd_kill_controller = {
	.name = "kill-controller",
	.args = "<controller name>",
	.summary = "Destroys the controller whatever happens, and ends tenond.",
	.details =
	    "The same as \"destroy-controller --destroy-all-models --force\". "
	    "The data is kept\nunless --destroy-storage is given.",
	.flags = kill_controller_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no controller specified",
	.need = CMD_EXISTING,
	.run = destroy_controller_run,
};

static json_t *
destroy_controller_body(const struct cli *cli, int64_t timeout_ms)
{
	const struct args *args = cli->args;
	bool kill = cli->cmd == &cmd_kill_controller;
	json_t *body = json_pack("{s:b, s:b, s:b}", "destroy-all-models",
	    (int)(kill || args_has(args, "destroy-all-models")),
	    "destroy-storage", (int)args_has(args, "destroy-storage"), "force",
	    (int)(kill || args_has(args, "force")));

	if (timeout_ms > 0)
		json_object_set_new(body, "timeout", json_integer(timeout_ms));
	return body;
}

/*
 * tenond answers while it can still talk, and then removes its files and ends;
 * it need not be the one that we first met, if that was killed meanwhile.
 * Who bootstraps again at once must not meet it.
 */
static void
destroy_controller_watch_end(pid_t pid)
{
	autofd int tenond = pidfd_open(pid, 0);
	struct pollfd end = { .fd = tenond, .events = POLLIN };

	if (tenond != -1)
		(void)poll(&end, 1, DESTROY_CONTROLLER_END_MS);
}

static int
destroy_controller_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *root = NULL, *reply = NULL;
	autofree char *warning = xasprintf(
	    "WARNING! This command will destroy the \"%s\" controller.\n"
	    "This includes all machines, applications and other resources.",
	    args->v[0]);
	int64_t timeout_ms = 0;
	const char *name;

	if (args_duration(args, "timeout", &timeout_ms, err) == -1 ||
	    removal_check_storage(args, err) == -1 ||
	    cli_controller(cli, &root, err) == -1)
		return -1;
	name = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    "");
	if (strcmp(args->v[0], name) != 0) {
		error_set(err, ERROR_NOT_FOUND, "controller \"%s\" not found",
		    args->v[0]);
		return error_hint(err, "the one of this host is \"%s\"", name);
	}
	if (!args_has(args, "no-prompt") && !args_has(args, "dry-run") &&
	    cli_confirm_destroying(cli, warning, "controller", name, err) == -1)
		return -1;
	if (!args_has(args, "dry-run"))
		cli_say(cli, "Destroying controller");
	if (cli_post(cli, "/v1/controller/destroy",
		destroy_controller_body(cli, timeout_ms), &reply, err) == -1)
		return -1;
	if (plan_is_told(cli, reply))
		return 0;
	destroy_controller_watch_end((pid_t)json_int(reply, "pid", -1));
	cli_say_messages(cli, reply);
	cli_say(cli, "Controller \"%s\" destroyed.", name);
	return 0;
}
