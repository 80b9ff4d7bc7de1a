/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm.h"
#include "names.h"
#include "view.h"
#include "wish.h"

#define PEERS "data-integrator-peers"

/* From 4000 on a provider's code says that the request is not fulfilled. */
#define REFUSAL_CODE 4000
/* From 5000 on it also says so of a change to what has been granted. */
#define FATAL_CODE 5000

/* clang-format off */
static const struct product products[] = {
	/* endpoint      option           key         kind
	 *     check, has_live_roles */
	{ "kafka",      "topic-name",    "topic",    "topic",
	    NULL, false },
	{ "mongodb",    "database-name", "database", "database name",
	    NULL, false },
	{ "mysql",      "database-name", "database", "database name",
	    NULL, false },
	{ "postgresql", "database-name", "database", "database name",
	    name_check_database, true },
	{ "zookeeper",  "database-name", "database", "database name",
	    NULL, false },
};
/* clang-format on */

static void
link_release(struct link *l)
{
	free(l->relation);
	free(l->app);
	json_decref(l->answer);
	json_decref(l->sent);
	free(l->refusal);
	free(l->flaw);
}

void
view_release(struct view *v)
{
	size_t i;

	for (i = 0; i < v->nlinks; i++)
		link_release(&v->links[i]);
	free(v->links);
	free(v->peers);
	json_decref(v->sent);
	json_decref(v->config);
	free(v->flaw);
	*v = (struct view){ 0 };
}

static int
view_read_peers(struct hook *h, struct view *v, struct error *err)
{
	json_auto_t *relations = hook_relations(h, PEERS, err);
	const char *peers;

	if (relations == NULL)
		return -1;
	peers = json_string_value(json_array_get(relations, 0));
	if (peers == NULL)
		return error_set(err, ERROR_INTERNAL, "no relation at %s",
		    PEERS);
	v->peers = xstrdup(peers);
	v->sent = hook_bag(h, peers, h->app, err);
	return v->sent != NULL ? 0 : -1;
}

bool
link_is_granted(const struct link *l)
{
	return json_text(l->answer, "entity-name", NULL) != NULL ||
	    (json_text(l->answer, "username", NULL) != NULL &&
		json_text(l->answer, "password", NULL) != NULL);
}

/* A new object without the URIs; one that is gone has nothing in it. */
static json_t *
answer_resolve(struct hook *h, json_t *bag, struct error *err)
{
	json_t *answer = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(bag, key, value) {
		json_auto_t *content = NULL;
		struct error why = { 0 };

		if (strncmp(key, "secret-", 7) != 0) {
			json_object_set(answer, key, value);
			continue;
		}
		content = hook_secret(h, json_string_value(value), &why);
		if (content != NULL) {
			json_object_update(answer, content);
		} else if (why.code != ERROR_NOT_FOUND) {
			*err = why;
			json_decref(answer);
			return NULL;
		}
	}
	return answer;
}

/* What is no list of statuses says nothing: others write it, not we. */
static char *
refusal_find(const struct link *l)
{
	const char *text = json_text(l->answer, "status", NULL);
	json_auto_t *list = NULL;
	int least = link_is_granted(l) ? FATAL_CODE : REFUSAL_CODE;
	struct error err = { 0 };
	const json_t *entry;
	size_t i;

	if (text == NULL)
		return NULL;
	list = json_read(text, strlen(text), LIMIT_BAG_BYTES, &err);
	json_array_foreach(list, i, entry)
		if (json_int(entry, "code", 0) >= least)
			return xstrdup(
			    json_text(entry, "message", "no reason given"));
	return NULL;
}

/* A request that may still change is checked before it is sent. */
static char *
flaw_find(const struct view *v, const struct link *l)
{
	const char *name = view_option(v, l->product->option);
	struct error why = { 0 };

	if (l->product->check == NULL || name == NULL || link_is_granted(l) ||
	    l->product->check(name, &why) == 0)
		return NULL;
	return xstrdup(why.msg);
}

static int
link_read(struct hook *h, struct link *l, const json_t *all_sent,
    struct error *err)
{
	const char *sent = json_text(all_sent, l->relation, NULL);
	json_auto_t *bag = NULL;

	l->app = hook_remote_app(h, l->relation, err);
	if (l->app == NULL)
		return -1;
	bag = hook_bag(h, l->relation, l->app, err);
	l->answer = bag == NULL ? NULL : answer_resolve(h, bag, err);
	if (l->answer == NULL)
		return -1;
	l->refusal = refusal_find(l);
	if (sent == NULL)
		return 0;
	l->sent = json_read(sent, strlen(sent), LIMIT_BAG_BYTES, err);
	return l->sent != NULL ?
	    0 :
	    error_wrap(err, "%s: what was sent", l->relation);
}

static int
view_read_product(struct hook *h, struct view *v, const struct product *p,
    const char *without, struct error *err)
{
	json_auto_t *relations = hook_relations(h, p->endpoint, err);
	const json_t *relation;
	const char *name;
	struct link *l;
	size_t i;

	if (relations == NULL)
		return -1;
	json_array_foreach(relations, i, relation) {
		name = json_string_value(relation);
		if (without != NULL && strcmp(name, without) == 0)
			continue;
		v->links = xrealloc(v->links,
		    (v->nlinks + 1) * sizeof *v->links);
		l = &v->links[v->nlinks++];
		*l = (struct link){ .product = p, .relation = xstrdup(name) };
		if (link_read(h, l, v->sent, err) < 0)
			return -1;
		l->flaw = flaw_find(v, l);
	}
	return 0;
}

int
view_read(struct hook *h, const char *without, struct view *v,
    struct error *err)
{
	struct error why = { 0 };
	size_t i;

	v->config = hook_config(h, err);
	if (v->config == NULL || hook_is_leader(h, &v->is_leader, err) < 0 ||
	    view_read_peers(h, v, err) < 0)
		return -1;
	for (i = 0; i < nitems(products); i++)
		if (view_read_product(h, v, &products[i], without, err) < 0)
			return -1;
	if (wish_check(v->config, &why) < 0)
		v->flaw = xstrdup(why.msg);
	return 0;
}

const char *
view_option(const struct view *v, const char *option)
{
	const char *value = json_text(v->config, option, "");

	return *value != '\0' ? value : NULL;
}

bool
view_has_name(const struct view *v)
{
	size_t i;

	for (i = 0; i < nitems(products); i++)
		if (view_option(v, products[i].option) != NULL)
			return true;
	return false;
}

const char *
link_name(const struct link *l)
{
	return json_text(l->answer, l->product->key,
	    json_text(l->sent, l->product->key, NULL));
}
