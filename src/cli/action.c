/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/emit.h"
#include "cli/text.h"
#include "cli/timetext.h"

char *
action_unit_tag(const char *unit)
{
	char *tag = xasprintf("unit-%s", unit);
	char *slash = strrchr(tag, '/');

	if (slash != NULL)
		*slash = '-';
	return tag;
}

char *
action_id(const json_t *object, const char *key)
{
	const json_t *id = json_object_get(object, key);

	if (json_is_integer(id))
		return xasprintf("%" JSON_INTEGER_FORMAT,
		    json_integer_value(id));
	return xstrdup(json_text(object, key, ""));
}

/* `what` is the path that leads to it: "tasks/20". */
static int
action_wait_for(struct cli *cli, const char *what, int64_t *left_ms,
    json_t **task, struct error *err)
{
	autofree char *path = NULL, *look = NULL;
	uint64_t start = clock_mono_ms();
	struct error why = { 0 };
	int rc;

	if (*left_ms < 0)
		path = cli_path(cli, "%s?wait=true", what);
	else
		path = cli_path(cli, "%s?wait=true&timeout=%" PRId64, what,
		    *left_ms > 0 ? *left_ms : 1);
	rc = cli_get(cli, path, task, &why);
	if (*left_ms >= 0) {
		*left_ms -= (int64_t)(clock_mono_ms() - start);
		if (*left_ms < 0)
			*left_ms = 0;
	}
	if (rc == 0)
		return 0;
	if (why.code != ERROR_TIMEOUT) {
		*err = why;
		return -1;
	}
	look = cli_path(cli, "%s", what);
	return cli_get(cli, look, task, err) == -1 ? -1 : 1;
}

int
action_wait(struct cli *cli, const char *id, int64_t *left_ms, json_t **task,
    struct error *err)
{
	autofree char *segment = client_encode(id);
	autofree char *what = xasprintf("tasks/%s", segment);

	return action_wait_for(cli, what, left_ms, task, err);
}

int
action_check_id(const char *id, const char *kind, struct error *err)
{
	if (id[0] != '\0' && id[strspn(id, "0123456789")] == '\0')
		return 0;
	return error_set(err, ERROR_USAGE, "%s ID \"%s\" not valid", kind, id);
}

int
action_look(struct cli *cli, const char *what, json_t **found,
    struct error *err)
{
	autofree char *path = cli_path(cli, "%s", what);
	int64_t left_ms = args_has(cli->args, "watch") ? -1 : 0;

	if (args_duration(cli->args, "wait", &left_ms, err) == -1)
		return -1;
	if (left_ms == 0)
		return cli_get(cli, path, found, err);
	return action_wait_for(cli, what, &left_ms, found, err);
}

int
action_show(struct cli *cli, const char *id, json_t **task, struct error *err)
{
	autofree char *what = xasprintf("tasks/%s", id);
	const char *kind = strcmp(cli->cmd->name, "show-task") == 0 ? "task" :
								      "action";

	if (action_check_id(id, kind, err) == -1)
		return -1;
	return action_look(cli, what, task, err);
}

static void
action_nest(json_t *into, const char *key, json_t *value)
{
	const char *dot = strchr(key, '.');
	autofree char *head = NULL;
	json_t *below;

	if (dot == NULL) {
		json_object_set(into, key, value);
		return;
	}
	head = text_part(key, (size_t)(dot - key));
	below = json_child(into, head, JSON_OBJECT);
	if (below == NULL) {
		below = json_object();
		json_object_set_new(into, head, below);
	}
	action_nest(below, dot + 1, value);
}

/* Keys with dots are paths. */
json_t *
action_nested(const json_t *results)
{
	json_t *nested = json_object(), *value;
	const char *key;

	json_object_foreach(text_json(results), key, value)
		action_nest(nested, key, value);
	return nested;
}

json_t *
action_results(const json_t *task)
{
	json_t *results = action_nested(
	    json_child(task, "results", JSON_OBJECT));

	json_object_del(results, "return-code");
	json_object_del(results, "stdout");
	json_object_del(results, "stderr");
	return results;
}

