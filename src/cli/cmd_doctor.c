/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"

#define DOCTOR_ACTION "doctor"

static const struct flag doctor_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int doctor_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_doctor = {
	.name = "doctor",
	.args = "[<application>]",
	.summary = "Looks for what is not as it should be.",
	.details =
	    "Looks at the host: limits, disk, memory, clock, addresses, stray\n"
	    "processes, and the installed servers; and at the applications of\n"
	    "the model whose charm has an action doctor, or at one of them: at\n"
	    "the roles, owners, slots, lag and settings of each cluster.\n"
	    "\n"
	    "Nothing is changed. The exit status is 1 if there is an error.",
	.flags = doctor_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_STARTING,
	.run = doctor_run,
};

/* Add the findings of one look, which is about `subject`. */
static void
doctor_take(json_t *all, const char *subject, const json_t *findings)
{
	json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		json_put_text(finding, "subject", subject);
		json_array_append(all, finding);
	}
}

static void
doctor_take_one(json_t *all, const char *subject, const char *level,
    const char *message)
{
	json_array_append_new(all,
	    json_pack("{s:s, s:s, s:s, s:s}", "subject", subject, "check",
		DOCTOR_ACTION, "level", level, "message", message));
}

/* ---- applications ---- */

/* Its leader knows; what it cannot tell is a finding, too. */
static int
doctor_ask(struct cli *cli, const char *app, json_t *all, struct error *err)
{
	autofree char *path = cli_path(cli, "actions");
	autofree char *leader = xasprintf("%s/leader", app);
	json_auto_t *reply = NULL, *task = NULL;
	autofree char *id = NULL;
	int64_t forever = -1;

	if (cli_post(cli, path,
		json_pack("{s:[s], s:s}", "units", leader, "action",
		    DOCTOR_ACTION),
		&reply, err) == -1)
		return -1;
	id = action_id(json_array_get(json_child(reply, "tasks", JSON_ARRAY),
			   0),
	    "id");
	if (action_wait(cli, id, &forever, &task, err) == -1)
		return -1;
	if (strcmp(json_text(task, "status", ""), "completed") == 0)
		doctor_take(all, app,
		    json_child(json_child(task, "results", JSON_OBJECT),
			"findings", JSON_ARRAY));
	else
		doctor_take_one(all, app, "error",
		    json_text(task, "message", "its charm does not say why"));
	return 0;
}

static int
doctor_has_action(struct cli *cli, const char *app, bool *has,
    struct error *err)
{
	autofree char *path = cli_app_path(cli, app, "actions");
	json_auto_t *reply = NULL;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	*has = json_object_get(json_child(reply, "actions", JSON_OBJECT),
		   DOCTOR_ACTION) != NULL;
	return 0;
}

static int
doctor_applications(struct cli *cli, json_t *all, struct error *err)
{
	autofree char *path = cli_path(cli, "status?relations=false");
	json_auto_t *status = NULL;
	struct error why = { 0 };
	const char *app;
	json_t *value;
	bool has;

	/* Without a controller or a model there is the host. */
	if (cli_get(cli, path, &status, &why) == -1)
		return 0;
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app, value) {
		if (json_object_size(json_child(value, "units", JSON_OBJECT)) ==
		    0)
			continue;
		if (doctor_has_action(cli, app, &has, err) == -1 ||
		    (has && doctor_ask(cli, app, all, err) == -1))
			return -1;
	}
	return 0;
}

/* ---- rendering ---- */

static size_t
doctor_count(const json_t *all, const char *level)
{
	json_t *finding;
	size_t i, n = 0;

	json_array_foreach(all, i, finding)
		n += strcmp(json_text(finding, "level", ""), level) == 0;
	return n;
}

static void
doctor_render(const json_t *all, struct strbuf *sb)
{
	json_t *finding;
	size_t i;

	json_array_foreach(all, i, finding) {
		const char *hint = json_text(finding, "hint", "");

		strbuf_addf(sb, "%-8s %s, %s: %s\n",
		    json_text(finding, "level", ""),
		    json_text(finding, "subject", ""),
		    json_text(finding, "check", ""),
		    json_text(finding, "message", ""));
		if (hint[0] != '\0')
			strbuf_addf(sb, "         %s\n", hint);
	}
	strbuf_addf(sb, "\nerrors: %zu, warnings: %zu, well: %zu\n",
	    doctor_count(all, "error"), doctor_count(all, "warning"),
	    doctor_count(all, "ok"));
}

static int
doctor_application(struct cli *cli, const char *app, json_t *all,
    struct error *err)
{
	bool has;

	if (doctor_has_action(cli, app, &has, err) == -1)
		return -1;
	if (has)
		return doctor_ask(cli, app, all, err);
	error_set(err, ERROR_CONFLICT,
	    "the charm of application \"%s\" has no action doctor", app);
	return error_hint(err,
	    "\"tenon why %s\" says what keeps it; \"tenon doctor\" looks at "
	    "those that have",
	    app);
}

static int
doctor_look(struct cli *cli, const struct args *args, json_t *all,
    struct error *err)
{
	json_auto_t *reply = NULL;

	if (args->n > 0)
		return doctor_application(cli, args->v[0], all, err);
	if (cli_get(cli, "/v1/doctor", &reply, err) == -1)
		return -1;
	doctor_take(all, "host", json_child(reply, "findings", JSON_ARRAY));
	return doctor_applications(cli, all, err);
}

static int
doctor_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *all = json_array();
	autostrbuf sb = { 0 };
	int rc;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    doctor_look(cli, args, all, err) == -1)
		return -1;
	if (strcmp(format, "tabular") != 0) {
		rc = cli_emit(cli, all, format, err);
	} else {
		doctor_render(all, &sb);
		rc = cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	if (rc != 0)
		return rc;
	return doctor_count(all, "error") > 0 ? 1 : 0;
}
