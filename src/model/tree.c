/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/open.h"
#include "model/secret.h"
#include "model/task.h"
#include "model/tree.h"

int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
model_compare(const struct model *a, const struct model *b)
{
	return name_compare(a->name, b->name);
}

static int
application_compare(const struct application *a, const struct application *b)
{
	return name_compare(a->name, b->name);
}

static int
machine_compare(const struct machine *a, const struct machine *b)
{
	return compare_numbers(a->id, b->id);
}

/* An address belongs to one machine; a store that says otherwise is read. */
static int
address_compare(const struct machine *a, const struct machine *b)
{
	int order = strcmp(a->address, b->address);

	return order != 0 ? order : (a > b) - (a < b);
}

static int
unit_compare(const struct unit *a, const struct unit *b)
{
	return compare_numbers(a->number, b->number);
}

static int
relation_compare(const struct relation *a, const struct relation *b)
{
	return compare_numbers(a->id, b->id);
}

static int
end_compare(const struct relation_end *a, const struct relation_end *b)
{
	return relation_compare(a->relation, b->relation);
}

static int
open_compare(const struct open_relation *a, const struct open_relation *b)
{
	return relation_compare(a->relation, b->relation);
}

static int
member_compare(const struct member *a, const struct member *b)
{
	return compare_numbers(a->unit->number, b->unit->number);
}

static int
seen_member_compare(const struct seen_member *a, const struct seen_member *b)
{
	return compare_numbers(a->number, b->number);
}

static int
seen_compare(const struct seen_relation *a, const struct seen_relation *b)
{
	return compare_numbers(a->relation, b->relation);
}

static int
service_compare(const struct service *a, const struct service *b)
{
	return name_compare(a->name, b->name);
}

static int
secret_compare(const struct secret *a, const struct secret *b)
{
	return strcmp(a->id, b->id);
}

static int
task_compare(const struct task *a, const struct task *b)
{
	return compare_numbers(a->id, b->id);
}

static int
pending_compare(const struct task *a, const struct task *b)
{
	int order = strcmp(a->unit, b->unit);

	return order != 0 ? order : compare_numbers(a->id, b->id);
}

/* clang-format off */
RB_GENERATE(model_tree, model, entry, model_compare)

/* The same text of libbsd for each: enough to be analysed once, at 5 s each. */
#ifdef __clang_analyzer__
#undef RB_GENERATE
#define RB_GENERATE(name, type, field, compare) \
	static int (*const name##_order)(const struct type *, \
	    const struct type *) __attribute__((unused)) = compare;
#endif

RB_GENERATE(address_tree, machine, address_entry, address_compare)
RB_GENERATE(application_tree, application, entry, application_compare)
RB_GENERATE(machine_tree, machine, entry, machine_compare)
RB_GENERATE(unit_tree, unit, entry, unit_compare)
RB_GENERATE(end_tree, relation_end, entry, end_compare)
RB_GENERATE(open_tree, open_relation, entry, open_compare)
RB_GENERATE(relation_tree, relation, entry, relation_compare)
RB_GENERATE(guest_tree, relation, guest_entry, relation_compare)
RB_GENERATE(member_tree, member, entry, member_compare)
RB_GENERATE(secret_tree, secret, entry, secret_compare)
RB_GENERATE(seen_tree, seen_relation, entry, seen_compare)
RB_GENERATE(seen_member_tree, seen_member, entry, seen_member_compare)
RB_GENERATE(service_tree, service, entry, service_compare)
RB_GENERATE(pending_tree, task, pending_entry, pending_compare)
RB_GENERATE(task_tree, task, entry, task_compare)
/* clang-format on */

static void
entity_init(struct entity *e, enum entity_kind kind, struct ctl *ctl)
{
	e->kind = kind;
	e->ctl = ctl;
}