int64_t
action_return_code(const json_t *task)
{
	const json_t *results = json_child(task, "results", JSON_OBJECT);
	const char *text = json_text(results, "return-code", NULL);

	return text != NULL ? strtoll(text, NULL, 10) :
			      json_int(results, "return-code", 0);
}

json_t *
action_timing(const json_t *task, enum timetext_form form)
{
	static const char *const members[] = { "completed", "enqueued",
		"started" };
	json_t *timing = json_object();

	for (size_t i = 0; i < nitems(members); i++) {
		char time[TIMETEXT_SIZE];

		timetext(json_text(task, members[i], NULL), form, time);
		if (time[0] != '\0')
			json_put_text(timing, members[i], time);
	}
	return timing;
}

void
action_put_log(json_t *document, const json_t *task, enum timetext_form form)
{
	const json_t *entries = json_child(task, "log", JSON_ARRAY), *entry;
	json_t *lines;
	size_t i;

	if (json_array_size(entries) == 0)
		return;
	lines = json_array();
	json_array_foreach(entries, i, entry) {
		char time[TIMETEXT_SIZE];
		autofree char *line = xasprintf("%s %s",
		    timetext(json_text(entry, "time", NULL), form, time),
		    json_text(entry, "message", ""));

		json_array_append_new(lines, json_string(line));
	}
	json_object_set_new(document, "log", lines);
}

static json_t *
action_common(const json_t *task, const char *unit_key, enum timetext_form form)
{
	json_t *document = json_object();
	autofree char *id = action_id(task, "id");
	const char *message = json_text(task, "message", "");

	json_put_text(document, unit_key, json_text(task, "unit", ""));
	json_put_text(document, "id", id);
	action_put_log(document, task, form);
	if (message[0] != '\0')
		json_put_text(document, "message", message);
	json_put_text(document, "status", json_text(task, "status", ""));
	json_object_set_new(document, "timing", action_timing(task, form));
	return document;
}

json_t *
action_document(const json_t *task)
{
	json_t *document = action_common(task, "UnitId", TIMETEXT_GO_UTC);
	json_t *results = action_nested(
	    json_child(task, "results", JSON_OBJECT));

	/* Juju 2.9 tells how a program ended only if it ended badly. */
	if (action_return_code(task) == 0)
		json_object_del(results, "return-code");
	if (json_object_size(results) > 0)
		json_object_set_new(document, "results", results);
	else
		json_decref(results);
	return document;
}

json_t *
action_document3(const json_t *task, enum action_times times)
{
	json_t *document = action_common(task, "unit",
	    times == ACTION_UTC ? TIMETEXT_GO_UTC : TIMETEXT_GO);
	json_t *results = action_nested(
	    json_child(task, "results", JSON_OBJECT));

	json_object_set_new(results, "return-code",
	    json_integer(action_return_code(task)));
	json_object_set_new(document, "results", results);
	return document;
}

json_t *
action_statuses(const json_t *tasks)
{
	json_t *list = json_array();
	const json_t *task;
	size_t i;

	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");
		char completed[TIMETEXT_SIZE];

		timetext(json_text(task, "completed", NULL), TIMETEXT_PLAIN,
		    completed);
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s, s:s}", "action",
			json_text(task, "action", ""), "completed at",
			completed[0] != '\0' ? completed : "n/a", "id", id,
			"status", json_text(task, "status", ""), "unit",
			json_text(task, "unit", "")));
	}
	return json_pack("{s:o}", "actions", list);
}

void
action_plain(const json_t *task, struct strbuf *sb)
{
	const json_t *all = json_child(task, "results", JSON_OBJECT);
	json_auto_t *results = action_results(task);
	json_auto_t *sorted = emit_sorted(results);
	autofree char *id = action_id(task, "id");

	if (strcmp(json_text(task, "status", ""), "failed") == 0)
		strbuf_addf(sb, "Action id %s failed: %s\n", id,
		    json_text(task, "message", ""));
	if (json_object_size(sorted) > 0)
		emit_yaml(sorted, sb);
	strbuf_addc(sb, '\n');
	strbuf_adds(sb, json_text(all, "stdout", ""));
	strbuf_adds(sb, json_text(all, "stderr", ""));
}
