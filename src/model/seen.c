/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/tree.h"

struct seen_relation *
unit_seen(const struct unit *u, int64_t relation)
{
	struct seen_relation *seen = seen_find_any(u, relation);

	return seen == NULL || seen->entity.deleted ? NULL : seen;
}

struct seen_relation *
seen_relation_add(struct unit *u, int64_t relation)
{
	struct seen_relation *seen = seen_find_any(u, relation);

	if (seen == NULL) {
		seen = seen_make(u, relation);
		seen->entity.fresh = true;
	} else if (seen->entity.deleted) {
		/* It was to go with this commit: it stays, as a new one. */
		seen->entity.deleted = false;
		seen_clear(seen);
	}
	entity_touch(&seen->entity);
	return seen;
}

void
seen_relation_delete(struct seen_relation *seen)
{
	entity_delete(&seen->entity);
}

static void
clear_deferred(struct seen_relation *seen)
{
	xreplace(&seen->deferred_title, NULL);
	xreplace(&seen->deferred_reason, NULL);
	seen->deferred_at_ms = 0;
	seen->deferred_after_ms = 0;
}

void
seen_forget_deferred(struct seen_relation *seen)
{
	if (seen->deferred_title == NULL)
		return;
	clear_deferred(seen);
	entity_touch(&seen->entity);
}

void
seen_clear(struct seen_relation *seen)
{
	struct seen_member *m, *next;

	TAILQ_FOREACH_SAFE(m, &seen->members, entry, next) {
		free(m->unit);
		free(m);
	}
	TAILQ_INIT(&seen->members);
	seen->app_version = 0;
	clear_deferred(seen);
}

void
seen_free(struct seen_relation *seen)
{
	seen_clear(seen);
	RB_REMOVE(seen_tree, &seen->unit->local.relations, seen);
	free(seen);
}

struct seen_member *
seen_find_member(const struct seen_relation *seen, const char *unit)
{
	struct seen_member *m;

	TAILQ_FOREACH(m, &seen->members, entry) {
		if (strcmp(m->unit, unit) == 0)
			return m;
	}
	return NULL;
}

static struct seen_member *
member_make_seen(struct seen_relation *seen, const char *unit)
{
	struct seen_member *m = xcalloc(1, sizeof *m), *next;

	m->unit = xstrdup(unit);
	TAILQ_FOREACH(next, &seen->members, entry) {
		if (name_compare(next->unit, unit) > 0)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, m, entry);
	else
		TAILQ_INSERT_TAIL(&seen->members, m, entry);
	return m;
}

void
seen_member_add(struct seen_relation *seen, const char *unit)
{
	if (seen_find_member(seen, unit) == NULL)
		(void)member_make_seen(seen, unit);
	entity_touch(&seen->entity);
}

void
seen_member_free(struct seen_relation *seen, struct seen_member *m)
{
	TAILQ_REMOVE(&seen->members, m, entry);
	free(m->unit);
	free(m);
}

/* ---- the row ---- */

json_t *
seen_value(const struct seen_relation *seen)
{
	json_t *members = json_array(), *one, *row;
	const struct seen_member *m;

	TAILQ_FOREACH(m, &seen->members, entry) {
		one = json_pack("{s:s, s:I, s:b}", "unit", m->unit, "version",
		    (json_int_t)m->version, "changed", m->changed);
		(void)json_array_append_new(members, one);
	}
	row = json_pack("{s:I, s:o}", "app-version",
	    (json_int_t)seen->app_version, "members", members);
	assert(row != NULL);
	if (seen->deferred_title == NULL)
		return row;
	json_put_text(row, "deferred-title", seen->deferred_title);
	json_put_text(row, "deferred-reason", seen->deferred_reason);
	json_object_set_new(row, "deferred-at",
	    json_integer((json_int_t)seen->deferred_at_ms));
	json_object_set_new(row, "deferred-after",
	    json_integer((json_int_t)seen->deferred_after_ms));
	return row;
}

void
seen_take(struct seen_relation *seen, const json_t *value)
{
	const json_t *one;
	struct seen_member *m;
	size_t i;

	seen_clear(seen);
	seen->app_version = (uint64_t)json_int(value, "app-version", 0);
	xreplace(&seen->deferred_title,
	    json_text(value, "deferred-title", NULL));
	xreplace(&seen->deferred_reason,
	    json_text(value, "deferred-reason", NULL));
	seen->deferred_at_ms = (uint64_t)json_int(value, "deferred-at", 0);
	seen->deferred_after_ms = (uint64_t)json_int(value, "deferred-after",
	    0);
	json_array_foreach(json_object_get(value, "members"), i, one) {
		m = member_make_seen(seen, json_text(one, "unit", ""));
		m->version = (uint64_t)json_int(one, "version", 0);
		m->changed = json_bool(one, "changed", false);
	}
}

void
seen_take_old(struct unit *u, const json_t *relations)
{
	struct seen_relation *seen;
	json_t *one;
	size_t i;

	json_array_foreach(relations, i, one) {
		seen = seen_relation_add(u, json_int(one, "relation", -1));
		seen_take(seen, one);
		entity_touch(&u->entity);
	}
}
