/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/compat.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/timetext.h"

#define STATUS_VERSION_MAX 15
#define STATUS_MESSAGE_MAX 120

static const struct {
	const char *word;
	enum colour colour;
} status_colours[] = {
	{ "active", COLOUR_GREEN },
	{ "running", COLOUR_GREEN },
	{ "idle", COLOUR_GREEN },
	{ "started", COLOUR_GREEN },
	{ "executing", COLOUR_GREEN },
	{ "allocating", COLOUR_YELLOW },
	{ "lost", COLOUR_YELLOW },
	{ "maintenance", COLOUR_YELLOW },
	{ "pending", COLOUR_YELLOW },
	{ "rebooting", COLOUR_YELLOW },
	{ "stopped", COLOUR_YELLOW },
	{ "unknown", COLOUR_YELLOW },
	{ "blocked", COLOUR_RED },
	{ "down", COLOUR_RED },
	{ "error", COLOUR_RED },
	{ "failed", COLOUR_RED },
	{ "terminated", COLOUR_RED },
};

static enum colour
status_colour(const char *word)
{
	for (size_t i = 0; i < nitems(status_colours); i++) {
		if (strcmp(word, status_colours[i].word) == 0)
			return status_colours[i].colour;
	}
	return COLOUR_NONE;
}

void
status_cell(struct table *t, const char *word)
{
	table_cell(t, word, status_colour(word));
}

void
status_header(struct table *t, unsigned flags, const char *const *names)
{
	for (; *names != NULL; names++)
		table_cell(t, *names,
		    (flags & STATUS_3) != 0 ? COLOUR_BOLD : COLOUR_NONE);
	table_end_row(t);
}

void
status_section(const struct table *t, unsigned flags, struct strbuf *sb)
{
	if (sb->len > 0)
		strbuf_addc(sb, '\n');
	table_render(t,
	    (flags & STATUS_COLOUR) != 0 ? TABLE_COLOUR : TABLE_PLAIN, sb);
}

static void
status_model(const json_t *status, unsigned flags, struct strbuf *sb)
{
	const json_t *m = json_child(status, "model", JSON_OBJECT);
	const char *cloud = json_text(m, "cloud", "");
	const char *region = json_text(m, "region", "");
	autofree char *place = xasprintf("%s%s%s", cloud,
	    region[0] != '\0' ? "/" : "", region);
	enum timetext_form form = (flags & STATUS_UTC) != 0 ?
	    TIMETEXT_CLOCK_UTC :
	    TIMETEXT_CLOCK;
	enum colour head = (flags & STATUS_3) != 0 ? COLOUR_BOLD : COLOUR_NONE;
	char time[TIMETEXT_SIZE];
	const char *const columns[][2] = {
		{ "Model", json_text(m, "name", "") },
		{ "Controller", json_text(m, "controller", "") },
		{ "Cloud/Region", place },
		{ "Version", json_text(m, "version", "") },
		{ "SLA", json_text(m, "sla", "") },
		{ "Timestamp",
		    timetext(json_text(status, "timestamp", NULL), form,
			time) },
		{ "Notes", status_of(m, "status", "message") },
	};
	autotable t = { 0 };

	for (size_t row = 0; row < 2; row++) {
		for (size_t i = 0; i < nitems(columns); i++) {
			if (columns[i][1][0] != '\0')
				table_cell(&t, columns[i][row],
				    row == 0 ? head : COLOUR_NONE);
		}
		table_end_row(&t);
	}
	status_section(&t, flags, sb);
}

/* "2", or "1/2" while not every unit has a running agent. */
static void
status_scale(const json_t *app, struct table *t)
{
	json_t *units = json_child(app, "units", JSON_OBJECT), *unit;
	size_t all = json_object_size(units), up = 0;
	char text[48];
	const char *name;

	json_object_foreach(units, name, unit) {
		const char *agent = status_unit_agent(unit);

		up += strcmp(agent, "idle") == 0 ||
		    strcmp(agent, "executing") == 0;
	}
	if (up < all)
		(void)snprintf(text, sizeof text, "%zu/%zu", up, all);
	else
		(void)snprintf(text, sizeof text, "%zu", all);
	table_cell(t, text, up < all ? COLOUR_YELLOW : COLOUR_NONE);
}

static void
status_version(const char *version, struct table *t)
{
	autostrbuf line = { 0 }, sb = { 0 };

	strbuf_addn(&line, version, strcspn(version, "\n"));
	status_cut(strbuf_cstr(&line), STATUS_VERSION_MAX, &sb);
	table_cell(t, strbuf_cstr(&sb), COLOUR_NONE);
}

/* Juju 3 cuts messages, so that a table stays a table. */
static void
status_message(const char *message, unsigned flags, struct table *t)
{
	autostrbuf sb = { 0 };

	status_cut(message,
	    (flags & STATUS_3) != 0 ? STATUS_MESSAGE_MAX : SIZE_MAX, &sb);
	table_cell(t, strbuf_cstr(&sb), COLOUR_GREY);
	table_end_row(t);
}

