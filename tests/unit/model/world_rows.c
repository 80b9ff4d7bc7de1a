/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "model/rows.h"
#include "model/secret.h"
#include "world.h"

static void
touch_units(struct world *w)
{
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			entity_touch(&u->entity);
	}
}

static void
touch_seen(struct world *w)
{
	struct application *app;
	struct seen_relation *seen;
	struct unit *u;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			RB_FOREACH(seen, seen_tree, &u->local.relations)
				entity_touch(&seen->entity);
		}
	}
}

static void
touch_services(struct world *w)
{
	struct application *app;
	struct service *s;
	struct unit *u;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			RB_FOREACH(s, service_tree, &u->services)
				entity_touch(&s->entity);
		}
	}
}

static void
touch_all(struct world *w)
{
	struct application *app;
	struct machine *machine;
	struct relation *r;
	struct secret *s;
	struct task *t;

	entity_touch(&w->ctl->entity);
	entity_touch(&w->model->entity);
	RB_FOREACH(app, application_tree, &w->model->applications)
		entity_touch(&app->entity);
	RB_FOREACH(machine, machine_tree, &w->model->machines)
		entity_touch(&machine->entity);
	touch_units(w);
	touch_seen(w);
	RB_FOREACH(r, relation_tree, &w->model->relations)
		entity_touch(&r->entity);
	touch_services(w);
	RB_FOREACH(t, task_tree, &w->model->tasks)
		entity_touch(&t->entity);
	RB_FOREACH(s, secret_tree, &w->model->secrets)
		entity_touch(&s->entity);
}

json_t *
world_rows(struct world *w)
{
	json_t *rows = json_object();
	struct entity *e;

	world_commit(w);
	touch_all(w);
	TAILQ_FOREACH(e, &w->ctl->touched, touched_entry) {
		autofree char *key = row_key(e);

		assert_int_equal(json_object_set_new(rows, key, row_value(e)),
		    0);
	}
	world_commit(w);
	return rows;
}

void
world_read(struct world *w, json_t *rows)
{
	struct error err = { 0 };
	const char *key;
	json_t *value;

	json_object_foreach(rows, key, value) {
		if (row_read(w->ctl, key, value, world_charm, NULL, &err) != 0)
			fail_msg("%s", err.msg);
	}
	w->model = ctl_find_model(w->ctl, "m");
	assert_non_null(w->model);
}

void
world_restart(struct world *w)
{
	json_auto_t *rows = world_rows(w);

	ctl_free(w->ctl);
	w->ctl = ctl_new();
	world_read(w, rows);
	assert_true(TAILQ_EMPTY(&w->ctl->touched));
}

static void
restore(struct world *w, const struct entity *e, const json_t *rows)
{
	autofree char *key = row_key(e);
	struct error err = { 0 };

	if (row_read(w->ctl, key, json_object_get(rows, key), world_charm, NULL,
		&err) == -1)
		fail_msg("%s", err.msg);
}

void
world_take_back(struct world *w, const json_t *rows)
{
	struct entity_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct entity_list *touched = &w->ctl->touched;
	struct entity *e;

	while ((e = TAILQ_FIRST(touched)) != NULL) {
		TAILQ_REMOVE(touched, e, touched_entry);
		e->touched = false;
		if (e->fresh) {
			TAILQ_INSERT_HEAD(&fresh, e, touched_entry);
		} else {
			e->deleted = false;
			restore(w, e, rows);
		}
	}
	while ((e = TAILQ_FIRST(&fresh)) != NULL) {
		TAILQ_REMOVE(&fresh, e, touched_entry);
		entity_free(e);
	}
}
