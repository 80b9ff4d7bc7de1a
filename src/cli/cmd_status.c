/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/emit.h"
#include "cli/status.h"
#include "cli/watch.h"

static const struct flag status_flags_table[] = {
	{ "format", NULL, 0, FLAG_VALUE,
	    "tabular (default), json, yaml, oneline (line, short) or summary" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "relations", "integrations", 0, FLAG_SWITCH,
	    "Show the relations too, in tabular format" },
	{ "storage", NULL, 0, FLAG_SWITCH, "Accepted; there is none to show" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "color", NULL, 0, FLAG_SWITCH,
	    "Use colours even without a terminal" },
	{ "no-color", NULL, 0, FLAG_SWITCH, "Do not use colours" },
	{ "retry-count", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "retry-delay", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "watch", NULL, 0, FLAG_VALUE,
	    "Go on showing it: at each change, and at least this often" },
	{ 0 },
};

static int status_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_status = {
	.name = "status",
	.aliases = { "show-status" },
	.args = "[<filter pattern> ...]",
	.summary = "Shows the model, its applications, units and machines.",
	.details =
	    "A pattern is the name of an application, a unit or a machine, "
	    "with * and ?\nfor any characters, a state such as active or "
	    "blocked, an address, a network\nsuch as 127.33.7.0/24, a port, "
	    "exposed or not exposed.\n\n"
	    "With --watch a change shows as soon as it happens; q or Ctrl-C "
	    "ends it.",
	.flags = status_flags_table,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = status_run,
};

static void
status_as_table(const json_t *status, unsigned flags, struct strbuf *sb)
{
	status_table(status, flags, sb);
}

static void
status_as_json(const json_t *status, unsigned flags, struct strbuf *sb)
{
	json_auto_t *document = status_document(status, flags);

	emit_json(document, sb);
}

static void
status_as_yaml(const json_t *status, unsigned flags, struct strbuf *sb)
{
	json_auto_t *document = status_document(status, flags);

	emit_yaml(document, sb);
}

static void
status_as_oneline(const json_t *status, unsigned flags, struct strbuf *sb)
{
	status_oneline(status, flags, sb);
}

static void
status_as_summary(const json_t *status, unsigned flags, struct strbuf *sb)
{
	(void)flags;
	status_summary(status, sb);
}

#define STATUS_WHOLE "status"
/* Relations are most of a large model, and few formats show them. */
#define STATUS_PARTLY "status?relations=false"

static const struct status_format {
	const char *name;
	watch_render *render;
	const char *ask;
} status_formats[] = {
	{ "tabular", status_as_table, STATUS_PARTLY },
	{ "json", status_as_json, STATUS_WHOLE },
	{ "yaml", status_as_yaml, STATUS_WHOLE },
	{ "oneline", status_as_oneline, STATUS_PARTLY },
	{ "line", status_as_oneline, STATUS_PARTLY },
	{ "short", status_as_oneline, STATUS_PARTLY },
	{ "summary", status_as_summary, STATUS_PARTLY },
};

static const struct status_format *
status_format(const struct args *args)
{
	const char *format = args_text(args, "format", "tabular");

	for (size_t i = 0; i < nitems(status_formats); i++) {
		if (strcmp(format, status_formats[i].name) == 0)
			return &status_formats[i];
	}
	return &status_formats[0];
}

static char *
status_path(const struct cli *cli, const struct args *args)
{
	bool whole = args_has(args, "relations");

	return cli_path(cli, "%s",
	    whole ? STATUS_WHOLE : status_format(args)->ask);
}

/* Why there is so little to see, on standard error. */
static void
status_explain(const struct cli *cli, const json_t *status,
    const json_t *filtered)
{
	autostrbuf sb = { 0 };

	status_add_absence(status, filtered, cli->args->n, &sb);
	if (sb.len > 0)
		cli_say(cli, "%.*s", (int)sb.len - 1, strbuf_cstr(&sb));
}

static void
status_say_superfluous(const struct cli *cli, const struct args *args)
{
	static const char *const options[] = { "relations", "storage" };

	for (size_t i = 0; i < nitems(options); i++) {
		if (args_has(args, options[i]))
			cli_say(cli,
			    "provided %s option is always enabled in non "
			    "tabular formats",
			    options[i]);
	}
}

static int
status_check(const struct args *args, struct error *err)
{
	if (args_has(args, "color") && args_has(args, "no-color"))
		return error_set(err, ERROR_USAGE,
		    "cannot mix --no-color and --color");
	return args_check_format(args,
	    "tabular|json|yaml|oneline|line|short|summary", err);
}

static int
status_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *status = NULL, *filtered = NULL;
	autofree char *path = status_path(cli, args);
	watch_render *render = status_format(args)->render;
	autostrbuf sb = { 0 };
	int64_t watch_ms = -1;

	if (status_check(args, err) == -1 ||
	    args_duration(args, "watch", &watch_ms, err) == -1 ||
	    cli_get(cli, path, &status, err) == -1)
		return -1;
	if (watch_ms >= 0)
		return watch_run(cli, path, render, status_flags(args),
		    watch_ms, err);
	filtered = status_filter(status, args->v);
	render(filtered, status_flags(args), &sb);
	if (render != status_as_table)
		status_say_superfluous(cli, args);
	if (cli_emit_text(cli, strbuf_cstr(&sb), err) == -1)
		return -1;
	if (render == status_as_table)
		status_explain(cli, status, filtered);
	return 0;
}
