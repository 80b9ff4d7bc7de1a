/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook-tool - Juju's hook tools for charms in any language. Each tool is a link
 * to this program, which tells by its name what it is to do.
 */

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/help.h"
#include "tool.h"

#define EXIT_USAGE 2

static const struct tool *
tool_find(const char *name)
{
	for (const struct tool *t = tools; t->cmd.name != NULL; t++) {
		if (strcmp(t->cmd.name, name) == 0)
			return t;
	}
	return NULL;
}

/* Which hook we are part of, and where tenond is. */
static int
tool_context(const char **context, const char **address, struct error *err)
{
	*context = getenv("JUJU_CONTEXT_ID");
	*address = getenv("JUJU_AGENT_SOCKET_ADDRESS");
	if (*context == NULL || *address == NULL)
		return error_set(err, ERROR_CONFLICT, "%s not set",
		    *context == NULL ? "JUJU_CONTEXT_ID" :
				       "JUJU_AGENT_SOCKET_ADDRESS");
	return 0;
}

static int
tool_ask(struct tool_request *r, json_t **reply, struct error *err)
{
	const char *context, *address;
	struct client *client;
	json_t *body;
	int rc;

	if (tool_context(&context, &address, err) == -1)
		return -1;
	body = json_pack("{s:s, s:s, s:O}", "context", context, "tool",
	    r->remote, "args", r->body);
	if (body == NULL)
		return error_set(err, ERROR_USAGE,
		    "JUJU_CONTEXT_ID is not text");
	client = client_new(address);
	rc = client_call(client, "/v1/hook-tools", body, reply, err);
	client_free(client);
	return rc;
}

static int
tool_show(const struct tool *t, const struct args *args, const json_t *value,
    struct error *err)
{
	const char *path = args_text(args, "output", NULL);
	autofree char *text = tool_text(t, args, value, err);

	if (text == NULL)
		return -1;
	if (path != NULL)
		return file_write(path, 0644, text, err);
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		return error_set(err, ERROR_INTERNAL, "cannot write");
	return 0;
}

static int
tool_run(const struct tool *t, char *const *words, struct error *err)
{
	autoargs args = { 0 };
	json_auto_t *body = json_object(), *reply = NULL;
	struct tool_request r = { .remote = t->cmd.name,
		.args = &args,
		.body = body };
	autostrbuf help = { 0 };

	if (t->fill == NULL)
		return error_set(err, ERROR_CONFLICT, "%s: %s", t->cmd.name,
		    t->reason);
	if (args_parse(&args, &t->cmd, words, err) == -1)
		return -1;
	if (args_has(&args, "help")) {
		help_verb(&t->cmd, "", &help);
		return fputs(strbuf_cstr(&help), stdout) == EOF ? -1 : 0;
	}
	if (t->fill(&r, err) == -1 || tool_ask(&r, &reply, err) == -1)
		return -1;
	return tool_show(t, &args, json_object_get(reply, "value"), err);
}

int
main(int argc, char **argv)
{
	struct error err = { 0 };
	const struct tool *t;

	if (argc == 0)
		return EXIT_USAGE;
	t = tool_find(basename(argv[0]));
	if (t == NULL)
		(void)error_set(&err, ERROR_USAGE, "\"%s\" is not a hook tool",
		    basename(argv[0]));
	else if (tool_run(t, argv + 1, &err) == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "ERROR %s\n", err.msg);
	return err.code == ERROR_USAGE ||
		strncmp(err.msg, "invalid value ", 14) == 0 ?
	    EXIT_USAGE :
	    EXIT_FAILURE;
}