struct model *
model_make(struct ctl *ctl, const char *name)
{
	struct model *m = xcalloc(1, sizeof *m), *twin;

	entity_init(&m->entity, ENTITY_MODEL, ctl);
	m->name = xstrdup(name);
	m->next_operation = 1;
	m->next_units = json_object();
	m->config = json_object();
	RB_INIT(&m->applications);
	RB_INIT(&m->machines);
	RB_INIT(&m->relations);
	RB_INIT(&m->guests);
	RB_INIT(&m->secrets);
	RB_INIT(&m->ties);
	RB_INIT(&m->tasks);
	RB_INIT(&m->pending);
	twin = RB_INSERT(model_tree, &ctl->models, m);
	assert(twin == NULL);
	return m;
}

struct application *
application_make(struct model *model, const char *name)
{
	struct application *a = xcalloc(1, sizeof *a), *twin;

	entity_init(&a->entity, ENTITY_APPLICATION, model->entity.ctl);
	a->model = model;
	a->name = xstrdup(name);
	a->config = json_object();
	RB_INIT(&a->units);
	RB_INIT(&a->relations);
	twin = RB_INSERT(application_tree, &model->applications, a);
	assert(twin == NULL);
	model->napplications++;
	return a;
}

struct machine *
machine_make(struct model *model, int64_t id)
{
	struct machine *m = xcalloc(1, sizeof *m), *twin;

	entity_init(&m->entity, ENTITY_MACHINE, model->entity.ctl);
	m->model = model;
	m->id = id;
	twin = RB_INSERT(machine_tree, &model->machines, m);
	assert(twin == NULL);
	model->nmachines++;
	return m;
}

void
machine_set_address(struct machine *m, const char *address)
{
	struct address_tree *all = &m->entity.ctl->addresses;

	if (m->address != NULL)
		RB_REMOVE(address_tree, all, m);
	json_decref(take_ptr(m->bag));
	xreplace(&m->address, address);
	if (m->address != NULL)
		RB_INSERT(address_tree, all, m);
}

bool
ctl_has_address(struct ctl *ctl, const char *address)
{
	struct machine *m;

	TREE_FIND(m, &ctl->addresses, address_entry,
	    strcmp(address, m->address));
	return m != NULL;
}

void
unit_set_machine(struct unit *u, struct machine *m)
{
	if (u->machine != NULL && u->machine->unit == u)
		u->machine->unit = NULL;
	u->machine = m;
	if (m != NULL)
		m->unit = u;
}

struct unit *
unit_make(struct application *app, int64_t number)
{
	struct unit *u = xcalloc(1, sizeof *u), *twin;

	entity_init(&u->entity, ENTITY_UNIT, app->entity.ctl);
	u->app = app;
	u->number = number;
	u->name = xasprintf("%s/%lld", app->name, (long long)number);
	u->state = json_object();
	u->ports = json_array();
	RB_INIT(&u->local.relations);
	RB_INIT(&u->services);
	RB_INIT(&u->open);
	twin = RB_INSERT(unit_tree, &app->units, u);
	assert(twin == NULL);
	app->model->nunits++;
	unit_open_all(u);
	return u;
}

struct relation *
relation_make(struct model *model, int64_t id)
{
	struct relation *r = xcalloc(1, sizeof *r), *twin;

	entity_init(&r->entity, ENTITY_RELATION, model->entity.ctl);
	r->model = model;
	r->id = id;
	LIST_INIT(&r->open);
	twin = RB_INSERT(relation_tree, &model->relations, r);
	assert(twin == NULL);
	model->nrelations++;
	return r;
}

void
relation_end_link(struct relation *r, int i, struct application *app)
{
	struct relation_end *end = &r->ends[i], *twin;

	if (end->app != NULL)
		RB_REMOVE(end_tree, &end->app->relations, end);
	end->relation = r;
	end->app = app;
	if (app == NULL)
		return;
	twin = RB_INSERT(end_tree, &app->relations, end);
	assert(twin == NULL);
}

