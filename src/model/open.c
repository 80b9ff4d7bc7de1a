/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>

#include "base/mem.h"
#include "model/open.h"
#include "model/tree.h"

void
unit_stir(struct unit *u)
{
	if (u->stirred)
		return;
	u->stirred = true;
	TAILQ_INSERT_TAIL(&u->entity.ctl->stirred, u, stirred_entry);
}

void
unit_calm(struct unit *u)
{
	if (!u->stirred)
		return;
	u->stirred = false;
	TAILQ_REMOVE(&u->entity.ctl->stirred, u, stirred_entry);
}

void
unit_open(struct unit *u, struct relation *r)
{
	struct open_relation *o, *twin;

	unit_stir(u);
	TREE_FIND(o, &u->open, entry, compare_numbers(r->id, o->relation->id));
	if (o != NULL)
		return;
	o = xcalloc(1, sizeof *o);
	o->unit = u;
	o->relation = r;
	twin = RB_INSERT(open_tree, &u->open, o);
	assert(twin == NULL);
	LIST_INSERT_HEAD(&r->open, o, relation_entry);
}

void
open_close(struct open_relation *o)
{
	RB_REMOVE(open_tree, &o->unit->open, o);
	LIST_REMOVE(o, relation_entry);
	free(o);
}

struct open_relation *
unit_first_open(const struct unit *u)
{
	struct open_relation *o = RB_ROOT(&u->open);

	while (o != NULL && RB_LEFT(o, entry) != NULL)
		o = RB_LEFT(o, entry);
	return o;
}

void
unit_open_all(struct unit *u)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &u->app->relations)
		unit_open(u, end->relation);
}

/* What units of an application see of a relation has changed. */
static void
application_open(struct application *app, struct relation *r)
{
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		unit_open(u, r);
}

void
relation_open(struct relation *r)
{
	for (int i = 0; i < r->nends; i++) {
		if (r->ends[i].app != NULL)
			application_open(r->ends[i].app, r);
	}
}

void
relation_open_to_others(struct relation *r, const struct application *app)
{
	application_open(relation_far_end(r, app)->app, r);
}

void
application_open_relations(struct application *app)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations)
		relation_open(end->relation);
}
