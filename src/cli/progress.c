/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/progress.h"
#include "cli/status.h"

static struct progress_unit *
progress_find(struct progress *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->units[i].name, name) == 0)
			return &p->units[i];
	}
	return NULL;
}

static struct progress_unit *
progress_add(struct progress *p, const char *name)
{
	p->units = xrealloc(p->units, (p->n + 1) * sizeof *p->units);
	p->units[p->n] = (struct progress_unit){ .name = xstrdup(name) };
	return &p->units[p->n++];
}

static void
progress_line(const struct progress_unit *u, uint64_t now_ms, const char *still,
    struct strbuf *sb)
{
	char took[DURATION_TEXT_SIZE];

	duration_format((int64_t)(now_ms - u->since_ms), took);
	strbuf_addf(sb, "%s  %s%s%s  (%s%s)\n", u->name, u->state,
	    u->text[0] != '\0' ? "  " : "", u->text, took, still);
}

/* Active and blocked are where a unit stays, not steps that take their time. */
static bool
progress_is_step(const struct progress_unit *u)
{
	return u->state != NULL && strcmp(u->state, "active") != 0 &&
	    strcmp(u->state, "blocked") != 0;
}

/* What a unit is at; the agent's words where the charm has none. */
static const char *
progress_text(const json_t *unit)
{
	const char *text = status_of(unit, "workload", "message");
	const char *agent = status_of(unit, "agent", "message");

	if (strcmp(status_of(unit, "agent", "current"), "error") == 0)
		return agent;
	if (text[0] == '\0' &&
	    strcmp(status_unit_workload(unit), "active") != 0)
		return agent;
	return text;
}

static void
progress_update_unit(struct progress *p, const char *name, const json_t *unit,
    uint64_t now_ms, struct strbuf *sb)
{
	struct progress_unit *u = progress_find(p, name);
	const char *state = status_unit_workload(unit);
	const char *text = progress_text(unit);
	uint64_t since = clock_parse(status_of(unit, "workload", "since"));

	if (u == NULL)
		u = progress_add(p, name);
	else if (strcmp(u->state, state) == 0 && strcmp(u->text, text) == 0)
		return;
	if (since == 0)
		since = now_ms;
	if (progress_is_step(u))
		progress_line(u, since, "", sb);
	xreplace(&u->state, state);
	xreplace(&u->text, text);
	u->since_ms = since;
	u->told_ms = now_ms;
}

bool
progress_is_about(const char *const *applications, const char *name)
{
	if (applications == NULL || *applications == NULL)
		return true;
	while (*applications != NULL && strcmp(*applications, name) != 0)
		applications++;
	return *applications != NULL;
}

void
progress_update(struct progress *p, const json_t *status, struct strbuf *sb)
{
	uint64_t now_ms = clock_parse(json_text(status, "timestamp", ""));
	const char *app_name, *name;
	json_t *app, *unit;

	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app_name, app) {
		if (!progress_is_about(p->applications, app_name))
			continue;
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit)
			progress_update_unit(p, name, unit, now_ms, sb);
	}
}

void
progress_running(const struct progress *p, uint64_t now_ms, struct strbuf *sb)
{
	for (size_t i = 0; i < p->n; i++) {
		if (progress_is_step(&p->units[i]))
			progress_line(&p->units[i], now_ms, "", sb);
	}
}

void
progress_long(struct progress *p, uint64_t now_ms, uint64_t every_ms,
    struct strbuf *sb)
{
	for (size_t i = 0; i < p->n; i++) {
		struct progress_unit *u = &p->units[i];

		if (!progress_is_step(u) || now_ms < u->told_ms + every_ms)
			continue;
		progress_line(u, now_ms, " so far", sb);
		u->told_ms = now_ms;
	}
}

void
progress_release(struct progress *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->units[i].name);
		free(p->units[i].state);
		free(p->units[i].text);
	}
	free(p->units);
	memset(p, 0, sizeof *p);
}
