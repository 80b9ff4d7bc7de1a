/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets are found from what they are tied to, as a look at all finds them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/secret.h"
#include "world.h"

#define SEEDS  20
#define STEPS  120
#define NAMES  12
#define LABELS 3

static const char *const units[] = { "db/0", "db/1", "web/0", "web/1", "www/0",
	"db/5" };
static const char *const apps[] = { "db", "web", "www" };
static const char *const owners[] = { "db", "web", "www", "" };
static const char *const relations[] = { "0", "1", "2", "3" };

/* ---- what a look at all finds ---- */

static bool
is_granted_in(const struct secret *s, const char *relation)
{
	json_t *grant;
	size_t i;

	json_array_foreach(s->grants, i, grant) {
		if (grant_is_of(json_string_value(grant),
			strtoll(relation, NULL, 10)))
			return true;
	}
	return false;
}

static bool
is_granted_by_user(const struct secret *s, const char *app)
{
	autofree char *expected = xasprintf("-/%s", app);
	json_t *grant;
	size_t i;

	json_array_foreach(s->grants, i, grant) {
		if (strcmp(json_string_value(grant), expected) == 0)
			return true;
	}
	return false;
}

static const char *
owner_name(const struct secret *s)
{
	if (s->unit != NULL)
		return s->unit->name;
	return s->app != NULL ? s->app->name : "";
}

static bool
is_tied(const struct secret *s, enum tie_kind kind, const char *text)
{
	autofree char *label = NULL;

	switch (kind) {
	case TIE_OWNER:
		return strcmp(owner_name(s), text) == 0;
	case TIE_LABEL:
		label = secret_label_text(s->app,
		    s->label != NULL ? s->label : "");
		return s->label != NULL && strcmp(label, text) == 0;
	case TIE_READER:
		return json_object_get(s->observers, text) != NULL;
	case TIE_RELATION:
		return is_granted_in(s, text);
	case TIE_GRANTEE:
		return is_granted_by_user(s, text);
	}
	return false;
}

static void
check(struct world *w, enum tie_kind kind, const char *text)
{
	struct secret *s, *found = secret_next(w->model, kind, text, NULL);

	RB_FOREACH(s, secret_tree, &w->model->secrets) {
		if (s->entity.deleted || !is_tied(s, kind, text))
			continue;
		assert_ptr_equal(found, s);
		found = secret_next(w->model, kind, text, found);
	}
	assert_null(found);
}

static void
check_counts(struct world *w)
{
	struct application *app;
	struct secret *s;
	size_t n;

	RB_FOREACH(app, application_tree, &w->model->applications) {
		n = 0;
		RB_FOREACH(s, secret_tree, &w->model->secrets) {
			if (s->app == app)
				n++;
		}
		assert_int_equal(app->nsecrets, n);
	}
	n = 0;
	RB_FOREACH(s, secret_tree, &w->model->secrets) {
		if (s->app == NULL)
			n++;
	}
	assert_int_equal(w->model->nsecrets, n);
}

static void
check_all(struct world *w)
{
	char text[32];

	for (size_t i = 0; i < nitems(units); i++) {
		check(w, TIE_OWNER, units[i]);
		check(w, TIE_READER, units[i]);
	}
	for (size_t i = 0; i < nitems(apps); i++)
		check(w, TIE_GRANTEE, apps[i]);
	for (size_t i = 0; i < nitems(owners); i++) {
		check(w, TIE_OWNER, owners[i]);
		for (int label = 0; label < LABELS; label++) {
			(void)snprintf(text, sizeof text, "%s/%d", owners[i],
			    label);
			check(w, TIE_LABEL, text);
		}
	}
	for (size_t i = 0; i < nitems(relations); i++)
		check(w, TIE_RELATION, relations[i]);
	check_counts(w);
}

/* ---- what happens to them ---- */

struct luck {
	struct world w;
	unsigned state;
};

static unsigned
choose(struct luck *l, unsigned n)
{
	l->state = l->state * 1103515245u + 12345u;
	return (l->state >> 16) % n;
}

static struct unit *
any_unit(struct luck *l)
{
	return model_find_unit(l->w.model, units[choose(l, nitems(units))]);
}

static struct secret *
any_secret(struct luck *l)
{
	struct secret *s, *found = NULL;
	unsigned n = 0;

	RB_FOREACH(s, secret_tree, &l->w.model->secrets) {
		if (!s->entity.deleted && choose(l, ++n) == 0)
			found = s;
	}
	return found;
}

static void
step_add(struct luck *l, struct unit *u)
{
	char id[8];

	(void)snprintf(id, sizeof id, "s%02u", choose(l, NAMES));
	if (model_find_secret(l->w.model, id) != NULL)
		return;
	if (choose(l, 3) == 0)
		(void)secret_add_to_model(l->w.model, id);
	else
		(void)secret_add(u->app, choose(l, 2) == 0 ? u : NULL, id);
}

