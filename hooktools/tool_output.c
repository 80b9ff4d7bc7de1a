/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/emit.h"
#include "tool.h"

/* As Juju's "smart": texts bare, booleans as Python has them. */
static void
smart(const json_t *value, struct strbuf *sb)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value)) {
		strbuf_addf(sb, "%s\n", json_string_value(value));
	} else if (json_is_boolean(value)) {
		strbuf_adds(sb, json_is_true(value) ? "True\n" : "False\n");
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item)
			smart(item, sb);
	} else if (!json_is_null(value)) {
		emit_yaml(value, sb);
		if (sb->len > 0 && sb->buf[sb->len - 1] != '\n')
			strbuf_addc(sb, '\n');
	}
}

/* What --include-data and --application make of {status, message}. */
static json_t *
pick_status(const struct args *args, const json_t *value)
{
	const char *application = args_text(args, "application", "false");
	const char *status = json_text(value, "status", "");
	json_t *all;

	if (!args_has(args, "include-data"))
		return json_string(status);
	all = json_pack("{s:s, s:s, s:{}}", "message",
	    json_text(value, "message", ""), "status", status, "status-data");
	if (strchr("fF0", application[0]) != NULL && application[0] != '\0')
		return all;
	json_object_set_new(all, "units", json_object());
	return json_pack("{s:o}", "application-status", all);
}

static json_t *
first_address(const json_t *value)
{
	const json_t *binding =
	    json_array_get(json_child(value, "bind-addresses", JSON_ARRAY), 0);
	const json_t *address = json_array_get(json_child(binding, "addresses",
						   JSON_ARRAY),
	    0);

	return json_object_get(address, "value");
}

/* One flag picks a value, several make an object; none is all. */
static json_t *
pick_network(const struct args *args, const json_t *value)
{
	const struct {
		const char *flag;
		json_t *value;
	} picks[] = {
		{ "bind-address", first_address(value) },
		{ "primary-address", first_address(value) },
		{ "ingress-address",
		    json_array_get(json_object_get(value, "ingress-addresses"),
			0) },
		{ "egress-subnets", json_object_get(value, "egress-subnets") },
	};
	json_t *picked = json_object(), *only = NULL;

	for (size_t i = 0; i < nitems(picks); i++) {
		if (!args_has(args, picks[i].flag))
			continue;
		only = picks[i].value;
		json_object_set(picked, picks[i].flag, only);
	}
	if (json_object_size(picked) > 1)
		return picked;
	json_decref(picked);
	return only != NULL ? json_incref(only) : json_deep_copy(value);
}

char *
tool_text(const struct tool *t, const struct args *args, const json_t *value,
    struct error *err)
{
	const char *format = args_text(args, "format", "smart");
	json_auto_t *shown = NULL, *sorted = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, "smart|yaml|json", err) == -1)
		return NULL;
	if (t->output == TOOL_SILENT)
		return xstrdup("");
	if (t->output == TOOL_STATUS)
		shown = pick_status(args, value);
	else if (t->output == TOOL_NETWORK)
		shown = pick_network(args, value);
	else
		shown = value != NULL ? json_deep_copy(value) : json_null();
	sorted = json_is_object(shown) ? emit_sorted(shown) :
					 json_incref(shown);
	if (strcmp(format, "json") == 0)
		emit_json(sorted, &sb);
	else if (strcmp(format, "yaml") == 0)
		emit_yaml(sorted, &sb);
	else
		smart(sorted, &sb);
	return xstrdup(strbuf_cstr(&sb));
}
