/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/http.h"
#include "cli/plan.h"
#include "cli/removal.h"

#define DESTROY_MODEL_TELL_MS 2000

static const struct flag destroy_model_flags[] = {
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "Do not ask for confirmation" },
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,
	    "Destroy the data too, also of units removed before" },
	{ "release-storage", NULL, 0, FLAG_SWITCH,
	    "Leave the data where it is (the default)" },
	{ "force", NULL, 0, FLAG_SWITCH,
	    "Destroy even where a hook fails or does not end" },
	{ "no-wait", NULL, 0, FLAG_SWITCH,
	    "Accepted for compatibility, with --force" },
	{ "timeout", NULL, 't', FLAG_VALUE, "Give up waiting after this" },
	PLAN_FLAG,
	{ 0 },
};

static int destroy_model_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_destroy_model = {
	.name = "destroy-model",
	.args = "<model name>",
	.summary = "Destroys a model with its applications and machines.",
	.details = "Returns when it is gone; what is left of it is told "
		   "every two seconds.",
	.flags = destroy_model_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no model specified",
	.need = CMD_EXISTING,
	.run = destroy_model_run,
};

static json_t *
destroy_model_body(const struct args *args, int64_t timeout_ms)
{
	json_t *body = json_pack("{s:b, s:b}", "destroy-storage",
	    (int)args_has(args, "destroy-storage"), "force",
	    (int)args_has(args, "force"));

	if (timeout_ms > 0)
		json_object_set_new(body, "timeout", json_integer(timeout_ms));
	return body;
}

static char *
destroy_model_warning(const char *name, const json_t *model)
{
	return xasprintf(
	    "WARNING! This command will destroy the \"%s\" model.\n"
	    "It holds %lld machine(s), %lld application(s) and %lld unit(s).",
	    name, (long long)json_int(model, "machines", 0),
	    (long long)json_int(model, "applications", 0),
	    (long long)json_int(model, "units", 0));
}

/* What is left of it, and what has been told of that. */
struct left {
	const struct cli *cli;
	const char *path;
	char *told; /* Owned; NULL before the first line. */
};

static char *
left_text(const json_t *model)
{
	static const char *const kinds[] = { "machine", "application" };
	autostrbuf sb = { 0 };

	strbuf_adds(&sb, "Waiting for model to be removed");
	for (size_t i = 0; i < nitems(kinds); i++) {
		autofree char *key = xasprintf("%ss", kinds[i]);
		int64_t n = json_int(model, key, 0);

		if (n > 0)
			strbuf_addf(&sb, ", %" PRId64 " %s(s)", n, kinds[i]);
	}
	strbuf_adds(&sb, "...");
	return strbuf_detach(&sb);
}

/* A line when the numbers are others, else one more dot. */
static void
left_tell(struct left *left)
{
	json_auto_t *model = NULL;
	struct error gone = { 0 };
	autofree char *text = NULL;

	if (cli_is_quiet(left->cli) ||
	    client_call(left->cli->client, left->path, NULL, &model, &gone) ==
		-1)
		return;
	text = left_text(model);
	if (left->told != NULL && strcmp(left->told, text) == 0) {
		(void)fputc('.', stderr);
		return;
	}
	(void)fprintf(stderr, "%s%s", left->told != NULL ? "\n" : "", text);
	free(left->told);
	left->told = take_ptr(text);
}

/* Until the request is answered, which is when the model has gone. */
static int
destroy_model_wait(struct left *left, struct http *h, json_t **reply,
    struct error *err)
{
	while (http_fd(h) != -1) {
		struct pollfd p = { .fd = http_fd(h), .events = POLLIN };
		int rc = poll(&p, 1, DESTROY_MODEL_TELL_MS);

		if (rc == -1 && errno != EINTR)
			return error_set_errno(err, errno, "poll");
		if (rc == 0)
			left_tell(left);
		if (rc == 1)
			http_read(h);
	}
	if (left->told != NULL)
		(void)fputc('\n', stderr);
	if (h->state != HTTP_DONE)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away while waiting");
	return client_answer(h, reply, err);
}

static int
destroy_model_do(struct cli *cli, const char *name, int64_t timeout_ms,
    struct error *err)
{
	autofree char *path = cli_path(cli, "%s", "");
	autofree char *destroy = cli_path(cli, "destroy");
	struct left left = { .cli = cli, .path = path };
	json_auto_t *reply = NULL;
	autohttp h = { .fd = -1 };
	int rc;

	cli_say(cli, "Destroying model");
	client_start_post(cli->client, destroy,
	    destroy_model_body(cli->args, timeout_ms), &h);
	rc = destroy_model_wait(&left, &h, &reply, err);
	free(left.told);
	if (rc == -1 && err->code == ERROR_TIMEOUT)
		return error_hint(err,
		    "it goes on: \"tenon status -m %s\" shows what is left, "
		    "\"--force\" waits for no hook",
		    name);
	if (rc == -1)
		return -1;
	cli_say_messages(cli, reply);
	cli_say(cli, "Model destroyed.");
	return 0;
}

static int
destroy_model_plan(struct cli *cli, struct error *err)
{
	autofree char *path = cli_path(cli, "destroy");
	json_auto_t *reply = NULL;

	if (cli_post(cli, path, destroy_model_body(cli->args, 0), &reply,
		err) == -1)
		return -1;
	cli_say_messages(cli, reply);
	(void)plan_is_told(cli, reply);
	return 0;
}

static int
destroy_model_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = NULL, *warning = NULL;
	json_auto_t *model = NULL;
	int64_t timeout_ms = 0;
	const char *name;

	if (args_duration(args, "timeout", &timeout_ms, err) == -1 ||
	    removal_check_storage(args, err) == -1 ||
	    cli_use_model(cli, args->v[0], err) == -1)
		return -1;
	path = cli_path(cli, "%s", "");
	if (cli_get(cli, path, &model, err) == -1)
		return -1;
	if (args_has(args, "dry-run"))
		return destroy_model_plan(cli, err);
	name = json_text(model, "name", "");
	warning = destroy_model_warning(name, model);
	if (!args_has(args, "no-prompt") &&
	    cli_confirm_destroying(cli, warning, "model", name, err) == -1)
		return -1;
	return destroy_model_do(cli, name, timeout_ms, err);
}
