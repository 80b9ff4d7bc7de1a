/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/people.h"

static const struct flag show_model_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_model_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_model = {
	.name = "show-model",
	.args = "[<model name>]",
	.summary = "Shows what is known of a model.",
	.details = "",
	.flags = show_model_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = show_model_run,
};

static json_t *
show_model_document(const json_t *m)
{
	const char *name = json_text(m, "name", "");
	const char *owner = json_text(m, "owner", "admin");
	autofree char *full = xasprintf("%s/%s", owner, name);

	return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, "
			 "s:s, s:s, s:{s:s}, s:I, s:I, s:I, s:I}}",
	    name, "name", full, "short-name", name, "model-uuid",
	    json_text(m, "uuid", ""), "model-type", "iaas", "controller-uuid",
	    json_text(m, "controller-uuid", ""), "controller-name",
	    json_text(m, "controller", ""), "is-controller", 0, "owner", owner,
	    "cloud", json_text(m, "cloud", ""), "region",
	    json_text(m, "region", ""), "life", json_text(m, "life", "alive"),
	    "status", "current", json_text(m, "status", ""), "machine-count",
	    (json_int_t)json_int(m, "machines", 0), "application-count",
	    (json_int_t)json_int(m, "applications", 0), "unit-count",
	    (json_int_t)json_int(m, "units", 0), "generation",
	    (json_int_t)json_int(m, "generation", 0));
}

/* What Juju's clients read of a model besides. */
static void
show_model_add(const struct args *args, json_t *document, const json_t *m,
    const json_t *users)
{
	json_t *about = json_object_get(document, json_text(m, "name", ""));
	json_t *credential = json_copy(
	    json_child(m, "credential", JSON_OBJECT));

	json_put_text(credential, "validity-check", "valid");
	json_object_set_new(about, "credential", credential);
	json_object_set(about, "machines", json_child(m, "hosts", JSON_OBJECT));
	json_object_set_new(about, "secret-backends",
	    json_pack("{s:{s:I, s:s}}", "internal", "num-secrets",
		(json_int_t)json_int(m, "secrets", 0), "status", "active"));
	json_object_set_new(about, "users", people_of_model(args, users, m));
	json_put_text(about, "agent-version", json_text(m, "version", ""));
}

static int
show_model_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *model = NULL, *users = NULL, *document = NULL;
	autofree char *path = NULL;

	if (args_check_format(args, "yaml|json", err) == -1)
		return -1;
	if (args->n > 0 && cli_use_model(cli, args->v[0], err) == -1)
		return -1;
	path = cli_path(cli, "%s", "");
	if (cli_get(cli, path, &model, err) == -1 ||
	    cli_get(cli, "/v1/users", &users, err) == -1)
		return -1;
	document = show_model_document(model);
	show_model_add(args, document, model, users);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
