/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/duration.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/near.h"
#include "engine/internal.h"
#include "engine/log_filter.h"
#include "engine/model_option.h"
#include "model/kept.h"

#define TEXT_BYTES  65536
#define PACE_MIN_MS 1000
#define PACE_MAX_MS (24 * 60 * 60 * 1000)

static bool
takes_text(const char *text)
{
	return strlen(text) <= TEXT_BYTES;
}

static bool
takes_bool(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

static bool
takes_pace(const char *text)
{
	int64_t ms;

	return duration_parse(text, &ms) == 0 && ms >= PACE_MIN_MS &&
	    ms <= PACE_MAX_MS;
}

static bool
takes_filter(const char *text)
{
	return strlen(text) <= TEXT_BYTES && log_filter_is_valid(text);
}

static bool
takes_mode(const char *text)
{
	return *text == '\0' || strcmp(text, "requires-prompts") == 0;
}

#define A_BOOL   "true or false", takes_bool
#define A_TEXT   "a text of up to 65536 bytes", takes_text
#define NO_PROXY "127.0.0.1,localhost,::1"
/* Nothing of ours asks for it: a program may. */
#define KEPT(name_)                                  \
	{                                            \
		name_, "", "Kept only", A_TEXT, true \
	}

const struct model_option model_options[] = {
	KEPT("agent-metadata-url"),
	KEPT("agent-stream"),
	KEPT("apt-ftp-proxy"),
	KEPT("apt-http-proxy"),
	KEPT("apt-https-proxy"),
	KEPT("apt-mirror"),
	KEPT("apt-no-proxy"),
	{ OPTION_RETRY, "true",
	    "Whether a hook that failed is tried again by itself; if not, "
	    "\"tenon resolved\" tries it again",
	    A_BOOL, false },
	KEPT("backup-dir"),
	KEPT("charmhub-url"),
	KEPT("cloudinit-userdata"),
	KEPT("container-image-metadata-defaults-disabled"),
	KEPT("container-image-metadata-url"),
	KEPT("container-image-stream"),
	KEPT("container-inherit-properties"),
	KEPT("container-networking-method"),
	KEPT("default-base"),
	KEPT("default-series"),
	KEPT("default-space"),
	KEPT("development"),
	KEPT("disable-network-management"),
	KEPT("disable-telemetry"),
	KEPT("egress-subnets"),
	KEPT("enable-os-refresh-update"),
	KEPT("enable-os-upgrade"),
	KEPT("extra-info"),
	KEPT("fan-config"),
	KEPT("firewall-mode"),
	{ "ftp-proxy", "", "Hooks find it as ftp_proxy and FTP_PROXY", A_TEXT,
	    false },
	{ "http-proxy", "", "Hooks find it as http_proxy and HTTP_PROXY",
	    A_TEXT, false },
	{ "https-proxy", "", "Hooks find it as https_proxy and HTTPS_PROXY",
	    A_TEXT, false },
	KEPT("ignore-machine-addresses"),
	KEPT("image-metadata-defaults-disabled"),
	KEPT("image-metadata-url"),
	KEPT("image-stream"),
	{ "juju-ftp-proxy", "", "Hooks find it as JUJU_CHARM_FTP_PROXY", A_TEXT,
	    false },
	{ "juju-http-proxy", "", "Hooks find it as JUJU_CHARM_HTTP_PROXY",
	    A_TEXT, false },
	{ "juju-https-proxy", "", "Hooks find it as JUJU_CHARM_HTTPS_PROXY",
	    A_TEXT, false },
	{ "juju-no-proxy", NO_PROXY, "Hooks find it as JUJU_CHARM_NO_PROXY",
	    A_TEXT, false },
	KEPT("logforward-enabled"),
	{ OPTION_LOGGING, "<root>=INFO",
	    "From which level on, by module, \"tenon debug-log\" shows messages "
	    "if it is not told; all are kept",
	    "levels by module, such as <root>=INFO;unit=DEBUG", takes_filter,
	    false },
	KEPT("logging-output"),
	KEPT("lxd-snap-channel"),
	KEPT("max-action-results-age"),
	KEPT("max-action-results-size"),
	KEPT("max-status-history-age"),
	KEPT("max-status-history-size"),
	{ "mode", "",
	    "With requires-prompts, \"tenon remove-unit\", remove-application "
	    "and remove-machine ask before they remove",
	    "requires-prompts or nothing", takes_mode, false },
	KEPT("net-bond-reconfigure-delay"),
	{ "no-proxy", NO_PROXY, "Hooks find it as no_proxy and NO_PROXY",
	    A_TEXT, false },
	KEPT("num-container-provision-workers"),
	KEPT("num-provision-workers"),
	KEPT("provisioner-harvest-mode"),
	KEPT("proxy-ssh"),
	KEPT("resource-tags"),
	KEPT("saas-ingress-allow"),
	KEPT("secret-backend"),
	KEPT("snap-http-proxy"),
	KEPT("snap-https-proxy"),
	KEPT("snap-store-assertions"),
	KEPT("snap-store-proxy"),
	KEPT("snap-store-proxy-url"),
	KEPT("ssh-allow"),
	KEPT("ssl-hostname-verification"),
	KEPT("storage-default-block-source"),
	KEPT("storage-default-filesystem-source"),
	{ "test-mode", "false", "Whether this is a test; kept only", A_BOOL,
	    false },
	KEPT("transmit-vendor-metrics"),
	{ OPTION_UPDATE, "5m",
	    "How often update-status runs in units of charms that are run once "
	    "per hook; the others ask for it",
	    "a duration from 1s to 24h, such as 10s or 5m", takes_pace, false },
	{ 0 },
};

static const struct model_option *
find(const char *name)
{
	for (const struct model_option *o = model_options; o->name != NULL;
	     o++) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

const struct model_option *
model_option_find(const char *name, struct error *err)
{
	const struct model_option *option = find(name);
	struct near near;

	if (option != NULL)
		return option;
	near_start(&near, name);
	for (option = model_options; option->name != NULL; option++)
		near_consider(&near, option->name);
	error_set(err, ERROR_NOT_FOUND, "unknown model option \"%s\"", name);
	if (near.found != NULL)
		error_hint(err, "did you mean \"%s\"?", near.found);
	else
		error_hint(err, "\"tenon model-config\" shows those there are");
	return NULL;
}

static int
check_one(const char *name, const json_t *value, struct error *err)
{
	const struct model_option *option = model_option_find(name, err);
	const char *text = json_is_string(value) ? json_string_value(value) :
						   NULL;

	if (option == NULL)
		return -1;
	if (text != NULL && option->takes(text))
		return 0;
	return error_set(err, ERROR_INVALID,
	    "model option \"%s\" expected %s, got \"%.64s\"", name,
	    option->expected, text != NULL ? text : "");
}

int
model_options_check(json_t *set, struct error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(set, name, value) {
		if (check_one(name, value, err) == -1)
			return -1;
	}
	return 0;
}

json_t *
model_option_json(const struct model_option *option, const char *text)
{
	return option->takes == takes_bool ?
	    json_boolean(strcmp(text, "true") == 0) :
	    json_string(text);
}

/* ---- what holds ---- */

const char *
model_option_shared(const struct ctl *ctl, const char *name)
{
	return json_text(kept_find(ctl->kept, KEPT_MODEL_DEFAULTS), name, NULL);
}

/* What was set long ago may be no value any more. */
const char *
model_option_text(const struct ctl *ctl, const struct model *m,
    const char *name)
{
	const struct model_option *option = find(name);
	const char *text = json_text(m->config, name, NULL);

	if (text == NULL)
		text = model_option_shared(ctl, name);
	return text != NULL && option->takes(text) ? text : option->initial;
}

bool
model_option_is_true(const struct ctl *ctl, const struct model *m,
    const char *name)
{
	return strcmp(model_option_text(ctl, m, name), "true") == 0;
}

uint64_t
model_option_ms(const struct ctl *ctl, const struct model *m, const char *name)
{
	int64_t ms = 0;

	(void)duration_parse(model_option_text(ctl, m, name), &ms);
	return (uint64_t)ms;
}
