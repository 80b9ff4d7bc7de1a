/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/environment.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/context.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "model/far.h"
#include "model/secret.h"

#define ENVIRONMENT_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

void
environment_common(struct strv *env, const struct engine *e)
{
	static const char *const through[] = { "TENON_PG_BINDIR", "TZ" };
	const char *value;

	if (e->tools_dir != NULL)
		strv_addf(env, "PATH=%s:" ENVIRONMENT_PATH, e->tools_dir);
	else
		strv_add(env, "PATH=" ENVIRONMENT_PATH);
	strv_add(env, "LANG=C.UTF-8");
	strv_add(env, "DEBIAN_FRONTEND=noninteractive");
	strv_add(env, "APT_LISTCHANGES_FRONTEND=none");
	for (size_t i = 0; i < nitems(through); i++) {
		value = getenv(through[i]);
		if (value != NULL)
			strv_addf(env, "%s=%s", through[i], value);
	}
}

/* What Juju's charms find, and is the same for all of ours. */
static void
environment_constant(struct strv *env)
{
	static const char *const lines[] = { "CLOUD_API_VERSION=",
		"JUJU_SLA=unsupported", "TERM=dumb" };

	for (size_t i = 0; i < nitems(lines); i++)
		strv_add(env, lines[i]);
}

/* Juju sets its own also where there is none, and the others where there is. */
static void
environment_proxies(struct strv *env, const struct ctl *ctl,
    const struct model *m)
{
	static const struct {
		const char *option, *names[2];
		bool always;
	} proxies[] = {
		{ "juju-http-proxy", { "JUJU_CHARM_HTTP_PROXY" }, true },
		{ "juju-https-proxy", { "JUJU_CHARM_HTTPS_PROXY" }, true },
		{ "juju-ftp-proxy", { "JUJU_CHARM_FTP_PROXY" }, true },
		{ "juju-no-proxy", { "JUJU_CHARM_NO_PROXY" }, true },
		{ "http-proxy", { "http_proxy", "HTTP_PROXY" }, false },
		{ "https-proxy", { "https_proxy", "HTTPS_PROXY" }, false },
		{ "ftp-proxy", { "ftp_proxy", "FTP_PROXY" }, false },
		{ "no-proxy", { "no_proxy", "NO_PROXY" }, false },
	};

	for (size_t i = 0; i < nitems(proxies); i++) {
		const char *text = model_option_text(ctl, m, proxies[i].option);

		if (*text == '\0' && !proxies[i].always)
			continue;
		for (size_t k = 0; k < 2 && proxies[i].names[k] != NULL; k++)
			strv_addf(env, "%s=%s", proxies[i].names[k], text);
	}
}

void
environment_unit(struct strv *env, const struct engine *e, const struct unit *u)
{
	const struct application *app = u->app;
	autofree char *dir = unit_dir(e, u);
	autofree char *charm_dir = application_charm_dir(e, app);

	environment_common(env, e);
	strv_addf(env, "CHARM_DIR=%s", charm_dir);
	strv_addf(env, "JUJU_CHARM_DIR=%s", charm_dir);
	strv_addf(env, "JUJU_UNIT_NAME=%s", u->name);
	strv_addf(env, "JUJU_MODEL_NAME=%s", app->model->name);
	strv_addf(env, "JUJU_MODEL_UUID=%s", app->model->uuid);
	strv_addf(env, "JUJU_VERSION=%s", e->version);
	strv_addf(env, "JUJU_MACHINE_ID=%lld", (long long)u->machine->id);
	strv_add(env, "JUJU_AVAILABILITY_ZONE=");
	strv_add(env, "JUJU_PRINCIPAL_UNIT=");
	strv_add(env, "JUJU_API_ADDRESSES=");
	environment_constant(env);
	environment_proxies(env, e->ctl, app->model);
	if (e->socket != NULL) {
		strv_add(env, "JUJU_AGENT_SOCKET_NETWORK=unix");
		strv_addf(env, "JUJU_AGENT_SOCKET_ADDRESS=%s", e->socket);
	}
	strv_addf(env, "TENON_UNIT_DIR=%s", dir);
	strv_addf(env, "TENON_CHARM_CHANNEL=%s",
	    app->channel != NULL ? app->channel : "");
}

static void
environment_relation(struct strv *env, const struct op *op,
    const struct unit *u)
{
	struct relation *rel = model_find_relation(u->app->model, op->relation);
	autofree char *id = NULL;

	if (rel == NULL)
		return;
	id = relation_hook_id(rel, u->app);
	strv_addf(env, "JUJU_RELATION=%s",
	    relation_end_of(rel, u->app)->endpoint);
	strv_addf(env, "JUJU_RELATION_ID=%s", id);
	strv_addf(env, "JUJU_REMOTE_APP=%s", op->remote_app);
	strv_addf(env, "JUJU_REMOTE_UNIT=%s", op->remote_unit);
	strv_addf(env, "JUJU_DEPARTING_UNIT=%s", op->departing_unit);
}

static void
environment_secret(struct strv *env, const struct op *op, const struct unit *u)
{
	struct secret *s = unit_find_secret(u, op->secret);

	if (s == NULL)
		return;
	strv_addf(env, "JUJU_SECRET_ID=secret:%s", s->id);
	strv_addf(env, "JUJU_SECRET_LABEL=%s",
	    json_text(secret_observer(s, u), "label", ""));
	strv_addf(env, "JUJU_SECRET_REVISION=%lld", (long long)s->revision);
}

void
environment_hook(struct strv *env, const struct context *ctx,
    const struct unit *u)
{
	strv_addf(env, "JUJU_CONTEXT_ID=%s", ctx->id);
	if (ctx->command != NULL) {
		strv_add(env, "JUJU_HOOK_NAME=");
		strv_add(env, "JUJU_DISPATCH_PATH=");
		return;
	}
	if (ctx->task >= 0) {
		strv_add(env, "JUJU_HOOK_NAME=");
		strv_addf(env, "JUJU_DISPATCH_PATH=actions/%s", ctx->name);
		strv_addf(env, "JUJU_ACTION_NAME=%s", ctx->name);
		strv_addf(env, "JUJU_ACTION_UUID=%lld", (long long)ctx->task);
		strv_addf(env, "JUJU_ACTION_TAG=action-%lld",
		    (long long)ctx->task);
		return;
	}
	strv_addf(env, "JUJU_HOOK_NAME=%s", ctx->name);
	strv_addf(env, "JUJU_DISPATCH_PATH=hooks/%s", ctx->name);
	environment_relation(env, &ctx->op, u);
	environment_secret(env, &ctx->op, u);
}
