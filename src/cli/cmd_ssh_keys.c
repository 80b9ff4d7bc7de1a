/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

#define SSH_KEYS_KEPT                                                         \
	"Keys are kept for programs that add them, and let nobody in: units " \
	"run on this\nmachine, whose accounts decide who logs in."

static const struct flag ssh_keys_flags[] = {
	{ "full", NULL, 0, FLAG_SWITCH, "Show whole keys, not fingerprints" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static const struct flag change_keys_flags[] = {
	PLAN_FLAG,
	{ 0 },
};

static int ssh_keys_run(struct cli *, const struct args *, struct error *);

static int add_ssh_key_run(struct cli *, const struct args *, struct error *);

static int remove_ssh_key_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_ssh_keys = {
	.name = "ssh-keys",
	.aliases = { "list-ssh-keys" },
	.args = "",
	.summary = "Lists the keys that were given to a model.",
	.details = SSH_KEYS_KEPT,
	.flags = ssh_keys_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = ssh_keys_run,
};

const struct cmd cmd_add_ssh_key = {
	.name = "add-ssh-key",
	.aliases = { "add-ssh-keys" },
	.args = "<key> ...",
	.summary = "Keeps public keys for a model.",
	.details = SSH_KEYS_KEPT " A key is one\nargument, the content of a "
				 ".pub file.",
	.flags = change_keys_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no ssh key specified",
	.need = CMD_EXISTING,
	.run = add_ssh_key_run,
};

const struct cmd cmd_remove_ssh_key = {
	.name = "remove-ssh-key",
	.aliases = { "remove-ssh-keys" },
	.args = "<fingerprint or comment> ...",
	.summary = "Forgets public keys of a model.",
	.details = "",
	.flags = change_keys_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no ssh key id specified",
	.need = CMD_EXISTING,
	.run = remove_ssh_key_run,
};

static void
ssh_keys_render(const json_t *reply, const char *field, struct strbuf *sb)
{
	const json_t *keys = json_child(reply, "keys", JSON_ARRAY), *key;
	size_t i;

	strbuf_addf(sb, "Keys used in model: admin/%s\n",
	    json_text(reply, "model", ""));
	json_array_foreach(keys, i, key) {
		const char *comment = json_text(key, "comment", "");

		strbuf_adds(sb, json_text(key, field, ""));
		if (comment[0] != '\0' && field[0] == 'f')
			strbuf_addf(sb, " (%s)", comment);
		strbuf_addc(sb, '\n');
	}
}

static int
ssh_keys_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "ssh-keys");
	json_auto_t *reply = NULL;
	autostrbuf sb = { 0 };

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	if (json_array_size(json_child(reply, "keys", JSON_ARRAY)) == 0) {
		cli_say(cli, "No keys to display.");
		return 0;
	}
	ssh_keys_render(reply, args_has(args, "full") ? "key" : "fingerprint",
	    &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

static int
ssh_keys_post(struct cli *cli, const char *rest, const char *field,
    struct error *err)
{
	autofree char *path = cli_path(cli, "%s", rest);
	json_t *words = json_array();

	for (int i = 0; i < cli->args->n; i++)
		json_array_append_new(words, json_string(cli->args->v[i]));
	return plan_post(cli, path, json_pack("{s:o}", field, words), err);
}

static int
add_ssh_key_run(struct cli *cli, const struct args *args, struct error *err)
{
	if (ssh_keys_post(cli, "ssh-keys", "keys", err) == -1)
		return -1;
	if (args_has(args, "dry-run"))
		return 0;
	cli_say(cli,
	    "%s kept and let nobody in: the accounts of this machine decide "
	    "who logs in",
	    args->n == 1 ? "The key is" : "The keys are");
	return 0;
}

static int
remove_ssh_key_run(struct cli *cli, const struct args *args, struct error *err)
{
	(void)args;
	return ssh_keys_post(cli, "ssh-keys/remove", "ids", err);
}
