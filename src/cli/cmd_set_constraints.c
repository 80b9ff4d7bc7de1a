/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/charm_words.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

#define CONSTRAINT_KEPT                                                         \
	"They replace those there are; without any, there are none. They are "  \
	"kept for\nprograms that read them back, and choose nothing: every "    \
	"unit is on this host,\nand \"tenon config\" limits what a server "     \
	"takes.\n\nThere are allocate-public-ip, arch, container, cores, "      \
	"cpu-power, image-id,\ninstance-role, instance-type, mem, root-disk, "  \
	"root-disk-source, spaces, tags,\nvirt-type and zones. Sizes are MiB, " \
	"or end in M, G, T or P; lists have commas\nbetween their items."

static const struct flag set_constraints_flags[] = {
	PLAN_FLAG,
	{ 0 },
};

static int set_constraints_run(struct cli *, const struct args *,
    struct error *);

static int set_model_constraints_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_set_constraints = {
	.name = "set-constraints",
	.args = "<application> [<constraint>=<value> ...]",
	.summary = "Sets the constraints of an application.",
	.details = CONSTRAINT_KEPT,
	.flags = set_constraints_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = set_constraints_run,
};

const struct cmd cmd_set_model_constraints = {
	.name = "set-model-constraints",
	.args = "[<constraint>=<value> ...]",
	.summary = "Sets the constraints of a model.",
	.details = CONSTRAINT_KEPT,
	.flags = set_constraints_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = set_model_constraints_run,
};

static int
set_constraints_post(struct cli *cli, const char *path, int first,
    struct error *err)
{
	const struct args *args = cli->args;
	json_auto_t *set = json_object();

	for (int i = first; i < args->n; i++) {
		if (charm_words_constraints(set, args->v[i], err) == -1)
			return -1;
	}
	return plan_post(cli, path, json_pack("{s:O}", "set", set), err);
}

static int
set_constraints_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_app_path(cli, args->v[0], "constraints");

	return set_constraints_post(cli, path, 1, err);
}

static int
set_model_constraints_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	autofree char *path = cli_path(cli, "constraints");

	(void)args;
	return set_constraints_post(cli, path, 0, err);
}
