/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/place.h"

/* The options of ssh(1) that take a word. */
#define SSH_TAKES_WORD "bcDEeFIiJLlmOopQRSWw"

static const struct flag ssh_flags[] = {
	{ "container", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "no-host-key-checks", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "proxy", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "pty", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

static int ssh_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_ssh = {
	.name = "ssh",
	.args = "[<user>@]<unit or machine> [<option of ssh> ...] [<command> "
		"...]",
	.summary = "Opens a shell where a unit is, or runs a command there.",
	.details =
	    "Units are on this host, so nothing is logged into: a shell starts "
	    "in the\nunit's directory, as you or, with a user, as that one. "
	    "It ends with the exit\nstatus of the command. Options of ssh mean "
	    "nothing and are passed over. Hooks\nare not waited for, and hook "
	    "tools do not work: for that there is exec.\n\nOnly root and the "
	    "owner of the controller may.",
	.flags = ssh_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no target name specified",
	.need = CMD_EXISTING,
	.flags_first = true,
	.run = ssh_run,
};

/* Behind the target: ssh's options, and then the command. */
static int
ssh_first_word(const struct args *args)
{
	int i = 1;

	for (; i < args->n && args->v[i][0] == '-'; i++) {
		const char *word = args->v[i];

		if (strcmp(word, "--") == 0)
			return i + 1;
		if (word[1] != '\0' && word[2] == '\0' &&
		    strchr(SSH_TAKES_WORD, word[1]) != NULL)
			i++;
	}
	return i < args->n ? i : args->n;
}

static int
ssh_export(const struct place *p, struct error *err)
{
	const char *const variables[][2] = {
		{ "JUJU_MODEL_NAME", p->model },
		{ "JUJU_MODEL_UUID", p->uuid },
		{ "JUJU_MACHINE_ID", p->machine },
		{ "JUJU_UNIT_NAME", p->unit },
		{ "TENON_UNIT_DIR", p->unit != NULL ? p->dir : NULL },
	};

	for (size_t i = 0; i < nitems(variables); i++) {
		if (variables[i][1] != NULL &&
		    setenv(variables[i][0], variables[i][1], 1) == -1)
			return error_set_errno(err, errno, "%s",
			    variables[i][0]);
	}
	return 0;
}

/* The user's shell, as sshd starts it: for a command, or to log in. */
static int
ssh_exec(const struct args *args, struct error *err)
{
	const char *shell = getenv("SHELL");
	const char *base;
	autofree char *login = NULL;
	autostrbuf command = { 0 };
	int first = ssh_first_word(args);

	if (shell == NULL || shell[0] != '/')
		shell = "/bin/sh";
	base = strrchr(shell, '/') + 1;
	for (int i = first; i < args->n; i++)
		strbuf_addf(&command, "%s%s", i > first ? " " : "", args->v[i]);
	if (first < args->n) {
		(void)execl(shell, base, "-c", strbuf_cstr(&command),
		    (char *)NULL);
	} else {
		login = xasprintf("-%s", base);
		(void)execl(shell, login, (char *)NULL);
	}
	return error_set_errno(err, errno, "%s", shell);
}

static int
ssh_run(struct cli *cli, const struct args *args, struct error *err)
{
	autoplace p = { 0 };

	if (place_find(cli, args->v[0], &p, err) == -1 ||
	    ssh_export(&p, err) == -1)
		return -1;
	if (chdir(p.dir) == -1)
		return error_set_errno(err, errno, "%s", p.dir);
	if (place_become(p.user, err) == -1)
		return -1;
	return ssh_exec(args, err);
}
