/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/cli.h"
#include "cli/credentials.h"
#include "cli/text.h"

/* How long the unit may have other things to do first. */
#define ASK_MS (60 * 1000)
#define ACTION "get-credentials"

static int
ask_failed(const json_t *task, struct error *err)
{
	return error_set(err, ERROR_CONFLICT, "%s: %s",
	    json_text(task, "unit", ""),
	    json_text(task, "message", "the action failed"));
}

json_t *
credentials_ask(struct cli *cli, const char *unit, const char *action,
    struct error *err)
{
	autofree char *path = cli_path(cli, "actions"), *id = NULL;
	json_auto_t *reply = NULL, *task = NULL;
	int64_t left_ms = ASK_MS;

	if (cli_post(cli, path,
		json_pack("{s:[s], s:s, s:{}}", "units", unit, "action", action,
		    "params"),
		&reply, err) == -1)
		return NULL;
	id = action_id(json_array_get(json_child(reply, "tasks", JSON_ARRAY),
			   0),
	    "id");
	switch (action_wait(cli, id, &left_ms, &task, err)) {
	case -1:
		return NULL;
	case 1:
		error_set(err, ERROR_TIMEOUT, "%s does not answer", unit);
		error_hint(err, "see \"tenon status\" for what it does");
		return NULL;
	default:
		break;
	}
	if (strcmp(json_text(task, "status", ""), "completed") != 0) {
		ask_failed(task, err);
		return NULL;
	}
	return action_results(task);
}

/* A server has none of its own to give away, nor has what needs no database. */
static int
check_client(struct cli *cli, const char *app, struct error *err)
{
	autofree char *path = cli_app_path(cli, app, "actions");
	json_auto_t *reply = NULL;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	if (json_object_get(json_child(reply, "actions", JSON_OBJECT),
		ACTION) != NULL)
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "application \"%s\" is no client of a database", app);
	return error_hint(err,
	    "those that \"tenon relate\" relates to one are, such as a "
	    "data-integrator; \"tenon psql\" opens a session on a server");
}

int
credentials_get(struct cli *cli, const char *app, struct credentials *c,
    struct error *err)
{
	autofree char *leader = xasprintf("%s/leader", app);
	json_auto_t *results = NULL;

	if (check_client(cli, app, err) == -1)
		return -1;
	results = credentials_ask(cli, leader, ACTION, err);
	return results == NULL ? -1 : credentials_read(app, results, c, err);
}
