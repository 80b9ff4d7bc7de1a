/* SPDX-License-Identifier: Apache-2.0 */

#include "status.h"

#include "base/json.h"
#include "base/mem.h"
#include "request.h"
#include "view.h"

enum trouble {
	TROUBLE_NONE,
	TROUBLE_WAITING,
	TROUBLE_NO_NAME,
	TROUBLE_BAD_NAME,
	TROUBLE_REFUSED
};

static enum trouble
link_trouble(const struct view *v, const struct link *l)
{
	if (l->flaw != NULL && (l->sent == NULL || l->refusal != NULL))
		return TROUBLE_BAD_NAME;
	if (l->refusal != NULL)
		return TROUBLE_REFUSED;
	if (link_is_granted(l))
		return TROUBLE_NONE;
	if (l->sent == NULL && view_option(v, l->product->option) == NULL)
		return TROUBLE_NO_NAME;
	return TROUBLE_WAITING;
}

const struct link *
status_worst_link(const struct view *v)
{
	const struct link *worst = NULL;
	enum trouble most = TROUBLE_NONE;
	enum trouble trouble;
	size_t i;

	for (i = 0; i < v->nlinks; i++) {
		trouble = link_trouble(v, &v->links[i]);
		if (trouble > most) {
			most = trouble;
			worst = &v->links[i];
		}
	}
	return worst;
}

struct status
status_of_link(const struct view *v, const struct link *l)
{
	switch (link_trouble(v, l)) {
	case TROUBLE_NONE:
		break;
	case TROUBLE_WAITING:
		return (struct status){ "waiting",
			xasprintf("Waiting for %s to provide the %s", l->app,
			    l->product->key) };
	case TROUBLE_NO_NAME:
		return (struct status){ "blocked",
			xasprintf("Please specify a %s for %s",
			    l->product->kind, l->app) };
	case TROUBLE_BAD_NAME:
		return (struct status){ "blocked",
			xasprintf("Please specify another %s for %s: %s",
			    l->product->kind, l->app, l->flaw) };
	case TROUBLE_REFUSED:
		return (struct status){ "blocked",
			xasprintf("Refused by %s: %s", l->app, l->refusal) };
	}
	return (struct status){ "active", xstrdup("") };
}

static bool
name_differs(const struct view *v, const struct link *l)
{
	const char *wanted = view_option(v, l->product->option);
	const char *active = link_name(l);

	return active != NULL &&
	    (wanted == NULL || strcmp(wanted, active) != 0);
}

/* The message is NULL if all is as the options say. */
static char *
describe_difference(const struct view *v)
{
	const struct link *l;
	size_t i;

	for (i = 0; i < v->nlinks; i++)
		if (request_differs(v, &v->links[i]))
			return xstrdup("To change role info, please remove "
				       "relation and add it again");
	for (i = 0; i < v->nlinks; i++) {
		l = &v->links[i];
		if (name_differs(v, l))
			return xasprintf("To change %s: %s, please remove "
					 "relation and add it again",
			    l->product->kind, link_name(l));
	}
	return NULL;
}

struct status
status_of(const struct view *v)
{
	const struct link *worst;
	char *difference;

	if (!view_has_name(v))
		return (struct status){ "blocked",
			xstrdup(
			    "Please specify either topic or database name") };
	if (v->nlinks == 0)
		return (struct status){ "blocked",
			xstrdup("Please relate the data-integrator with the "
				"desired product") };
	if (v->flaw != NULL)
		return (struct status){ "blocked",
			xasprintf("Please correct the options: %s", v->flaw) };
	worst = status_worst_link(v);
	if (worst != NULL)
		return status_of_link(v, worst);
	difference = describe_difference(v);
	if (difference != NULL)
		return (struct status){ "blocked", difference };
	return (struct status){ "active", xstrdup("") };
}
