/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "model/model.h"

struct seen_relation *
unit_seen(const struct unit *u, int64_t relation)
{
	struct seen_relation *seen;

	TAILQ_FOREACH(seen, &u->local.relations, entry) {
		if (seen->relation == relation)
			return seen;
	}
	return NULL;
}

struct seen_relation *
seen_relation_add(struct unit *u, int64_t relation)
{
	struct seen_relation *seen = unit_seen(u, relation), *next;

	if (seen != NULL)
		return seen;
	seen = xcalloc(1, sizeof *seen);
	seen->relation = relation;
	TAILQ_INIT(&seen->members);
	TAILQ_FOREACH(next, &u->local.relations, entry) {
		if (next->relation > relation)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, seen, entry);
	else
		TAILQ_INSERT_TAIL(&u->local.relations, seen, entry);
	return seen;
}

void
seen_relation_free(struct unit *u, struct seen_relation *seen)
{
	struct seen_member *m, *next;

	TAILQ_FOREACH_SAFE(m, &seen->members, entry, next)
		seen_member_free(seen, m);
	TAILQ_REMOVE(&u->local.relations, seen, entry);
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

void
seen_member_add(struct seen_relation *seen, const char *unit)
{
	struct seen_member *m, *next;

	if (seen_find_member(seen, unit) != NULL)
		return;
	m = xcalloc(1, sizeof *m);
	m->unit = xstrdup(unit);
	TAILQ_FOREACH(next, &seen->members, entry) {
		if (name_compare(next->unit, unit) > 0)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, m, entry);
	else
		TAILQ_INSERT_TAIL(&seen->members, m, entry);
}

void
seen_member_free(struct seen_relation *seen, struct seen_member *m)
{
	TAILQ_REMOVE(&seen->members, m, entry);
	free(m->unit);
	free(m);
}
