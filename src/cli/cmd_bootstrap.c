/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/settings.h"
#include "cli/text.h"

static const struct flag bootstrap_flags[] = {
	{ "config", NULL, 0, FLAG_VALUE,
	    "An option that models begin with, as key=value, or a YAML file "
	    "with some" },
	{ "model-default", NULL, 0, FLAG_VALUE, "The same" },
	{ "add-model", NULL, 0, FLAG_VALUE, "Add a model of this name too" },
	{ "credential", NULL, 0, FLAG_VALUE,
	    "One of those of \"list-credentials\"; none is needed" },
	{ "clouds", NULL, 0, FLAG_SWITCH, "Show the clouds instead" },
	{ "regions", NULL, 0, FLAG_VALUE,
	    "Show the regions of this cloud instead" },
	{ "no-switch", NULL, 0, FLAG_SWITCH,
	    "Accepted; a machine has one controller" },
	{ "agent-version", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "auto-upgrade", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "bootstrap-base", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "bootstrap-constraints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "bootstrap-image", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "bootstrap-series", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "build-agent", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "constraints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "controller-charm-channel", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "controller-charm-path", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "keep-broken", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "metadata-source", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "no-default-model", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "storage-pool", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "to", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static int bootstrap_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_bootstrap = {
	.name = "bootstrap",
	.args = "[<cloud>[/<region>]] [<controller name>]",
	.summary = "Creates the controller of this machine.",
	.details = "The cloud is localhost: units run on this machine. The "
		   "verbs that need a\ncontroller create one too, named "
		   "overlord. Options are those of \"tenon\nmodel-config\".",
	.flags = bootstrap_flags,
	.min_args = 0,
	.max_args = 2,
	.need = CMD_STARTING,
	.run = bootstrap_run,
};

/* There is one, and it has one region. */
static int
bootstrap_show(const struct cli *cli, const char *cloud, struct error *err)
{
	if (cloud == NULL || strcmp(cloud, "localhost") == 0)
		return cli_emit_text(cli, "localhost\n", err);
	error_set(err, ERROR_NOT_FOUND, "cloud %s not found", cloud);
	return error_hint(err,
	    "units run on this host: the one cloud is localhost");
}

/* What programs say of other controllers: ours has no options. */
static const char *const controller_options[] = {
	"admin-secret",
	"agent-logfile-max-backups",
	"agent-logfile-max-size",
	"agent-ratelimit-max",
	"agent-ratelimit-rate",
	"allow-model-access",
	"api-port",
	"api-port-open-delay",
	"application-resource-download-limit",
	"audit-log-capture-args",
	"audit-log-exclude-methods",
	"audit-log-max-backups",
	"audit-log-max-size",
	"auditing-enabled",
	"autocert-dns-name",
	"autocert-url",
	"bootstrap-addresses-delay",
	"bootstrap-retry-delay",
	"bootstrap-timeout",
	"ca-cert",
	"ca-private-key",
	"caas-image-repo",
	"controller-api-port",
	"controller-external-ips",
	"controller-external-name",
	"controller-name",
	"controller-resource-download-limit",
	"controller-service-type",
	"features",
	"identity-public-key",
	"identity-url",
	"juju-db-snap-channel",
	"juju-ha-space",
	"juju-mgmt-space",
	"login-token-refresh-url",
	"max-agent-state-size",
	"max-charm-state-size",
	"max-debug-log-duration",
	"migration-agent-wait-time",
	"model-logfile-max-backups",
	"model-logfile-max-size",
	"model-logs-size",
	"mongo-memory-profile",
	"object-store-type",
	"public-dns-address",
	"ssh-max-concurrent-connections",
	"ssh-server-port",
	"state-port",
};

static void
bootstrap_leave_out(const struct cli *cli, json_t *options)
{
	for (size_t i = 0; i < nitems(controller_options); i++) {
		if (json_object_del(options, controller_options[i]) == 0)
			cli_say(cli,
			    "Option \"%s\" is left out: a controller has no "
			    "options here",
			    controller_options[i]);
	}
}

static int
bootstrap_post(struct cli *cli, const char *name, const char *place,
    struct error *err)
{
	json_auto_t *defaults = json_object(), *reply = NULL;
	json_t *body;

	if (settings_collect_flag(cli->args, "config", defaults, err) == -1 ||
	    settings_collect_flag(cli->args, "model-default", defaults, err) ==
		-1)
		return -1;
	bootstrap_leave_out(cli, defaults);
	body = json_pack("{s:s, s:s, s:O}", "name", name, "cloud", place,
	    "model-defaults", defaults);
	json_put_text(body, "credential",
	    args_text(cli->args, "credential", NULL));
	return cli_post(cli, "/v1/controller", body, &reply, err);
}

static int
bootstrap_add_model(struct cli *cli, const char *model, struct error *err)
{
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/models", json_pack("{s:s}", "name", model),
		&reply, err) == -1)
		return -1;
	cli_say(cli, "Initial model \"%s\" added", model);
	return 0;
}

/* To ask it a tenond would have to be started, which makes its files. */
static int
bootstrap_foretell(struct cli *cli, const char *name, const char *cloud,
    struct error *err)
{
	const char *model = args_text(cli->args, "add-model", NULL), *there;
	json_auto_t *root = NULL;

	if (strcmp(cloud, "localhost") != 0)
		return bootstrap_show(cli, cloud, err);
	if (cli_get(cli, "/v1", &root, err) == -1 &&
	    err->code != ERROR_NOT_FOUND)
		return -1;
	there = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    NULL);
	if (there != NULL)
		return error_set(err, ERROR_CONFLICT,
		    "controller \"%s\" already exists", there);
	cli_print("Controller \"%s\" would be created in %s, and nothing has "
		  "been done.\n",
	    name, cli->home);
	if (model != NULL)
		cli_print("Model \"%s\" would be added to it.\n", model);
	return 0;
}

static int
bootstrap_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *place = args->n > 0 ? args->v[0] : "localhost";
	autofree char *cloud = text_part(place, strcspn(place, "/"));
	const char *region = strchr(place, '/');
	autofree char *default_name = xasprintf("%s-%s", cloud,
	    region != NULL ? region + 1 : cloud);
	const char *name = args->n > 1 ? args->v[1] : default_name;
	const char *model = args_text(args, "add-model", NULL);

	if (args_has(args, "clouds") || args_has(args, "regions"))
		return bootstrap_show(cli, args_text(args, "regions", NULL),
		    err);
	if (args_has(args, "dry-run"))
		return bootstrap_foretell(cli, name, cloud, err);
	if (bootstrap_post(cli, name, place, err) == -1)
		return -1;
	cli_say(cli, "Creating %s controller \"%s\" on %s/%s",
	    strcmp(cli->prog, "juju") == 0 ? "Juju" : "Tenon", name, cloud,
	    region != NULL ? region + 1 : cloud);
	cli_say(cli, "Bootstrap complete, controller \"%s\" is now available",
	    name);
	if (model != NULL)
		return bootstrap_add_model(cli, model, err);
	cli_say(cli,
	    "\nNow you can run\n\t%s add-model <model-name>\n"
	    "to create a new model to deploy workloads.",
	    cli->prog);
	return 0;
}