static void
status_app(const char *name, const json_t *app, unsigned flags, struct table *t)
{
	const char *origin = json_text(app, "charm-origin", "");
	char rev[24];

	(void)snprintf(rev, sizeof rev, "%lld",
	    (long long)json_int(app, "charm-rev", 0));
	table_cell(t, name, COLOUR_NONE);
	status_version(json_text(app, "version", ""), t);
	status_cell(t, status_of(app, "status", "current"));
	status_scale(app, t);
	table_cell(t, json_text(app, "charm", ""), COLOUR_NONE);
	table_cell(t,
	    strcmp(origin, "local") == 0 ? "" : json_text(app, "channel", ""),
	    COLOUR_NONE);
	table_cell(t, rev, COLOUR_NONE);
	table_cell(t, json_bool(app, "exposed", false) ? "yes" : "no",
	    COLOUR_NONE);
	status_message(status_of(app, "status", "message"), flags, t);
}

static void
status_apps(json_t *apps, unsigned flags, struct strbuf *sb)
{
	static const char *const names[] = { "App", "Version", "Status",
		"Scale", "Charm", "Channel", "Rev", "Exposed", "Message",
		NULL };
	autotable t = { 0 };
	const char *name;
	json_t *app;

	if (json_object_size(apps) == 0)
		return;
	status_header(&t, flags, names);
	table_align_right(&t, 3);
	if ((flags & STATUS_3) != 0)
		table_align_right(&t, 6);
	json_object_foreach(apps, name, app)
		status_app(name, app, flags, &t);
	status_section(&t, flags, sb);
}

static void
status_unit(const char *name, const json_t *unit, unsigned flags,
    struct table *t)
{
	autofree char *starred = xasprintf("%s%s", name,
	    json_bool(unit, "leader", false) ? "*" : "");
	autostrbuf ports = { 0 }, message = { 0 };

	status_unit_ports(unit, flags, &ports);
	status_unit_message(unit, &message);
	table_cell(t, starred, COLOUR_NONE);
	status_cell(t, status_unit_workload(unit));
	status_cell(t, status_unit_agent(unit));
	table_cell(t, json_text(unit, "machine", ""), COLOUR_NONE);
	table_cell(t, json_text(unit, "address", ""), COLOUR_CYAN);
	table_cell(t, strbuf_cstr(&ports), COLOUR_MAGENTA);
	status_message(strbuf_cstr(&message), flags, t);
}

static void
status_units(json_t *apps, unsigned flags, struct strbuf *sb)
{
	static const char *const names[] = { "Unit", "Workload", "Agent",
		"Machine", "Public address", "Ports", "Message", NULL };
	const char *app_name, *name;
	autotable t = { 0 };
	json_t *app, *unit;

	status_header(&t, flags, names);
	json_object_foreach(apps, app_name, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit)
			status_unit(name, unit, flags, &t);
	}
	if (t.rows > 1)
		status_section(&t, flags, sb);
}

static void
status_machine(const char *id, const json_t *m, unsigned flags, struct table *t)
{
	const char *series = json_text(m, "series", "");
	struct compat_base base = compat_base(series);
	autofree char *name = xasprintf("%s%s%s", base.name,
	    base.channel[0] != '\0' ? "@" : "", base.channel);

	table_cell(t, id, COLOUR_NONE);
	status_cell(t, json_text(m, "state", ""));
	table_cell(t, json_text(m, "address", ""), COLOUR_CYAN);
	table_cell(t, json_text(m, "instance-id", ""), COLOUR_NONE);
	table_cell(t, (flags & STATUS_3) != 0 ? name : series, COLOUR_NONE);
	table_cell(t, "", COLOUR_NONE);
	status_message(json_text(m, "message", ""), flags, t);
}

void
status_machines(json_t *machines, unsigned flags, struct strbuf *sb)
{
	const char *const names[] = { "Machine", "State", "Address", "Inst id",
		(flags & STATUS_3) != 0 ? "Base" : "Series", "AZ", "Message",
		NULL };
	autotable t = { 0 };
	const char *id;
	json_t *m;

	if (json_object_size(machines) == 0)
		return;
	status_header(&t, flags, names);
	json_object_foreach(machines, id, m)
		status_machine(id, m, flags, &t);
	status_section(&t, flags, sb);
}

void
status_table(const json_t *status, unsigned flags, struct strbuf *sb)
{
	json_t *apps = json_child(status, "applications", JSON_OBJECT);

	status_model(status, flags, sb);
	status_saas(json_child(status, "saas", JSON_OBJECT), flags, sb);
	status_apps(apps, flags, sb);
	status_units(apps, flags, sb);
	status_machines(json_child(status, "machines", JSON_OBJECT), flags, sb);
	status_offers(json_child(status, "offers", JSON_OBJECT), flags, sb);
	if ((flags & STATUS_RELATIONS) != 0)
		status_relations(json_child(status, "relations", JSON_ARRAY),
		    flags, sb);
}
