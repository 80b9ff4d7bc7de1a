/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/follow.h"
#include "cli/screen.h"
#include "cli/status.h"
#include "cli/watch.h"

#define WATCH_MIN_MS 100

struct watch {
	struct follow follow;
	struct screen screen;
	const char *path;
	watch_render *render;
	unsigned flags;
	json_t *shown; /* The last status, without its time. */
};

/* Whether anything but the time has changed since the last call. */
static bool
watch_has_changed(struct watch *w, const json_t *filtered)
{
	json_t *bare = json_deep_copy(filtered);

	json_object_del(bare, "timestamp");
	json_object_del(bare, "generation");
	if (w->shown != NULL && json_equal(w->shown, bare)) {
		json_decref(bare);
		return false;
	}
	json_decref(w->shown);
	w->shown = bare;
	return true;
}

/* Not through cli_get(): looking must not start tenond again. */
static int
watch_fetch(struct watch *w, json_t **status, struct error *err)
{
	struct cli *cli = w->follow.cli;
	struct error why = { 0 };

	if (client_call(cli->client, w->path, NULL, status, &why) == 0)
		return 0;
	if (why.code == ERROR_UNAVAILABLE)
		return 1;
	*err = why;
	return -1;
}

static void
watch_show_lost(struct watch *w)
{
	autostrbuf sb = { 0 };

	if (!w->screen.is_tty || w->screen.shown == NULL)
		return;
	strbuf_adds(&sb, "The controller does not answer; trying again\n\n");
	if (strncmp(w->screen.shown, strbuf_cstr(&sb), sb.len) == 0)
		return;
	strbuf_adds(&sb, w->screen.shown);
	screen_show(&w->screen, strbuf_cstr(&sb));
}

static int
watch_look(struct follow *f, enum follow_why why, struct error *err)
{
	struct watch *w = container_of(f, struct watch, follow);
	json_auto_t *status = NULL, *filtered = NULL;
	autostrbuf sb = { 0 };
	int rc;

	if (why == FOLLOW_GONE)
		return 0;
	rc = why == FOLLOW_LOST ? 1 : watch_fetch(w, &status, err);
	if (rc == -1)
		return -1;
	if (rc == 1) {
		watch_show_lost(w);
		return 0;
	}
	filtered = status_filter(status, f->cli->args->v);
	if (!watch_has_changed(w, filtered) && !w->screen.is_tty)
		return 0;
	w->render(filtered, w->flags, &sb);
	status_add_absence(status, filtered, f->cli->args->n, &sb);
	screen_show(&w->screen, strbuf_cstr(&sb));
	return 0;
}

static int
watch_input(struct follow *f, int fd, struct error *err)
{
	struct watch *w = container_of(f, struct watch, follow);

	(void)err;
	switch (screen_read(&w->screen, fd)) {
	case SCREEN_QUIT:
		return 1;
	case SCREEN_RESIZED:
		screen_redraw(&w->screen);
		break;
	case SCREEN_NOTHING:
		break;
	}
	return 0;
}

int
watch_run(struct cli *cli, const char *path, watch_render *render,
    unsigned flags, int64_t every_ms, struct error *err)
{
	struct watch w = { .path = path, .render = render, .flags = flags };
	int rc;

	if (screen_open(&w.screen, err) == -1)
		return -1;
	if (every_ms < WATCH_MIN_MS)
		every_ms = WATCH_MIN_MS;
	w.follow = (struct follow){
		.cli = cli,
		.loss = FOLLOW_RECONNECT,
		.tick_ms = w.screen.is_tty ? every_ms : 0,
		.look = watch_look,
		.input = watch_input,
		.inputs = { w.screen.signals, STDIN_FILENO },
		.ninputs = w.screen.has_keys ? 2 : 1,
	};
	rc = follow_run(&w.follow, err);
	screen_close(&w.screen);
	json_decref(w.shown);
	return rc;
}
