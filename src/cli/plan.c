/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/plan.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/table.h"

void
plan_ask(const struct args *args, json_t *body)
{
	if (args_has(args, "dry-run"))
		json_object_set_new(body, "dry-run", json_true());
}

/* How much of it is one statement: up to a semicolon outside of quotes. */
static size_t
statement_length(const char *sql)
{
	char quote = '\0';
	size_t i;

	for (i = 0; sql[i] != '\0'; i++) {
		if (quote == '\0' && sql[i] == ';')
			return i + 1;
		if (sql[i] == quote)
			quote = '\0';
		else if (quote == '\0' && (sql[i] == '\'' || sql[i] == '"'))
			quote = sql[i];
	}
	return i;
}

static void
add_sql(struct strbuf *sb, const char *sql)
{
	while (*(sql += strspn(sql, " \n")) != '\0') {
		size_t len = statement_length(sql);

		strbuf_adds(sb, "  ");
		strbuf_addn(sb, sql, len);
		strbuf_adds(sb, sql[len - 1] == ';' ? "\n" : ";\n");
		sql += len;
	}
}

/* Each time that another server or database comes, it is named. */
static void
add_told(struct strbuf *sb, const json_t *told)
{
	const char *server = "", *database = "";
	const json_t *one;
	size_t i;

	json_array_foreach(told, i, one) {
		const char *on = json_text(one, "server", "");
		const char *in = json_text(one, "database", "");
		const char *note = json_text(one, "note", NULL);

		if (note != NULL) {
			strbuf_addf(sb, "  -- %s\n", note);
			continue;
		}
		if (strcmp(on, server) != 0 || strcmp(in, database) != 0)
			strbuf_addf(sb, "  -- %s, database %s\n", on, in);
		server = on;
		database = in;
		add_sql(sb, json_text(one, "sql", ""));
	}
}

/* What the charm has said of the step, if it has said anything. */
static void
add_details(struct strbuf *sb, const json_t *step)
{
	const json_t *told = json_child(step, "told", JSON_ARRAY);

	if (told == NULL)
		return;
	strbuf_addf(sb, "\n%s %s:\n", json_text(step, "unit", ""),
	    json_text(step, "step", ""));
	add_told(sb, told);
}

static void
add_unforeseen(struct strbuf *sb, const json_t *plan)
{
	size_t n = 0, i;
	const json_t *step;

	json_array_foreach(plan, i, step)
		n += !json_bool(step, "foreseen", false) &&
		    strncmp(json_text(step, "step", ""), "runs ", 5) == 0;
	if (n > 0)
		strbuf_addf(sb,
		    "\nWhat is done in %zu of these steps is not foreseen.\n",
		    n);
}

static void
plan_print(const json_t *plan)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	const json_t *step;
	size_t i;

	table_row(&t, "Unit", "Step", "Because");
	json_array_foreach(plan, i, step)
		table_row(&t, json_text(step, "unit", ""),
		    json_text(step, "step", ""), json_text(step, "cause", ""));
	table_render(&t, TABLE_PLAIN, &sb);
	json_array_foreach(plan, i, step)
		add_details(&sb, step);
	add_unforeseen(&sb, plan);
	cli_print("This would happen, and nothing has been done:\n\n%s",
	    strbuf_cstr(&sb));
}

/* Where no unit has anything to do there may be a change all the same. */
static void
differences_print(const json_t *lines)
{
	const json_t *line;
	size_t i;

	if (json_array_size(lines) == 0) {
		cli_print("No unit would have anything to do.\n");
		return;
	}
	cli_print("This would change, and nothing has been done:\n\n");
	json_array_foreach(lines, i, line)
		cli_print("%s\n", json_string_value(line));
}

void
plan_tell(const struct cli *cli, const json_t *reply)
{
	(void)plan_is_told(cli, reply);
}

bool
plan_is_told(const struct cli *cli, const json_t *reply)
{
	const json_t *plan = json_child(reply, "plan", JSON_ARRAY);

	if (!args_has(cli->args, "dry-run"))
		return false;
	if (json_array_size(plan) > 0)
		plan_print(plan);
	else
		differences_print(json_child(reply, "differences", JSON_ARRAY));
	return true;
}

int
plan_or_wait(struct cli *cli, const json_t *reply,
    const char *const *applications, struct error *err)
{
	if (!args_has(cli->args, "dry-run"))
		return progress_wait_if_asked(cli, reply, applications, err);
	plan_tell(cli, reply);
	return 0;
}

int
plan_post(struct cli *cli, const char *path, json_t *stolen_body,
    struct error *err)
{
	json_auto_t *reply = NULL;

	if (cli_post(cli, path, stolen_body, &reply, err) == -1)
		return -1;
	plan_tell(cli, reply);
	return 0;
}
