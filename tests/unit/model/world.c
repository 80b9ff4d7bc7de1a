/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/rows.h"
#include "world.h"

static const char db_metadata[] = "{"
				  "\"name\": \"db\","
				  "\"peers\": {\"cluster\": \"db-peers\"},"
				  "\"provides\": {\"database\": \"sql\"}"
				  "}";
static const char db_config[] =
    "{\"options\": {\"size\": {\"type\": \"int\", \"default\": 3}}}";
static const char web_metadata[] =
    "{\"name\": \"web\", \"requires\": {\"backend\": \"sql\"}}";

struct charm *
world_charm(void *arg, const char *name, struct error *err)
{
	int is_db = strncmp(name, "db", 2) == 0;
	json_auto_t *metadata = json_loads(is_db ? db_metadata : web_metadata,
	    0, NULL);
	json_auto_t *config = is_db ? json_loads(db_config, 0, NULL) : NULL;

	(void)arg;
	return charm_parse(metadata, config, NULL, 1, err);
}

void
world_init(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->now_ms = 1000;
	w->ctl = ctl_new();
	w->model = model_add(w->ctl, "m",
	    "6f2c1a34-6f1e-4b6e-9d51-0242aca8a31d", w->now_ms);
}

void
world_release(struct world *w)
{
	ctl_free(w->ctl);
	strbuf_release(&w->log);
}

struct unit *
world_unit(struct world *w, const char *name)
{
	struct unit *u = model_find_unit(w->model, name);

	assert_non_null(u);
	return u;
}

struct relation *
world_relation(struct world *w, int64_t id)
{
	struct relation *r = model_find_relation(w->model, id);

	assert_non_null(r);
	return r;
}

void
world_add_unit(struct world *w, const char *app_name)
{
	struct application *app = model_find_application(w->model, app_name);
	autofree char *address = NULL;
	struct machine *machine;

	assert_non_null(app);
	address = xasprintf("127.1.1.%d", (int)w->model->next_machine + 1);
	machine = machine_add(w->model, address, w->now_ms);
	(void)unit_add(app, machine, w->now_ms);
	(void)application_elect(app);
	world_commit(w);
}

static void
add_peers(struct world *w, struct application *app)
{
	const struct charm_endpoint *ep = app->charm->endpoints;
	size_t i;

	for (i = 0; i < app->charm->nendpoints; i++, ep++) {
		struct relation_end ends[2] = {
			{ .app = app, .endpoint = ep->name, .role = ROLE_PEER }
		};

		if (ep->role == ROLE_PEER)
			(void)relation_add(w->model, ep->interface, ends, 1,
			    w->now_ms);
	}
}

struct application *
world_deploy(struct world *w, const char *app_name, int units)
{
	struct error err = { 0 };
	struct charm *charm = world_charm(NULL, app_name, &err);
	struct application *app;

	assert_non_null(charm);
	app = application_add(w->model, app_name, charm);
	app->charm_source = xstrdup(app_name);
	add_peers(w, app);
	for (int i = 0; i < units; i++)
		world_add_unit(w, app_name);
	world_commit(w);
	return app;
}

int64_t
world_relate(struct world *w, const char *web, const char *db)
{
	char backend[] = "backend", database[] = "database";
	struct relation_end ends[2] = {
		{ .app = model_find_application(w->model, web),
		    .endpoint = backend,
		    .role = ROLE_REQUIRER },
		{ .app = model_find_application(w->model, db),
		    .endpoint = database,
		    .role = ROLE_PROVIDER },
	};
	int64_t id;

	assert_non_null(ends[0].app);
	assert_non_null(ends[1].app);
	id = relation_add(w->model, "sql", ends, 2, w->now_ms)->id;
	world_commit(w);
	return id;
}

void
world_remove_relation(struct world *w, int64_t id)
{
	struct relation *r = world_relation(w, id);

	r->life = LIFE_DYING;
	entity_touch(&r->entity);
	world_commit(w);
}

void
world_remove_unit(struct world *w, const char *name)
{
	struct unit *u = world_unit(w, name);

	u->life = LIFE_DYING;
	entity_touch(&u->entity);
	(void)application_elect(u->app);
	world_commit(w);
}

void
world_remove_application(struct world *w, const char *name)
{
	struct application *app = model_find_application(w->model, name);
	struct relation *r;
	struct unit *u;

	assert_non_null(app);
	app->life = LIFE_DYING;
	entity_touch(&app->entity);
	RB_FOREACH(r, relation_tree, &w->model->relations) {
		if (relation_end_of(r, app) == NULL)
			continue;
		r->life = LIFE_DYING;
		entity_touch(&r->entity);
	}
	RB_FOREACH(u, unit_tree, &app->units) {
		u->life = LIFE_DYING;
		entity_touch(&u->entity);
	}
	(void)application_elect(app);
	world_commit(w);
}

