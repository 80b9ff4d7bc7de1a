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
#include "model/open.h"
#include "model/tree.h"
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
	w->kicked = json_object();
	w->told = json_object();
	w->ctl = ctl_new();
	w->model = model_add(w->ctl, "m",
	    "6f2c1a34-6f1e-4b6e-9d51-0242aca8a31d", w->now_ms);
}

void
world_release(struct world *w)
{
	ctl_free(w->ctl);
	json_decref(w->kicked);
	json_decref(w->told);
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
	relation_open(r);
	entity_touch(&r->entity);
	world_commit(w);
}

void
world_remove_unit(struct world *w, const char *name)
{
	struct unit *u = world_unit(w, name);

	u->life = LIFE_DYING;
	unit_open_all(u);
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
		relation_open(r);
		entity_touch(&r->entity);
	}
	RB_FOREACH(u, unit_tree, &app->units) {
		u->life = LIFE_DYING;
		unit_open_all(u);
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
	struct member *m = relation_find_member_name(r, r->model, unit);

	assert_non_null(m);
	if (bag_set(&m->bag, "word", value))
		relation_unit_spoke(r, m);
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
		relation_app_spoke(r, end);
		world_tell_writer(w, r, end);
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
		if (r->life == LIFE_DYING && relation_is_empty(r))
			entity_delete(&r->entity);
	}
	RB_FOREACH(app, application_tree, &w->model->applications) {
		if (app->life == LIFE_DYING && RB_EMPTY(&app->units) &&
		    !has_relations(app))
			entity_delete(&app->entity);
	}
}

bool
world_is_open(const struct unit *u, const struct relation *r)
{
	struct open_relation *o;

	TREE_FIND(o, &u->open, entry, compare_numbers(r->id, o->relation->id));
	return o != NULL;
}

size_t
world_count_open(struct world *w)
{
	struct open_relation *o;
	struct relation *r;
	size_t n = 0;

	RB_FOREACH(r, relation_tree, &w->model->relations) {
		LIST_FOREACH(o, &r->open, relation_entry)
		n++;
	}
	return n;
}

static void
note_kicked(struct world *w, const struct unit *u)
{
	if (w->kicked != NULL)
		json_object_set_new(w->kicked, u->name, json_true());
}

void
world_note_stirred(struct world *w)
{
	struct unit *u;

	while ((u = TAILQ_FIRST(&w->ctl->stirred)) != NULL) {
		unit_calm(u);
		note_kicked(w, u);
	}
}

static void
note_touched(struct world *w, struct entity *e)
{
	if (e->kind == ENTITY_UNIT)
		note_kicked(w, container_of(e, struct unit, entity));
	if (e->kind == ENTITY_SEEN)
		note_kicked(w,
		    container_of(e, struct seen_relation, entity)->unit);
}

void
world_commit(struct world *w)
{
	struct entity *e;

	world_note_stirred(w);

	/* What goes may have been the last that kept something else. */
	do {
		while ((e = TAILQ_FIRST(&w->ctl->touched)) != NULL) {
			note_touched(w, e);
			if (e->deleted)
				entity_free(e);
			else
				entity_forget(e);
		}
		delete_what_is_over(w);
	} while (!TAILQ_EMPTY(&w->ctl->touched));
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

bool
world_run_once(struct world *w, const char *name)
{
	struct unit *u = model_find_unit(w->model, name);
	autofree char *line = NULL;
	struct op op;

	if (u == NULL)
		return false;
	op = unit_resolve(u, w->now_ms);
	if (op.kind == OP_NONE || op.kind == OP_WAIT)
		return false;
	if (op.kind == OP_GONE) {
		take_out(w, u);
	} else {
		line = world_line(u, &op);
		strbuf_addf(&w->log, "%s\n", line);
		world_tell(w, u, &op);
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
	for (int i = 0; world_run_once(w, unit); i++)
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
