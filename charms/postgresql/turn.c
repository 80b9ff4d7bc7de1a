/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "charm.h"
#include "cluster.h"
#include "later.h"
#include "turn.h"

/* In a member's bag, and in the application's. */
#define KEY_OPTIONS "options"
#define KEY_RESTART "restart"
#define KEY_TURN    "restart-turn"

static const char *const words[] = {
	[TURN_NONE] = NULL,
	[TURN_WANTED] = "wanted",
	[TURN_REFUSED] = "refused",
};

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
says(const struct member *m, enum turn_wish wish)
{
	return is_same(m->restart, words[wish]);
}

int
turn_publish(struct hook *h, const struct cluster *cl, const char *options,
    enum turn_wish wish, struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit);
	json_t *values;

	if (self == NULL ||
	    (is_same(self->options, options) && says(self, wish)))
		return 0;
	values = json_object();
	json_object_set_new(values, KEY_OPTIONS, json_string(options));
	json_object_set_new(values, KEY_RESTART,
	    words[wish] == NULL ? json_null() : json_string(words[wish]));
	return hook_bag_set(h, cl->relation, values, err);
}

bool
turn_has_published(const struct hook *h, const struct cluster *cl,
    const char *options)
{
	const struct member *self = cluster_find(cl, h->unit);

	return self != NULL && is_same(self->options, options);
}

static const char *
turn_of(const struct cluster *cl)
{
	return json_text(cl->bag, KEY_TURN, NULL);
}

bool
turn_is_ours(const struct hook *h, const struct cluster *cl)
{
	const struct member *self = cluster_find(cl, h->unit);

	return self != NULL && says(self, TURN_WANTED) &&
	    is_same(turn_of(cl), h->unit);
}

bool
turn_is_lost(const struct hook *h, const struct cluster *cl)
{
	const struct member *self = cluster_find(cl, h->unit);

	if (self == NULL || !says(self, TURN_WANTED))
		return false;
	for (size_t i = 0; i < cl->nmembers; i++)
		if (says(&cl->members[i], TURN_REFUSED) &&
		    is_same(cl->members[i].options, self->options))
			return true;
	return false;
}

/* Has everybody that serves seen what the leader has, and nobody refused it? */
static bool
may_go_on(const struct cluster *cl, const struct member *leader)
{
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (m->is_ready &&
		    (!is_same(m->options, leader->options) ||
			says(m, TURN_REFUSED)))
			return false;
	}
	return true;
}

bool
turn_is_over(const struct hook *h, const struct cluster *cl)
{
	const struct member *self = cluster_find(cl, h->unit);

	if (self == NULL)
		return false;
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (m->is_ready &&
		    (!is_same(m->options, self->options) ||
			says(m, TURN_WANTED)))
			return false;
	}
	return true;
}

/* The primary comes after all that are not. */
static const struct member *
next(const struct cluster *cl)
{
	const struct member *found = NULL;

	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (!says(m, TURN_WANTED))
			continue;
		if (strcmp(m->unit, cl->primary) != 0)
			return m;
		found = m;
	}
	return found;
}

int
turn_lead(struct hook *h, const struct cluster *cl, struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit), *m = NULL;
	const char *turn = turn_of(cl);
	const struct member *holder = turn == NULL ? NULL :
						     cluster_find(cl, turn);

	/* It is still at it. */
	if (self == NULL || (holder != NULL && says(holder, TURN_WANTED)))
		return 0;
	if (may_go_on(cl, self))
		m = next(cl);
	if (m == NULL && turn == NULL)
		return 0;
	if (hook_app_bag_set(h, cl->relation,
		m == NULL ? json_pack("{s:n}", KEY_TURN) :
			    json_pack("{s:s}", KEY_TURN, m->unit),
		err) == -1)
		return -1;
	/* Nobody tells the leader of what it has said itself. */
	return m != NULL && m == self ? later_ask(h, LATER_LOOK, 0, err) : 0;
}