void
world_say(struct world *w, int64_t relation, const char *unit,
    const char *value)
{
	struct relation *r = world_relation(w, relation);
	struct member *m = relation_find_member_name(r, unit);

	assert_non_null(m);
	if (bag_set(&m->bag, "word", value)) {
		m->bag_version++;
		entity_touch(&r->entity);
	}
	world_commit(w);
}

void
world_say_as_app(struct world *w, int64_t relation, const char *app,
    const char *value)
{
	struct relation *r = world_relation(w, relation);
	struct relation_end *end = relation_end_of(r,
	    model_find_application(w->model, app));

	assert_non_null(end);
	if (bag_set(&end->bag, "word", value)) {
		end->bag_version++;
		entity_touch(&r->entity);
	}
	world_commit(w);
}

static bool
has_relations(struct application *app)
{
	struct relation *r;

	RB_FOREACH(r, relation_tree, &app->model->relations) {
		if (!r->entity.deleted && relation_end_of(r, app) != NULL)
			return true;
	}
	return false;
}

static void
delete_what_is_over(struct world *w)
{
	struct application *app;
	struct relation *r;

	RB_FOREACH(r, relation_tree, &w->model->relations) {
		if (r->life == LIFE_DYING && TAILQ_EMPTY(&r->members))
			entity_delete(&r->entity);
	}
	RB_FOREACH(app, application_tree, &w->model->applications) {
		if (app->life == LIFE_DYING && RB_EMPTY(&app->units) &&
		    !has_relations(app))
			entity_delete(&app->entity);
	}
}

void
world_commit(struct world *w)
{
	struct entity *e;

	/* What goes may have been the last that kept something else. */
	do {
		while ((e = TAILQ_FIRST(&w->ctl->touched)) != NULL) {
			if (e->deleted)
				entity_free(e);
			else
				entity_forget(e);
		}
		delete_what_is_over(w);
	} while (!TAILQ_EMPTY(&w->ctl->touched));
}

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

char *
world_line(const struct unit *u, const struct op *op)
{
	autofree char *hook = op_hook_name(u, op);
	autostrbuf line = { 0 };

	strbuf_addf(&line, "%s %s", u->name, hook);
	if (op->relation >= 0)
		strbuf_addf(&line, " rel=%d app=%s", (int)op->relation,
		    op->remote_app);
	if (*op->remote_unit != '\0')
		strbuf_addf(&line, " unit=%s", op->remote_unit);
	if (*op->departing_unit != '\0')
		strbuf_addf(&line, " departing=%s", op->departing_unit);
	if (*op->service != '\0')
		strbuf_addf(&line, " service=%s", op->service);
	if (*op->secret != '\0')
		strbuf_addf(&line, " secret=%s", op->secret);
	return strbuf_detach(&line);
}

static void
take_out(struct world *w, struct unit *u)
{
	struct application *app = u->app;

	strbuf_addf(&w->log, "%s gone\n", u->name);
	entity_delete(&u->machine->entity);
	entity_delete(&u->entity);
	(void)application_elect(app);
}

/* One operation; returns whether there was any. */
static bool
run_once(struct world *w, const char *name)
{
	struct unit *u = model_find_unit(w->model, name);
	autofree char *line = NULL;
	struct op op;

	if (u == NULL)
		return false;
	op = resolve(u, w->now_ms);
	if (op.kind == OP_NONE || op.kind == OP_WAIT)
		return false;
	if (op.kind == OP_GONE) {
		take_out(w, u);
	} else {
		line = world_line(u, &op);
		strbuf_addf(&w->log, "%s\n", line);
		op_done(u, &op);
	}
	world_commit(w);
	if (w->habit == WORLD_RESTARTS)
		world_restart(w);
	return true;
}

void
world_run(struct world *w, const char *unit)
{
	for (int i = 0; run_once(w, unit); i++)
		assert_true(i < 1000);
}

/* Names outlive the units: any of them may be gone at the next turn. */
static json_t *
unit_names(struct world *w)
{
	json_t *names = json_array();
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			(void)json_array_append_new(names,
			    json_string(u->name));
	}
	return names;
}

void
world_settle(struct world *w)
{
	json_auto_t *names = unit_names(w);
	size_t before, i;
	json_t *name;

	do {
		before = w->log.len;
		json_array_foreach(names, i, name)
			world_run(w, json_string_value(name));
	} while (w->log.len != before);
}

void
world_settle_quietly(struct world *w)
{
	world_settle(w);
	strbuf_clear(&w->log);
}

void
world_expect_at(struct world *w, const char *const lines[], const char *file,
    int line)
{
	autostrbuf expected = { 0 };

	for (; *lines != NULL; lines++)
		strbuf_addf(&expected, "%s\n", *lines);
	_assert_string_equal(strbuf_cstr(&w->log), strbuf_cstr(&expected), file,
	    line);
	strbuf_clear(&w->log);
}
