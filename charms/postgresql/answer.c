/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm.h"
#include "names.h"

static const struct group {
	const char *name; /* Of the secret, in its label. */
	const char *key;  /* Where the databag has its URI. */
	const char *keys[5];
} groups[] = {
	{ "user", "secret-user",
	    { "username", "password", "uris", "read-only-uris", NULL } },
	{ "entity", "secret-entity",
	    { "entity-name", "entity-password", NULL } },
	{ "tls", "secret-tls", { "tls", "tls-ca", NULL } },
};

bool
answer_is_requested(const json_t *asked, const char *key)
{
	const char *text = json_text(asked, "requested-secrets", "[]");
	struct error ignored = { 0 };
	json_auto_t *list = json_read(text, strlen(text), LIMIT_BAG_BYTES,
	    &ignored);
	const json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
		if (json_is_string(entry) &&
		    strcmp(json_string_value(entry), key) == 0)
			return true;
	return false;
}

/*
 * The content of the group's secret; an empty object if there is none. One that
 * is gone is as if it had never been: its URI is taken out of `bag`.
 */
static json_t *
group_read(struct hook *h, const struct group *g, json_t *bag,
    struct error *err)
{
	const char *uri = json_text(bag, g->key, NULL);
	struct error why = { 0 };
	json_t *content = uri != NULL ? hook_secret(h, uri, &why) :
					json_object();

	if (content == NULL && why.code == ERROR_NOT_FOUND) {
		json_object_del(bag, g->key);
		return json_object();
	}
	if (content == NULL)
		*err = why;
	return content;
}

json_t *
answer_read(struct hook *h, const char *relation, struct error *err)
{
	json_t *bag = hook_bag(h, relation, h->app, err);

	for (size_t i = 0; bag != NULL && i < nitems(groups); i++) {
		json_auto_t *content = group_read(h, &groups[i], bag, err);

		if (content == NULL) {
			json_decref(bag);
			return NULL;
		}
		json_object_update(bag, content);
		json_object_del(bag, groups[i].key);
	}
	return bag;
}

/* Sort one group's values: into the secret, or into the databag. */
static void
group_sort(const struct group *g, const json_t *asked, json_t *values,
    json_t *content)
{
	for (const char *const *key = g->keys; *key != NULL; key++) {
		const json_t *value = json_object_get(values, *key);

		if (value == NULL)
			continue;
		if (!json_is_string(value) ||
		    !answer_is_requested(asked, *key)) {
			json_object_del(content, *key);
			continue;
		}
		json_put_text(content, *key, json_string_value(value));
		json_object_set_new(values, *key, json_null());
	}
}

/* A new secret, which the client may read from the start. */
static int
group_add(struct hook *h, const struct group *g, const char *relation,
    json_t *content, json_t *values, struct error *err)
{
	autofree char *label = xasprintf("database.%lld.%s.secret",
	    (long long)name_relation_id(relation), g->name);
	autofree char *uri = hook_secret_add(h, label, json_incref(content),
	    err);

	if (uri == NULL || hook_secret_grant(h, uri, relation, err) == -1)
		return -1;
	json_put_text(values, g->key, uri);
	return 0;
}

/* Moves what belongs into the secret there, and leaves the rest in `values`. */
static int
group_write(struct hook *h, const struct group *g, const char *relation,
    const json_t *asked, json_t *values, struct error *err)
{
	json_auto_t *bag = hook_bag(h, relation, h->app, err);
	json_auto_t *content = bag == NULL ? NULL : group_read(h, g, bag, err);
	json_auto_t *before = json_deep_copy(content);
	const char *uri = json_text(bag, g->key, NULL);

	if (content == NULL)
		return -1;
	group_sort(g, asked, values, content);
	if (json_equal(before, content))
		return 0;
	if (uri == NULL)
		return group_add(h, g, relation, content, values, err);
	if (json_object_size(content) > 0)
		return hook_secret_set(h, uri, json_incref(content), err);
	json_object_set_new(values, g->key, json_null());
	return hook_secret_remove(h, uri, err);
}

int
answer_write(struct hook *h, const char *relation, const json_t *asked,
    json_t *stolen_values, struct error *err)
{
	json_auto_t *values = stolen_values;

	for (size_t i = 0; i < nitems(groups); i++)
		if (group_write(h, &groups[i], relation, asked, values, err) ==
		    -1)
			return -1;
	return hook_app_bag_set(h, relation, json_incref(values), err);
}

const char *
answer_user(const json_t *answer)
{
	return json_text(answer, "username",
	    json_text(answer, "entity-name", NULL));
}

const char *
answer_password(const json_t *answer)
{
	return json_text(answer, "password",
	    json_text(answer, "entity-password", ""));
}

/* ---- secrets whose relation has ended ---- */

int
answer_withdraw(struct hook *h, const char *relation, struct error *err)
{
	json_auto_t *bag = hook_bag(h, relation, h->app, err);

	if (bag == NULL)
		return -1;
	for (size_t i = 0; i < nitems(groups); i++) {
		const char *uri = json_text(bag, groups[i].key, NULL);
		struct error why = { 0 };

		if (uri == NULL || hook_secret_remove(h, uri, &why) == 0 ||
		    why.code == ERROR_NOT_FOUND)
			continue;
		*err = why;
		return -1;
	}
	return 0;
}

/* The user that a label of ours is about; NULL for any other. Caller frees. */
static char *
label_user(const char *label)
{
	static const char prefix[] = "database.";
	long long id;
	char *rest;

	if (strncmp(label, prefix, sizeof prefix - 1) != 0)
		return NULL;
	id = strtoll(label + sizeof prefix - 1, &rest, 10);
	return *rest == '.' ? name_user(id) : NULL;
}

int
answer_forget(struct hook *h, const json_t *users, struct error *err)
{
	json_auto_t *labels = hook_secret_labels(h, err);
	const char *secret;
	json_t *label;

	if (labels == NULL)
		return -1;
	json_object_foreach(labels, secret, label) {
		autofree char *user = json_is_string(label) ?
		    label_user(json_string_value(label)) :
		    NULL;

		if (user != NULL && json_object_get(users, user) == NULL &&
		    hook_secret_remove(h, secret, err) == -1)
			return -1;
	}
	return 0;
}
