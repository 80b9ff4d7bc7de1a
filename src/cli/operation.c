/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/emit.h"
#include "cli/operation.h"

static json_t *
operation_timing(const json_t *what, enum timetext_form form)
{
	static const char *const order[] = { "enqueued", "started",
		"completed" };
	json_auto_t *timing = action_timing(what, form);
	json_t *sorted = json_object(), *time;

	for (size_t i = 0; i < nitems(order); i++) {
		time = json_object_get(timing, order[i]);
		if (time != NULL)
			json_object_set(sorted, order[i], time);
	}
	return sorted;
}

/* In a list only its unit and status are known. */
static json_t *
operation_task(const json_t *task, enum timetext_form form)
{
	json_t *document = json_object();
	const json_t *results = json_child(task, "results", JSON_OBJECT);
	const char *message = json_text(task, "message", "");

	json_put_text(document, "host",
	    json_text(task, "machine", json_text(task, "unit", "")));
	json_put_text(document, "status", json_text(task, "status", ""));
	if (results == NULL)
		return document;
	json_object_set_new(document, "timing", operation_timing(task, form));
	action_put_log(document, task, form);
	if (message[0] != '\0')
		json_put_text(document, "message", message);
	if (json_object_size(results) > 0) {
		json_auto_t *nested = action_nested(results);

		json_object_set_new(document, "results", emit_sorted(nested));
	}
	return document;
}

json_t *
operation_document(const json_t *operation, enum action_times times)
{
	enum timetext_form form = times == ACTION_UTC ? TIMETEXT_GO_UTC :
							TIMETEXT_GO;
	const json_t *params = json_child(operation, "params", JSON_OBJECT);
	json_t *document = json_object(), *tasks = json_object(), *action;
	const json_t *task;
	size_t i;

	json_put_text(document, "summary", json_text(operation, "summary", ""));
	json_put_text(document, "status", json_text(operation, "status", ""));
	action = json_pack("{s:s}", "name", json_text(operation, "action", ""));
	if (params != NULL)
		json_object_set_new(action, "parameters", emit_sorted(params));
	json_object_set_new(document, "action", action);
	json_object_set_new(document, "timing",
	    operation_timing(operation, form));
	json_array_foreach(json_child(operation, "tasks", JSON_ARRAY), i,
	    task) {
		autofree char *id = action_id(task, "id");

		json_object_set_new(tasks, id, operation_task(task, form));
	}
	json_object_set_new(document, "tasks", tasks);
	return document;
}

int
operation_emit(const struct cli *cli, const json_t *document,
    const char *format, struct error *err)
{
	autostrbuf sb = { 0 };

	if (strcmp(format, "json") == 0)
		emit_json(document, &sb);
	else
		emit_yaml(document, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
