/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data-integrator - gives any client a database, or a topic, and the
 * credentials for it.
 *
 * Whatever happens, every unit looks at all there is, and the leader sends what
 * is due. So no hook depends on which ones came before it.
 */

#include "base/error.h"
#include "base/mem.h"
#include "charm.h"
#include "credentials.h"
#include "request.h"
#include "status.h"
#include "view.h"

static int
show_status(struct hook *h, const struct view *v, struct error *err)
{
	struct status status = status_of(v);
	autofree char *message = status.message;

	return hook_status(h, status.word, message, err);
}

static int
on_change(struct hook *h, struct error *err)
{
	autoview v = { 0 };

	if (view_read(h, NULL, &v, err) < 0 || requests_send(h, &v, err) < 0)
		return -1;
	return show_status(h, &v, err);
}

static int
on_broken(struct hook *h, struct error *err)
{
	autoview v = { 0 };

	if (view_read(h, h->relation, &v, err) < 0 ||
	    request_forget(h, &v, h->relation, err) < 0 ||
	    requests_send(h, &v, err) < 0)
		return -1;
	return show_status(h, &v, err);
}

/* clang-format off */
#define PRODUCT(endpoint)                              \
	{ endpoint "-relation-created", on_change },   \
	{ endpoint "-relation-changed", on_change },   \
	{ endpoint "-relation-broken", on_broken }

static const struct charm_handler hooks[] = {
	{ "leader-elected", on_change },
	{ "config-changed", on_change },
	{ "start", on_change },
	{ "upgrade-charm", on_change },
	{ "update-status", on_change },
	{ "data-integrator-peers-relation-changed", on_change },
	PRODUCT("kafka"),
	PRODUCT("mongodb"),
	PRODUCT("mysql"),
	PRODUCT("postgresql"),
	PRODUCT("zookeeper"),
	{ NULL, NULL },
};
#undef PRODUCT
/* clang-format on */

/* A product answers in its application's bag. */
static const char *const products[] = { "kafka", "mongodb", "mysql",
	"postgresql", "zookeeper", NULL };

static const struct charm_handler actions[] = {
	{ "get-credentials", credentials_get },
	{ NULL, NULL },
};

int
main(void)
{
	return charm_main(&(const struct charm_program){
	    .hooks = hooks,
	    .actions = actions,
	    .application_endpoints = products,
	});
}
