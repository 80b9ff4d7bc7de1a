/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/follow.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/status.h"

#define WAIT_REDRAW_MS 200
#define WAIT_TELL_MS   (10 * 1000)

struct wait {
	struct follow follow; /* First: look() gets its address. */
	struct progress progress;
	json_t *status; /* The last one seen. */
	size_t drawn;   /* Lines on the terminal that will be replaced. */
	bool is_tty, is_quiet;
};

static size_t
wait_count_lines(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Ended steps stay on the terminal; those below are drawn over. */
static void
wait_draw(struct wait *w, const char *ended)
{
	autostrbuf sb = { 0 }, cut = { 0 };

	if (w->is_quiet)
		return;
	if (!w->is_tty) {
		strbuf_adds(&sb, ended);
		progress_long(&w->progress, clock_wall_ms(), WAIT_TELL_MS, &sb);
		(void)fputs(strbuf_cstr(&sb), stderr);
		return;
	}
	progress_running(&w->progress, clock_wall_ms(), &sb);
	if (w->drawn > 0)
		(void)fprintf(stderr, "\033[%zuA\033[J", w->drawn);
	(void)fputs(ended, stderr);
	/* A line that wraps would be two to go up over. */
	screen_cut(strbuf_cstr(&sb), screen_columns(STDERR_FILENO), &cut);
	(void)fputs(strbuf_cstr(&cut), stderr);
	w->drawn = wait_count_lines(strbuf_cstr(&cut));
}

static int
wait_look(struct follow *f, enum follow_why why, struct error *err)
{
	struct wait *w = container_of(f, struct wait, follow);
	autofree char *path = cli_path(f->cli, "status");
	autostrbuf ended = { 0 };
	json_t *status = NULL;

	if (why == FOLLOW_CHANGED) {
		if (client_call(f->cli->client, path, NULL, &status, err) == -1)
			return -1;
		json_decref(w->status);
		w->status = status;
		progress_update(&w->progress, status, &ended);
	}
	wait_draw(w, strbuf_cstr(&ended));
	return 0;
}

/* How it ended, a line for each unit; 1 if one of them is in error. */
static int
wait_conclude(struct wait *w)
{
	const char *app_name, *name;
	json_t *app, *unit;
	int rc = 0;

	if (w->drawn > 0)
		(void)fprintf(stderr, "\033[%zuA\033[J", w->drawn);
	json_object_foreach(json_child(w->status, "applications", JSON_OBJECT),
	    app_name, app) {
		if (!progress_is_about(w->progress.applications, app_name))
			continue;
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit) {
			const char *state = status_unit_workload(unit);
			autostrbuf message = { 0 };

			status_unit_message(unit, &message);
			cli_say(w->follow.cli, "%s  %s%s%s", name, state,
			    message.len > 0 ? "  " : "", strbuf_cstr(&message));
			if (strcmp(state, "error") == 0)
				rc = 1;
		}
	}
	return rc;
}

static char *
wait_path(struct cli *cli, const json_t *reply, const char *const *applications,
    int64_t timeout_ms)
{
	autostrbuf sb = { 0 };

	strbuf_addf(&sb, "settled?generation=%lld",
	    (long long)json_int(reply, "generation", 0));
	if (applications != NULL && *applications != NULL) {
		autofree char *name = client_encode(*applications);

		strbuf_addf(&sb, "&application=%s", name);
	}
	if (timeout_ms > 0)
		strbuf_addf(&sb, "&timeout=%lld", (long long)timeout_ms);
	return cli_path(cli, "%s", strbuf_cstr(&sb));
}

int
progress_wait(struct cli *cli, const json_t *reply,
    const char *const *applications, struct error *err)
{
	struct wait w = { 0 };
	autofree char *until = NULL;
	int64_t timeout_ms = 0;
	int rc;

	if (args_duration(cli->args, "timeout", &timeout_ms, err) == -1)
		return -1;
	until = wait_path(cli, reply, applications, timeout_ms);
	w.follow = (struct follow){ .cli = cli,
		.until = until,
		.look = wait_look,
		.tick_ms = WAIT_REDRAW_MS };
	w.progress.applications = applications;
	w.is_tty = isatty(STDERR_FILENO) == 1;
	w.is_quiet = cli_is_quiet(cli);
	rc = follow_run(&w.follow, err);
	if (w.status != NULL && wait_conclude(&w) == 1 && rc == 0)
		rc = 1;
	progress_release(&w.progress);
	json_decref(w.follow.reply);
	json_decref(w.status);
	return rc;
}

int
progress_wait_if_asked(struct cli *cli, const json_t *reply,
    const char *const *applications, struct error *err)
{
	if (!args_has(cli->args, "wait"))
		return 0;
	return progress_wait(cli, reply, applications, err);
}
