/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/emit.h"
#include "cli/status.h"
#include "cli/table.h"

static void
lines_unit(const char *name, const json_t *unit, struct strbuf *sb)
{
	const json_t *port;
	size_t i;

	strbuf_addf(sb, "\n- %s: %s (agent:%s, workload:%s)", name,
	    json_text(unit, "address", ""), status_unit_agent(unit),
	    status_unit_workload(unit));
	json_array_foreach(json_child(unit, "ports", JSON_ARRAY), i, port)
		strbuf_addf(sb, "%s%s", i > 0 ? "," : " ",
		    json_string_value(port));
}

void
status_oneline(const json_t *status, struct strbuf *sb)
{
	const char *app_name, *name;
	json_t *app, *unit;

	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app_name, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit)
			lines_unit(name, unit, sb);
	}
	strbuf_addc(sb, '\n');
}

static void
lines_count(json_t *counts, const char *key)
{
	json_object_set_new(counts, key,
	    json_integer(json_int(counts, key, 0) + 1));
}

static void
lines_put_counts(struct table *t, const char *title, size_t n,
    const json_t *counts)
{
	json_auto_t *sorted = emit_sorted(counts);
	char text[24];
	const char *key;
	json_t *count;

	(void)snprintf(text, sizeof text, "(%zu)", n);
	table_row(t, title, text, "");
	json_object_foreach(sorted, key, count) {
		autofree char *label = xasprintf("%s:", key);

		(void)snprintf(text, sizeof text, "%lld",
		    (long long)json_integer_value(count));
		table_row(t, label, text, "");
	}
	table_row(t, "", "", "");
}

static void
lines_collect(json_t *apps, json_t *states, json_t *ports, size_t *n)
{
	const char *app_name, *name;
	json_t *app, *unit, *port;
	size_t i;

	json_object_foreach(apps, app_name, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit) {
			lines_count(states, status_unit_workload(unit));
			json_array_foreach(json_child(unit, "ports",
					       JSON_ARRAY),
			    i, port)
				lines_count(ports, json_string_value(port));
			(*n)++;
		}
	}
}

static void
lines_put_apps(struct table *t, json_t *apps)
{
	char text[48];
	const char *name;
	json_t *app;

	(void)snprintf(text, sizeof text, "(%zu)", json_object_size(apps));
	table_row(t, "# Applications:", text, "");
	json_object_foreach(apps, name, app) {
		json_t *units = json_child(app, "units", JSON_OBJECT), *unit;
		const char *unit_name;
		size_t active = 0;

		json_object_foreach(units, unit_name, unit)
			active += strcmp(status_unit_workload(unit),
				      "active") == 0;
		(void)snprintf(text, sizeof text, "%zu/%zu", active,
		    json_object_size(units));
		table_row(t, name, text,
		    json_bool(app, "exposed", false) ? "exposed" : "");
	}
}

void
status_summary(const json_t *status, struct strbuf *sb)
{
	json_t *apps = json_child(status, "applications", JSON_OBJECT);
	json_t *machines = json_child(status, "machines", JSON_OBJECT), *m;
	json_auto_t *states = json_object(), *ports = json_object();
	json_auto_t *machine_states = json_object(), *sorted = NULL;
	autostrbuf used = { 0 };
	autotable t = { 0 };
	const char *key;
	size_t units = 0;

	json_object_foreach(machines, key, m)
		lines_count(machine_states, json_text(m, "state", ""));
	lines_collect(apps, states, ports, &units);
	sorted = emit_sorted(ports);
	json_object_foreach(sorted, key, m)
		strbuf_addf(&used, "%s%s", used.len > 0 ? ", " : "", key);
	table_row(&t, "Utilizing ports:", strbuf_cstr(&used));
	table_row(&t, "");
	table_align_right(&t, 0);
	lines_put_counts(&t, "# Machines:", json_object_size(machines),
	    machine_states);
	lines_put_counts(&t, "# Units:", units, states);
	lines_put_apps(&t, apps);
	table_render(&t, TABLE_PLAIN, sb);
}
