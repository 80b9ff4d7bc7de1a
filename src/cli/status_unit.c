/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/status.h"
#include "cli/table.h"

const char *
status_of(const json_t *entity, const char *kind, const char *member)
{
	return json_text(json_child(entity, kind, JSON_OBJECT), member, "");
}

bool
status_is_empty(const json_t *status)
{
	static const char *const members[] = { "applications", "machines",
		"offers", "saas" };

	for (size_t i = 0; i < nitems(members); i++) {
		if (json_object_size(
			json_child(status, members[i], JSON_OBJECT)) > 0)
			return false;
	}
	return true;
}

void
status_add_absence(const json_t *status, const json_t *filtered, int npatterns,
    struct strbuf *sb)
{
	if (!status_is_empty(filtered))
		return;
	if (status_is_empty(status))
		strbuf_addf(sb, "\nModel \"%s\" is empty.\n",
		    json_text(json_child(status, "model", JSON_OBJECT), "name",
			""));
	else
		strbuf_addf(sb, "\nNothing matched specified filter%s.\n",
		    npatterns > 1 ? "s" : "");
}

static bool
status_agent_is(const json_t *unit, const char *state)
{
	return strcmp(status_of(unit, "agent", "current"), state) == 0;
}

const char *
status_unit_workload(const json_t *unit)
{
	return status_agent_is(unit, "error") ?
	    "error" :
	    status_of(unit, "workload", "current");
}

const char *
status_unit_agent(const json_t *unit)
{
	return status_agent_is(unit, "error") ?
	    "idle" :
	    status_of(unit, "agent", "current");
}

/* "running config-changed hook" and "running action get-password". */
static void
status_doing(const char *text, struct strbuf *sb)
{
	static const char running[] = "running ", action[] = "action ";
	const char *end;

	if (strncmp(text, running, sizeof running - 1) != 0)
		return;
	text += sizeof running - 1;
	if (strncmp(text, action, sizeof action - 1) == 0) {
		strbuf_addf(sb, "(%s) ", text + sizeof action - 1);
		return;
	}
	end = strstr(text, " hook");
	if (end != NULL)
		strbuf_addf(sb, "(%.*s) ", (int)(end - text), text);
}

void
status_unit_message(const json_t *unit, struct strbuf *sb)
{
	const char *agent = status_of(unit, "agent", "message");
	const char *workload = status_of(unit, "workload", "message");

	if (status_agent_is(unit, "error")) {
		strbuf_adds(sb, agent[0] != '\0' ? agent : workload);
		return;
	}
	if (status_agent_is(unit, "executing"))
		status_doing(agent, sb);
	if (workload[0] == '\0' && status_agent_is(unit, "allocating"))
		strbuf_adds(sb, agent);
	else
		strbuf_adds(sb, workload);
}

/* What begins at a character that is not the middle of another. */
static size_t
status_prefix(const char *text, size_t characters)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if (((unsigned char)text[len] & 0xc0) == 0x80)
			continue;
		if (characters-- == 0)
			break;
	}
	return len;
}

void
status_cut(const char *text, size_t max, struct strbuf *sb)
{
	if (table_text_width(text) <= max) {
		strbuf_adds(sb, text);
		return;
	}
	strbuf_addn(sb, text, status_prefix(text, max - strlen("...")));
	strbuf_adds(sb, "...");
}
