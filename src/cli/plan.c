/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/plan.h"

#include "base/json.h"
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

void
plan_tell(const struct cli *cli, const json_t *reply)
{
	const json_t *plan = json_child(reply, "plan", JSON_ARRAY);
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	json_t *step;
	size_t i;

	if (!args_has(cli->args, "dry-run"))
		return;
	if (json_array_size(plan) == 0) {
		cli_print("No unit would have anything to do.\n");
		return;
	}
	table_row(&t, "Unit", "Step", "Because");
	json_array_foreach(plan, i, step)
		table_row(&t, json_text(step, "unit", ""),
		    json_text(step, "step", ""), json_text(step, "cause", ""));
	table_render(&t, TABLE_PLAIN, &sb);
	cli_print("This would happen, and nothing has been done:\n\n%s",
	    strbuf_cstr(&sb));
}

int
plan_or_wait(struct cli *cli, const json_t *reply, const char *application,
    struct error *err)
{
	if (!args_has(cli->args, "dry-run"))
		return progress_wait_if_asked(cli, reply, application, err);
	plan_tell(cli, reply);
	return 0;
}
