/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/table.h"
#include "cli/timetext.h"

#define STATUS_LOG_DAY_MS   ((int64_t)24 * 60 * 60 * 1000)
#define STATUS_LOG_DAYS_MAX 36500

static const struct flag status_log_flags[] = {
	{ "type", NULL, 0, FLAG_VALUE,
	    "Of that type; as the name says if it is missing" },
	{ "lines", NULL, 'n', FLAG_VALUE,
	    "How many of the newest to show (20 by default)" },
	{ "days", NULL, 0, FLAG_VALUE, "All of the last that many days" },
	{ "from-date", NULL, 0, FLAG_VALUE, "All since this day, YYYY-MM-DD" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int status_log_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_status_log = {
	.name = "show-status-log",
	.args = "[<unit, application or machine>]",
	.summary = "Shows what the statuses of something were, the oldest "
		   "first.",
	.details =
	    "Of a unit both: what its charm says of it (workload), and what "
	    "the unit\ndoes (juju-unit). The last hundred statuses are kept; "
	    "what units did, as\nlong as the journal tells of it.\n"
	    "\nTypes are unit, juju-unit, workload, application, machine, "
	    "juju-machine\nand model. "
	    "The model is shown with \"--type model\" and no name.",
	.flags = status_log_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = status_log_run,
};

/* How long ago the day began, here. */
static int
date_age(const char *date, int64_t *age, struct error *err)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(date, "%Y-%m-%d", &tm);
	time_t begin = end != NULL && *end == '\0' ? mktime(&tm) : -1;

	if (begin == -1)
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is not a day as 2026-11-22", date);
	*age = (int64_t)clock_wall_ms() - (int64_t)begin * 1000;
	if (*age <= 0)
		return error_set(err, ERROR_USAGE, "%s is yet to come", date);
	return 0;
}

static int
status_log_age(const struct args *args, int64_t *age, struct error *err)
{
	const char *date = args_text(args, "from-date", NULL);
	int64_t days = 0;

	if (args_has(args, "days") + args_has(args, "lines") + (date != NULL) >
	    1)
		return error_set(err, ERROR_USAGE,
		    "-n, --days and --from-date cannot be given together");
	if (date != NULL)
		return date_age(date, age, err);
	if (args_int(args, "days", 1, &days, err) == -1)
		return -1;
	if (days > STATUS_LOG_DAYS_MAX)
		days = STATUS_LOG_DAYS_MAX;
	*age = days * STATUS_LOG_DAY_MS;
	return 0;
}

static int
status_log_query(const struct args *args, struct strbuf *query,
    struct error *err)
{
	const char *type = args_text(args, "type", NULL);
	autofree char *subject = client_encode(args->n > 0 ? args->v[0] : "");
	autofree char *kind = client_encode(type != NULL ? type : "");
	int64_t age = 0, lines = 0;

	if (args->n == 0 && (type == NULL || strcmp(type, "model") != 0)) {
		error_set(err, ERROR_USAGE, "entity name is missing");
		return error_hint(err,
		    "give a unit, an application, a machine, or \"--type "
		    "model\"");
	}
	if (status_log_age(args, &age, err) == -1 ||
	    args_int(args, "lines", 1, &lines, err) == -1)
		return -1;
	strbuf_addf(query, "status-log?subject=%s", subject);
	if (type != NULL)
		strbuf_addf(query, "&type=%s", kind);
	if (age > 0)
		strbuf_addf(query, "&age=%" PRId64, age);
	if (lines > 0)
		strbuf_addf(query, "&limit=%" PRId64, lines);
	return 0;
}

static void
status_log_render(const json_t *entries, enum timetext_form form,
    struct strbuf *sb)
{
	autotable t = { 0 };
	const json_t *entry;
	size_t i;

	table_row(&t, "Time", "Type", "Status", "Message");
	json_array_foreach(entries, i, entry) {
		char when[TIMETEXT_SIZE];

		table_row(&t,
		    timetext(json_text(entry, "since", ""), form, when),
		    json_text(entry, "type", ""),
		    json_text(entry, "status", ""),
		    json_text(entry, "message", ""));
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static int
status_log_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *path = NULL;
	json_auto_t *reply = NULL;
	autostrbuf query = { 0 }, sb = { 0 };
	const json_t *entries;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    status_log_query(args, &query, err) == -1)
		return -1;
	path = cli_path(cli, "%s", strbuf_cstr(&query));
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	entries = json_child(reply, "entries", JSON_ARRAY);
	if (json_array_size(entries) == 0) {
		error_set(err, ERROR_NOT_FOUND, "no status history available");
		return error_hint(err,
		    "an application whose leader says nothing has the status "
		    "of its units: give one of them");
	}
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, entries, format, err);
	status_log_render(entries,
	    args_has(args, "utc") ? TIMETEXT_SINCE_MS_UTC : TIMETEXT_SINCE_MS,
	    &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
