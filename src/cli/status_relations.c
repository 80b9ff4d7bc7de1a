/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/text.h"

#define RELATIONS_ID_COLUMN 4

struct status_row {
	const json_t *relation;
};

static int
relations_compare(const void *a, const void *b)
{
	const struct status_row *ra = a, *rb = b;
	int order = strcmp(json_text(ra->relation, "provider", ""),
	    json_text(rb->relation, "provider", ""));

	return order != 0 ? order :
			    strcmp(json_text(ra->relation, "requirer", ""),
				json_text(rb->relation, "requirer", ""));
}

/*
 * A state that is not "joined", and why. Of Juju 2.9 all cells are padded, of
 * 3 all but the last one.
 */
static void
relations_state(const json_t *relation, unsigned flags, struct table *t)
{
	const char *state = json_text(relation, "status", "");
	const char *why = json_text(relation, "message", "");
	autofree char *text = xasprintf(" - %s", why);

	if (strcmp(state, "joined") != 0 || *why != '\0')
		status_cell(t, state);
	if ((flags & STATUS_3) != 0) {
		table_cell(t, why, COLOUR_GREY);
		return;
	}
	if (*why != '\0')
		table_cell(t, text, COLOUR_GREY);
	table_cell(t, "", COLOUR_NONE);
}

static void
relations_row(const json_t *relation, unsigned flags, struct table *t)
{
	char id[24];

	(void)snprintf(id, sizeof id, "%lld",
	    (long long)json_int(relation, "id", 0));
	table_cell(t, json_text(relation, "provider", ""), COLOUR_NONE);
	table_cell(t, json_text(relation, "requirer", ""), COLOUR_NONE);
	table_cell(t, json_text(relation, "interface", ""), COLOUR_NONE);
	table_cell(t, json_text(relation, "type", ""), COLOUR_NONE);
	table_cell(t, id, COLOUR_NONE);
	relations_state(relation, flags, t);
	table_end_row(t);
}

void
status_relations(const json_t *relations, unsigned flags, struct strbuf *sb)
{
	size_t n = json_array_size(relations);
	autofree struct status_row *sorted = xcalloc(n + 1, sizeof *sorted);
	const char *const names[] = { (flags & STATUS_3) != 0 ?
		    "Integration provider" :
		    "Relation provider",
		"Requirer", "Interface", "Type", "ID", "Message", NULL };
	autotable t = { 0 };

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		sorted[i].relation = json_array_get(relations, i);
	qsort(sorted, n, sizeof *sorted, relations_compare);
	status_header(&t, flags, names);
	table_align_right(&t, RELATIONS_ID_COLUMN);
	for (size_t i = 0; i < n; i++)
		relations_row(sorted[i].relation, flags, &t);
	status_section(&t, flags, sb);
}

/* What is there, or an empty one of that kind. Borrowed. */
static json_t *
relations_slot(json_t *object, const char *key, json_type type)
{
	json_t *slot = json_child(object, key, type);

	if (slot != NULL)
		return slot;
	slot = type == JSON_ARRAY ? json_array() : json_object();
	json_object_set_new(object, key, slot);
	return slot;
}

/* Put the relation of "near" = "app:endpoint" where it belongs. */
static void
relations_put(json_t *related, const json_t *relation, const char *near,
    const char *far)
{
	const char *endpoint = strchr(near, ':');
	autofree char *app = text_part(near, strcspn(near, ":"));
	autofree char *other = text_part(far, strcspn(far, ":"));
	const char *type = json_text(relation, "type", "");
	const char *state = json_text(relation, "status", "");
	const char *why = json_text(relation, "message", "");
	json_t *list, *entry;

	if (endpoint == NULL)
		return;
	list = relations_slot(relations_slot(related, app, JSON_OBJECT),
	    endpoint + 1, JSON_ARRAY);
	entry = json_pack("{s:s, s:s, s:s, s:I}", "related-application", other,
	    "interface", json_text(relation, "interface", ""), "scope",
	    strcmp(type, "subordinate") == 0 ? "container" : "global",
	    "relation-id", (json_int_t)json_int(relation, "id", 0));
	if (strcmp(state, "joined") != 0 || why[0] != '\0')
		json_put_text(entry, "status", state);
	if (why[0] != '\0')
		json_put_text(entry, "message", why);
	json_array_append_new(list, entry);
}

json_t *
status_related(const json_t *relations)
{
	json_t *related = json_object();
	const json_t *relation;
	size_t i;

	json_array_foreach(relations, i, relation) {
		const char *p = json_text(relation, "provider", "");
		const char *r = json_text(relation, "requirer", "");

		relations_put(related, relation, p, r);
		if (strcmp(p, r) != 0)
			relations_put(related, relation, r, p);
	}
	return related;
}
