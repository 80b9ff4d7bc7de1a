/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/debug_log.h"
#include "cli/status.h"

#define DEBUG_LOG_LINES     10
#define DEBUG_LOG_PAGE      1000
#define DEBUG_LOG_END       1000000000000000 /* Behind any position. */
#define DEBUG_LOG_RETRY_MS  100
#define DEBUG_LOG_RETRY_MAX 1000

static const struct flag debug_log_flags[] = {
	{ "include", NULL, 'i', FLAG_VALUE,
	    "Only what these wrote: a unit, an application, a machine, or a "
	    "pattern with *" },
	{ "exclude", NULL, 'x', FLAG_VALUE, "Without what these wrote" },
	{ "include-module", NULL, 0, FLAG_VALUE,
	    "Only of this module, and those below it" },
	{ "exclude-module", NULL, 0, FLAG_VALUE, "Without this module" },
	{ "include-label", "include-labels", 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "exclude-label", "exclude-labels", 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "level", NULL, 'l', FLAG_VALUE,
	    "TRACE, DEBUG, INFO, WARNING or ERROR, and worse" },
	{ "lines", NULL, 'n', FLAG_VALUE,
	    "How many of the newest lines to begin with (10 by default)" },
	{ "limit", NULL, 0, FLAG_VALUE,
	    "Show so many of the newest lines (0: all), and end" },
	{ "replay", NULL, 0, FLAG_SWITCH, "Begin with all there is" },
	{ "since", NULL, 0, FLAG_VALUE, "Only of the last e.g. 10m or 1h30m" },
	{ "tail", NULL, 0, FLAG_SWITCH,
	    "Go on with new lines, as on a terminal" },
	{ "no-tail", NULL, 0, FLAG_SWITCH, "End after what there is" },
	{ "date", NULL, 0, FLAG_SWITCH, "Show the date too" },
	{ "ms", NULL, 0, FLAG_SWITCH, "Show milliseconds too" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "color", NULL, 0, FLAG_SWITCH, "Use colours, terminal or not" },
	{ "no-color", NULL, 0, FLAG_SWITCH, "Use no colours" },
	{ "location", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "retry", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "retry-delay", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "firehose", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "format", NULL, 0, FLAG_VALUE,
	    "text (default) or json; line by line" },
	{ 0 },
};

static int debug_log_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_debug_log = {
	.name = "debug-log",
	.args = "",
	.summary = "Shows what the units of a model say, and what happens to "
		   "them.",
	.details =
	    "What charms log and write, which hooks ran because of what, what "
	    "was asked\nfor. On a terminal it goes on with what is new until "
	    "Ctrl-C, also after a\nrestart of the controller; elsewhere it "
	    "ends.\n\nEach line is\n\n"
	    "  <who>: <time> <level> <module> <message>\n\n"
	    "Several -i mean any of them, as several -x; what is shown has to "
	    "pass all\nkinds of filters. Without --level the model's option "
	    "logging-config says what is\nshown. The last 6 to 8 MB of a "
	    "model are kept.",
	.flags = debug_log_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = debug_log_run,
};

struct debug_log {
	struct cli *cli;
	struct debug_log_filter filter;
	unsigned flags;
	bool tails;
	int64_t lines; /* To begin with; 0 for all. */
	int64_t next;  /* Where what is not shown yet begins. */
};

/* ---- what is asked for ---- */

static unsigned
text_flags(const struct args *args)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{ "date", DEBUG_LOG_DATE },
		{ "ms", DEBUG_LOG_MS },
		{ "utc", DEBUG_LOG_UTC },
	};
	unsigned all = 0;

	for (size_t i = 0; i < nitems(flags); i++) {
		if (args_has(args, flags[i].name))
			all |= flags[i].flag;
	}
	if ((status_flags(args) & STATUS_COLOUR) != 0)
		all |= DEBUG_LOG_COLOUR;
	if (strcmp(args_text(args, "format", "text"), "json") == 0)
		all |= DEBUG_LOG_JSON;
	return all;
}

/* What is said of the number of lines decides whether it ends, too. */
static int
debug_log_read_args(struct debug_log *d, const struct args *args,
    struct error *err)
{
	bool no_tail = args_has(args, "no-tail") || args_has(args, "limit");

	if (args_check_format(args, "text|json", err) == -1)
		return -1;
	if (args_has(args, "tail") && no_tail)
		return error_set(err, ERROR_USAGE,
		    "setting --tail and --%s not valid",
		    args_has(args, "no-tail") ? "no-tail" : "limit");
	d->tails = args_has(args, "tail") ||
	    (!no_tail && isatty(STDOUT_FILENO) == 1);
	d->lines = args_has(args, "replay") || args_has(args, "since") ?
	    0 :
	    DEBUG_LOG_LINES;
	d->flags = text_flags(args);
	if (args_int(args, "lines", 0, &d->lines, err) == -1 ||
	    args_int(args, "limit", 0, &d->lines, err) == -1)
		return -1;
	return debug_log_filter_init(&d->filter, args, err);
}