struct seen_relation *
seen_make(struct unit *u, int64_t relation)
{
	struct seen_relation *seen = xcalloc(1, sizeof *seen), *twin;

	entity_init(&seen->entity, ENTITY_SEEN, u->entity.ctl);
	seen->unit = u;
	seen->relation = relation;
	RB_INIT(&seen->members);
	twin = RB_INSERT(seen_tree, &u->local.relations, seen);
	assert(twin == NULL);
	return seen;
}

struct service *
service_make(struct unit *unit, const char *name)
{
	struct service *s = xcalloc(1, sizeof *s), *twin;

	entity_init(&s->entity, ENTITY_SERVICE, unit->entity.ctl);
	s->unit = unit;
	s->name = xstrdup(name);
	s->spec = json_object();
	twin = RB_INSERT(service_tree, &unit->services, s);
	assert(twin == NULL);
	return s;
}

struct secret *
secret_make(struct model *model, const char *id)
{
	struct secret *s = xcalloc(1, sizeof *s), *twin;

	entity_init(&s->entity, ENTITY_SECRET, model->entity.ctl);
	s->model = model;
	s->id = xstrdup(id);
	s->revisions = json_object();
	s->times = json_object();
	s->grants = json_array();
	s->observers = json_object();
	twin = RB_INSERT(secret_tree, &model->secrets, s);
	assert(twin == NULL);
	return s;
}

struct task *
task_make(struct model *model, int64_t id)
{
	struct task *t = xcalloc(1, sizeof *t), *twin;

	entity_init(&t->entity, ENTITY_TASK, model->entity.ctl);
	t->model = model;
	t->id = id;
	t->machine = -1;
	twin = RB_INSERT(task_tree, &model->tasks, t);
	assert(twin == NULL);
	model->ntasks++;
	return t;
}

struct model *
model_find_any(struct ctl *ctl, const char *name)
{
	struct model *m;

	TREE_FIND(m, &ctl->models, entry, name_compare(name, m->name));
	return m;
}

struct application *
application_find_any(struct model *model, const char *name)
{
	struct application *a;

	TREE_FIND(a, &model->applications, entry, name_compare(name, a->name));
	return a;
}

struct machine *
machine_find_any(struct model *model, int64_t id)
{
	struct machine *m;

	TREE_FIND(m, &model->machines, entry, compare_numbers(id, m->id));
	return m;
}

struct relation *
relation_find_any(struct model *model, int64_t id)
{
	struct relation *r;

	TREE_FIND(r, &model->relations, entry, compare_numbers(id, r->id));
	if (r == NULL)
		TREE_FIND(r, &model->guests, guest_entry,
		    compare_numbers(id, r->id));
	return r;
}

struct seen_relation *
seen_find_any(const struct unit *u, int64_t relation)
{
	struct seen_relation *seen;

	TREE_FIND(seen, &u->local.relations, entry,
	    compare_numbers(relation, seen->relation));
	return seen;
}

struct service *
service_find_any(struct unit *unit, const char *name)
{
	struct service *s;

	TREE_FIND(s, &unit->services, entry, name_compare(name, s->name));
	return s;
}

struct task *
task_find_any(struct model *model, int64_t id)
{
	struct task *t;

	TREE_FIND(t, &model->tasks, entry, compare_numbers(id, t->id));
	return t;
}

struct unit *
unit_find_number(struct application *app, int64_t number)
{
	struct unit *u;

	TREE_FIND(u, &app->units, entry, compare_numbers(number, u->number));
	return u;
}

struct unit *
unit_find_any(struct model *model, const char *name)
{
	int64_t number = name_number(name);
	autofree char *app_name = NULL;
	struct application *app;
	struct unit *u;

	if (number == -1)
		return NULL;
	app_name = xasprintf("%.*s", (int)strcspn(name, "/"), name);
	app = application_find_any(model, app_name);
	if (app == NULL)
		return NULL;
	u = unit_find_number(app, number);
	/* There is one spelling of a name: "a/01" is none. */
	return u != NULL && strcmp(u->name, name) == 0 ? u : NULL;
}
