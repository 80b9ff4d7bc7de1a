/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/timetext.h"

static const struct flag why_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int why_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_why = {
	.name = "why",
	.args = "<application, unit or relation id> [<application>]",
	.summary = "Explains why something is as it is.",
	.details = "A relation is named by its id or by its two ends. For each "
		   "thing that keeps\nwhat is asked about: the cause, since "
		   "when, what it waits for, and the command\nthat would mend "
		   "it, where there is one. Nothing is changed.",
	.flags = why_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no application, unit or relation specified",
	.need = CMD_EXISTING,
	.run = why_run,
};

/* A line of a cause, if it has that member. */
static void
why_line(const char *title, const char *text, struct strbuf *sb)
{
	if (text != NULL && text[0] != '\0')
		strbuf_addf(sb, "  %-11s%s\n", title, text);
}

static void
why_cause(const json_t *cause, struct strbuf *sb)
{
	char since[TIMETEXT_SIZE];

	strbuf_addf(sb, "\n%s: %s\n", json_text(cause, "subject", ""),
	    json_text(cause, "cause", ""));
	why_line("since",
	    timetext(json_text(cause, "since", NULL), TIMETEXT_PLAIN, since),
	    sb);
	why_line("waits for", json_text(cause, "waits-for", NULL), sb);
	why_line("mend with", json_text(cause, "command", NULL), sb);
}

static void
why_render(const json_t *reply, struct strbuf *sb)
{
	const json_t *causes = json_child(reply, "causes", JSON_ARRAY);
	json_t *cause;
	size_t i;

	strbuf_addf(sb, "%s %s is %s", json_text(reply, "kind", ""),
	    json_text(reply, "subject", ""), json_text(reply, "state", ""));
	strbuf_adds(sb,
	    json_array_size(causes) == 0 ?
		"; nothing keeps it from anything\n" :
		"\n");
	json_array_foreach(causes, i, cause)
		why_cause(cause, sb);
}

static int
why_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *name = NULL, *subject = NULL, *path = NULL;
	json_auto_t *reply = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, "tabular|yaml|json", err) == -1)
		return -1;
	name = xasprintf("%s%s%s", args->v[0], args->n > 1 ? " " : "",
	    args->n > 1 ? args->v[1] : "");
	subject = client_encode(name);
	path = cli_path(cli, "why?subject=%s", subject);
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, reply, format, err);
	why_render(reply, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