/* ---- what there is ---- */

static void
show_entries(const struct debug_log *d, const json_t *entries)
{
	autostrbuf sb = { 0 };
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		if (debug_log_wants(&d->filter, entry))
			debug_log_add(&sb, entry, d->flags);
	}
	cli_print("%s", strbuf_cstr(&sb));
}

static int
debug_log_get(const struct debug_log *d, const char *which, int64_t position,
    json_t **reply, struct error *err)
{
	autofree char *path = cli_path(d->cli, "log?limit=%d&%s=%" PRId64,
	    DEBUG_LOG_PAGE, which, position);

	return cli_get(d->cli, path, reply, err);
}

/* All of it, page by page. */
static int
show_all(struct debug_log *d, struct error *err)
{
	bool more;

	do {
		json_auto_t *reply = NULL;

		if (debug_log_get(d, "after", d->next, &reply, err) == -1)
			return -1;
		show_entries(d, json_child(reply, "entries", JSON_ARRAY));
		more = json_int(reply, "next", 0) > d->next;
		d->next = json_int(reply, "next", 0);
	} while (more);
	return 0;
}

/* Those wanted of a page, the newest first, until there are enough. */
static void
take_newest(const struct debug_log *d, const json_t *entries, json_t *taken)
{
	for (size_t i = json_array_size(entries); i-- > 0;) {
		json_t *entry = json_array_get(entries, i);

		if (json_array_size(taken) < (size_t)d->lines &&
		    debug_log_wants(&d->filter, entry))
			json_array_append(taken, entry);
	}
}

static void
show_backwards(const struct debug_log *d, const json_t *taken)
{
	json_auto_t *entries = json_array();

	for (size_t i = json_array_size(taken); i-- > 0;)
		json_array_append(entries, json_array_get(taken, i));
	show_entries(d, entries);
}

/* Back from the end, until there are enough of them. */
static int
show_newest(struct debug_log *d, struct error *err)
{
	json_auto_t *taken = json_array();
	int64_t first = DEBUG_LOG_END;
	bool more;

	do {
		json_auto_t *reply = NULL;

		if (debug_log_get(d, "before", first, &reply, err) == -1)
			return -1;
		if (first == DEBUG_LOG_END)
			d->next = json_int(reply, "end", 0);
		take_newest(d, json_child(reply, "entries", JSON_ARRAY), taken);
		more = json_int(reply, "first", 0) < json_int(reply, "next", 0);
		first = json_int(reply, "first", 0);
	} while (more && json_array_size(taken) < (size_t)d->lines);
	show_backwards(d, taken);
	return 0;
}

/* ---- what comes ---- */

/* The current model may become another one meanwhile. */
static int
debug_log_stay(const struct debug_log *d, struct error *err)
{
	autofree char *path = cli_path(d->cli, "status?relations=false");
	json_auto_t *reply = NULL;
	const json_t *model;

	if (cli_get(d->cli, path, &reply, err) == -1)
		return -1;
	model = json_child(reply, "model", JSON_OBJECT);
	cli_set_model(d->cli, json_text(model, "name", ""));
	return 0;
}

/* A tenond that restarts is waited for. */
static int
debug_log_follow(struct debug_log *d, struct error *err)
{
	int retry_ms = DEBUG_LOG_RETRY_MS;

	for (;;) {
		autofree char *path = cli_path(d->cli,
		    "log?wait=true&limit=%d&after=%" PRId64, DEBUG_LOG_PAGE,
		    d->next);
		json_auto_t *reply = NULL;
		struct error lost = { 0 };

		(void)fflush(stdout);
		if (client_call(d->cli->client, path, NULL, &reply, &lost) ==
		    0) {
			show_entries(d,
			    json_child(reply, "entries", JSON_ARRAY));
			d->next = json_int(reply, "next", 0);
			retry_ms = DEBUG_LOG_RETRY_MS;
			continue;
		}
		if (lost.code != ERROR_UNAVAILABLE) {
			*err = lost;
			return -1;
		}
		(void)poll(NULL, 0, retry_ms);
		if (retry_ms < DEBUG_LOG_RETRY_MAX)
			retry_ms *= 2;
	}
}

static int
debug_log_run(struct cli *cli, const struct args *args, struct error *err)
{
	struct debug_log d = { .cli = cli };

	if (debug_log_read_args(&d, args, err) == -1 ||
	    (d.tails && debug_log_stay(&d, err) == -1))
		return -1;
	if ((d.lines > 0 ? show_newest(&d, err) : show_all(&d, err)) == -1)
		return -1;
	return d.tails ? debug_log_follow(&d, err) : 0;
}
