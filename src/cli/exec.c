/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/exec.h"
#include "cli/names.h"
#include "cli/plan.h"
#include "cli/quote.h"
#include "cli/text.h"

#define EXEC_WAIT_MS (5 * 60 * 1000)

static const char *const exec_targets[] = { "unit", "application", "machine",
	"all" };

bool
exec_has_target(const struct args *args)
{
	for (size_t i = 0; i < nitems(exec_targets); i++) {
		if (args_has(args, exec_targets[i]))
			return true;
	}
	return false;
}

/* One word is what a shell is to read; several are words to it, too. */
static json_t *
exec_command(const struct args *args, struct error *err)
{
	autostrbuf sb = { 0 };
	json_t *command;

	if (args->n == 1)
		strbuf_adds(&sb, args->v[0]);
	for (int i = 0; args->n > 1 && i < args->n; i++) {
		if (i > 0)
			strbuf_addc(&sb, ' ');
		quote_sh(&sb, args->v[i]);
	}
	command = json_string(strbuf_cstr(&sb));
	if (command == NULL)
		(void)error_set(err, ERROR_USAGE,
		    "the command is not UTF-8 text");
	return command;
}

static bool
exec_name_is_valid(const char *kind, const char *name)
{
	const char *slash = strchr(name, '/');
	const char *number = strcmp(kind, "unit") == 0 ?
	    (slash != NULL ? slash + 1 : "") :
	    name;

	if (strcmp(kind, "application") == 0)
		return names_is_application(name);
	if (strcmp(kind, "unit") == 0 && strcmp(number, "leader") == 0)
		return slash > name;
	return number[0] != '\0' &&
	    number[strspn(number, "0123456789")] == '\0' && number != slash;
}

/* "a/0,a/1", as often as it is given; names that cannot be go to `bad`. */
static json_t *
exec_names(const struct args *args, const char *kind, struct strbuf *bad)
{
	json_t *names = json_array();
	const char *list;
	size_t pos = 0, len;

	while ((list = args_next(args, kind, &pos)) != NULL) {
		do {
			autofree char *name = NULL;

			len = strcspn(list, ",");
			name = text_part(list, len);
			if (exec_name_is_valid(kind, name))
				json_array_append_new(names, json_string(name));
			else
				strbuf_addf(bad,
				    "\n  \"%s\" is not a valid %s %s", name,
				    kind,
				    strcmp(kind, "machine") == 0 ? "id" :
								   "name");
			list += len;
		} while (*list++ == ',');
	}
	return names;
}

static json_t *
exec_body(const struct args *args, struct error *err)
{
	autostrbuf bad = { 0 };
	json_auto_t *body = json_object();
	json_t *command;

	if (!exec_has_target(args)) {
		(void)error_set(err, ERROR_USAGE,
		    "You must specify a target, either through --all, "
		    "--machine, --application or --unit");
		return NULL;
	}
	for (size_t i = 0; i < 3; i++) {
		autofree char *field = xasprintf("%ss", exec_targets[i]);

		json_object_set_new(body, field,
		    exec_names(args, exec_targets[i], &bad));
	}
	if (bad.len > 0) {
		(void)error_set(err, ERROR_USAGE,
		    "The following exec targets are not valid:%s",
		    strbuf_cstr(&bad));
		return NULL;
	}
	json_object_set_new(body, "all", json_boolean(args_has(args, "all")));
	command = exec_command(args, err);
	if (command == NULL)
		return NULL;
	json_object_set_new(body, "command", command);
	return json_incref(body);
}

/*
 * Programs written for Juju know by an empty standard output, and no failure,
 * that a unit is not there; of all else they expect the failure.
 */
static int
exec_refused(const struct cli *cli, struct error *err)
{
	if (err->code != ERROR_NOT_FOUND || args_has(cli->args, "machine") ||
	    args_has(cli->args, "application"))
		return -1;
	(void)fprintf(stderr, "Operation failed to schedule any tasks:\n%s\n",
	    err->msg);
	return 0;
}

int
exec_run(struct cli *cli, enum operation_kind kind, struct error *err)
{
	struct operation_style style = { kind, EXEC_WAIT_MS };
	autofree char *path = cli_path(cli, "commands");
	json_auto_t *reply = NULL;
	json_t *body;

	if (args_duration(cli->args, "wait", &style.wait_ms, err) == -1)
		return -1;
	body = exec_body(cli->args, err);
	if (body == NULL)
		return -1;
	if (cli_post(cli, path, body, &reply, err) == -1)
		return exec_refused(cli, err);
	return plan_is_told(cli, reply) ?
	    0 :
	    operation_finish(cli, reply, &style, err);
}