static void
step_terms(struct luck *l, struct unit *u)
{
	struct secret *s = any_secret(l);
	json_auto_t *terms = s != NULL ? secret_terms(s) : NULL;
	json_t *grants = json_object_get(terms, "grants");
	autofree char *label = NULL, *grant = NULL;

	if (s == NULL)
		return;
	label = xasprintf("%u", choose(l, LABELS));
	grant = xasprintf("%s/%s", relations[choose(l, nitems(relations))],
	    choose(l, 2) == 0 ? u->app->name : u->name);
	json_put_text(terms, "label", choose(l, 3) == 0 ? NULL : label);
	if (choose(l, 4) == 0)
		(void)json_array_clear(grants);
	else
		(void)json_array_append_new(grants, json_string(grant));
	secret_take_terms(s, terms);
	entity_touch(&s->entity);
}

static void
step_read(struct luck *l, struct unit *u)
{
	struct secret *s = any_secret(l);
	json_auto_t *observer = json_pack("{s:i, s:i}", "revision", 1, "told",
	    1);

	if (s != NULL)
		secret_observe(s, u, observer);
}

static void
step_grant(struct luck *l, struct unit *u)
{
	struct secret *s = any_secret(l);

	if (s != NULL)
		(void)secret_grant_to(s, u->app);
}

static void
step_revoke(struct luck *l, struct unit *u)
{
	struct secret *s = any_secret(l);

	if (s != NULL)
		(void)secret_revoke_from(s, u->app);
}

static void
step_delete_application(struct luck *l, struct unit *u)
{
	if (choose(l, 12) == 0)
		entity_delete(&u->app->entity);
}

static void
step_delete(struct luck *l, struct unit *u)
{
	struct secret *s = any_secret(l);

	(void)u;
	if (s != NULL)
		entity_delete(&s->entity);
}

static void
step_delete_relation(struct luck *l, struct unit *u)
{
	struct relation *r = model_find_relation(l->w.model, choose(l, 4));

	(void)u;
	if (r != NULL && r->nends == 2 && choose(l, 4) == 0)
		entity_delete(&r->entity);
}

static void
step_delete_unit(struct luck *l, struct unit *u)
{
	if (choose(l, 6) == 0)
		entity_delete(&u->entity);
}

static void
step_restart(struct luck *l, struct unit *u)
{
	(void)u;
	world_restart(&l->w);
}

typedef void step_fn(struct luck *, struct unit *);

static step_fn *const steps[] = { step_add, step_add, step_terms, step_terms,
	step_read, step_read, step_delete, step_delete_relation,
	step_delete_unit, step_restart, step_grant, step_grant, step_revoke,
	step_delete_application };

static void
begin(struct luck *l)
{
	world_init(&l->w);
	(void)world_deploy(&l->w, "db", 2);
	(void)world_deploy(&l->w, "web", 2);
	(void)world_deploy(&l->w, "www", 1);
	(void)world_relate(&l->w, "web", "db");
	(void)world_relate(&l->w, "www", "db");
}

static void
take_step(struct luck *l)
{
	struct unit *u = any_unit(l);

	if (u != NULL)
		steps[choose(l, nitems(steps))](l, u);
	check_all(&l->w);
}

static void
they_are_found_as_a_look_at_all_finds_them(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		struct luck l = { .state = seed };
		json_auto_t *rows = NULL;

		begin(&l);
		for (int i = 0; i < STEPS; i++) {
			take_step(&l);
			/* Some commits are taken back. */
			if (i % 10 == 9) {
				json_decref(rows);
				rows = world_rows(&l.w);
				take_step(&l);
				world_take_back(&l.w, rows);
			} else {
				world_commit(&l.w);
			}
			check_all(&l.w);
		}
		world_release(&l.w);
	}
}

static void
they_go_with_the_application_that_owns_them(void **state)
{
	struct luck l = { .state = 1 };

	(void)state;
	begin(&l);
	(void)secret_add(world_unit(&l.w, "db/0")->app, NULL, "a");
	(void)secret_add(world_unit(&l.w, "db/0")->app,
	    world_unit(&l.w, "db/0"), "b");
	(void)secret_add(world_unit(&l.w, "web/0")->app, NULL, "c");
	world_commit(&l.w);
	entity_delete(&world_unit(&l.w, "db/0")->app->entity);
	assert_null(model_find_secret(l.w.model, "a"));
	assert_null(model_find_secret(l.w.model, "b"));
	assert_non_null(model_find_secret(l.w.model, "c"));
	world_release(&l.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_found_as_a_look_at_all_finds_them),
		cmocka_unit_test(they_go_with_the_application_that_owns_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
