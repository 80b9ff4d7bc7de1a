/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/osrelease.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "vcs.h"

static const struct flag version_flags[] = {
	{ "all", NULL, 0, FLAG_SWITCH, "Show all that is known of the build" },
	{ "format", NULL, 0, FLAG_VALUE, "smart (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int version_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_version = {
	.name = "version",
	.args = "",
	.summary = "Shows the version of this program.",
	.details = "",
	.flags = version_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_OFFLINE,
	.run = version_run,
};

/* The ID of the system, "debian"; owned by the caller. */
static char *
version_release(void)
{
	char *id = osrelease_get("ID");

	if (id == NULL)
		return xstrdup("genericlinux");
	id[strcspn(id, "-")] = '\0';
	return id;
}

static const char *
version_arch(const char *machine)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "ppc64le", "ppc64el" },
	};

	for (size_t i = 0; i < nitems(names); i++) {
		if (strcmp(machine, names[i][0]) == 0)
			return names[i][1];
	}
	return machine;
}

static int
version_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "smart");
	autofree char *release = version_release(), *text = NULL;
	json_auto_t *document = NULL;
	struct utsname uts = { 0 };

	if (args_check_format(args, "smart|yaml|json", err) == -1)
		return -1;
	(void)uname(&uts);
	text = xasprintf("%s-%s-%s", TENON_VERSION, release,
	    version_arch(uts.machine));
	if (strcmp(format, "smart") == 0 && !args_has(args, "all")) {
		autofree char *line = xasprintf("%s\n", text);

		return cli_emit_text(cli, line, err);
	}
	document = args_has(args, "all") ?
	    json_pack("{s:s, s:s, s:s, s:s}", "version", text, "git-commit",
		VCS_COMMIT, "git-tree-state", VCS_STATE, "compiler",
		__VERSION__) :
	    json_string(text);
	return cli_emit(cli, document,
	    strcmp(format, "smart") == 0 ? "yaml" : format, err);
}
