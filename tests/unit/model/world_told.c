/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hooks have told, kept by itself: {"web/0 1": {"": 3, "db/0": 2}} is the
 * version of the application's bag and of those of the units that web/0 knows in
 * relation 1.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/seen.h"
#include "world.h"

static char *
told_key(const struct unit *u, int64_t relation)
{
	return xasprintf("%s %d", u->name, (int)relation);
}

static void
put(json_t *known, const char *name, uint64_t version)
{
	json_object_set_new(known, name, json_integer((json_int_t)version));
}

void
world_tell(struct world *w, const struct unit *u, const struct op *op)
{
	autofree char *key = told_key(u, op->relation);
	json_t *known = json_object_get(w->told, key);

	if (op->relation < 0)
		return;
	switch (op->hook) {
	case HOOK_RELATION_CREATED:
		json_object_set_new(w->told, key, json_pack("{s:i}", "", 0));
		break;
	case HOOK_RELATION_JOINED:
		put(known, op->remote_unit, 0);
		break;
	case HOOK_RELATION_CHANGED:
		put(known, op->remote_unit, op->version);
		break;
	case HOOK_RELATION_DEPARTED:
		json_object_del(known, op->remote_unit);
		break;
	case HOOK_RELATION_BROKEN:
		json_object_del(w->told, key);
		break;
	default:
		break;
	}
}

void
world_tell_writer(struct world *w, const struct relation *r,
    const struct relation_end *end)
{
	struct unit *leader = application_leader(end->app);
	autofree char *key = NULL;

	if (r->nends != 1 || leader == NULL)
		return;
	key = told_key(leader, r->id);
	if (json_object_get(w->told, key) != NULL)
		put(json_object_get(w->told, key), "", end->bag_version);
}

static json_t *
all_there_is(struct relation *r, const struct unit *u)
{
	json_t *all = json_object();
	struct member *m = relation_first_visible(r, u);

	put(all, "", relation_far_end(r, u->app)->bag_version);
	for (; m != NULL; m = relation_next_visible(u, m))
		put(all, m->unit->name, m->bag_version);
	return all;
}

/* What the model says that it has seen: some of it, or all. */
static json_t *
what_is_kept(struct relation *r, const struct unit *u)
{
	const struct seen_relation *seen = unit_seen(u, r->id);
	const char *far = relation_far_end(r, u->app)->app->name;
	struct seen_member *m;
	json_t *kept;

	if (relation_find_member(r, u) == NULL)
		return NULL;
	if (seen == NULL)
		return all_there_is(r, u);
	kept = json_object();
	put(kept, "", seen->app_version);
	for (m = seen_first_member(seen); m != NULL;
	     m = RB_NEXT(seen_member_tree, NULL, m)) {
		autofree char *name = xasprintf("%s/%d", far, (int)m->number);

		put(kept, name, m->version);
	}
	return kept;
}

void
world_check_told(struct world *w, const struct unit *u, struct relation *r)
{
	autofree char *key = told_key(u, r->id);
	json_auto_t *kept = what_is_kept(r, u);
	autofree char *is = NULL, *should = NULL;

	if (json_equal(kept, json_object_get(w->told, key)) ||
	    (kept == NULL && json_object_get(w->told, key) == NULL))
		return;
	is = json_dumps(kept, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	should = json_dumps(json_object_get(w->told, key), JSON_SORT_KEYS);
	fail_msg("%s in relation %d was told %s, not %s", u->name, (int)r->id,
	    should, is);
}
