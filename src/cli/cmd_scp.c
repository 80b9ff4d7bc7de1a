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
#include "cli/names.h"
#include "cli/place.h"
#include "cli/quote.h"
#include "cli/text.h"

/* The options of scp(1) that take a word. */
#define SCP_TAKES_WORD "cDFiJloPSX"

static const struct flag scp_flags[] = {
	{ "recursive", NULL, 'r', FLAG_SWITCH, "Copy directories too" },
	{ "preserve", NULL, 'p', FLAG_SWITCH, "Keep modes, times and owners" },
	{ "dry-run", NULL, 0, FLAG_SWITCH,
	    "Only print the command that would copy" },
	{ "container", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "no-host-key-checks", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "proxy", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

static int scp_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_scp = {
	.name = "scp",
	.args = "<source> ... <destination>",
	.summary = "Copies files from and to where units are.",
	.details =
	    "A source or the destination may be [<user>@]<unit or "
	    "machine>:<path>. A path\nthat does not begin with \"/\" is below "
	    "the directory of the unit or machine;\nunits are on this host, so "
	    "others are paths of this host. With a user, all is\nread and "
	    "written as that one. Of scp's options behind \"--\", -r and -p "
	    "count.\n\nOnly root and the owner of the controller may.",
	.flags = scp_flags,
	.min_args = 2,
	.max_args = CMD_ANY_ARGS,
	.missing = "at least two arguments required",
	.need = CMD_EXISTING,
	.run = scp_run,
};

struct copy {
	struct cli *cli;
	char *user; /* Whom it is done as; NULL: ourselves. */
	char **argv;
	size_t n;
};

static void
copy_release(struct copy *c)
{
	free(c->user);
	for (size_t i = 0; i < c->n; i++)
		free(c->argv[i]);
	free(c->argv);
}

#define autocopy __attribute__((cleanup(copy_release))) struct copy

static void
copy_add(struct copy *c, const char *word)
{
	c->argv[c->n++] = xstrdup(word);
}

/* Where the path begins in "[user@]unit:path"; NULL for one of the host. */
static const char *
remote_path(const char *word)
{
	const char *colon = strchr(word, ':'), *at, *slash;
	autofree char *target = NULL, *app = NULL;

	if (colon == NULL)
		return NULL;
	target = text_part(word, (size_t)(colon - word));
	at = strrchr(target, '@');
	at = at != NULL ? at + 1 : target;
	slash = strchr(at, '/');
	if (slash == NULL)
		return names_is_machine(at) ? colon + 1 : NULL;
	app = text_part(at, (size_t)(slash - at));
	if (!names_is_application(app) ||
	    (strcmp(slash, "/leader") != 0 && !names_is_machine(slash + 1)))
		return NULL;
	return colon + 1;
}

static int
copy_set_user(struct copy *c, const char *user, struct error *err)
{
	if (user == NULL)
		return 0;
	if (c->user != NULL && strcmp(c->user, user) != 0)
		return error_set(err, ERROR_USAGE,
		    "files cannot be copied as two users, %s and %s", c->user,
		    user);
	xreplace(&c->user, user);
	return 0;
}

static int
copy_add_path(struct copy *c, const char *word, struct error *err)
{
	const char *path = remote_path(word);
	autofree char *target = NULL, *full = NULL;
	autoplace p = { 0 };

	if (path == NULL) {
		copy_add(c, word);
		return 0;
	}
	target = text_part(word, (size_t)(path - 1 - word));
	if (place_find(c->cli, target, &p, err) == -1 ||
	    copy_set_user(c, p.user, err) == -1)
		return -1;
	full = path[0] == '/' ? xstrdup(path) : xasprintf("%s/%s", p.dir, path);
	copy_add(c, full);
	return 0;
}

/* scp's options, as far as they mean anything; returns the first path. */
static int
copy_add_options(struct copy *c, const struct args *args)
{
	bool recursive = args_has(args, "recursive");
	bool preserve = args_has(args, "preserve");
	int i = 0;

	for (; i < args->n && args->v[i][0] == '-'; i++) {
		const char *word = args->v[i];

		if (strcmp(word, "--") == 0) {
			i++;
			break;
		}
		if (word[1] != '\0' && word[2] == '\0' &&
		    strchr(SCP_TAKES_WORD, word[1]) != NULL) {
			i++;
			continue;
		}
		recursive |= strchr(word, 'r') != NULL;
		preserve |= strchr(word, 'p') != NULL;
	}
	copy_add(c, "cp");
	/* As scp does it: what a link leads to is copied. */
	copy_add(c, "-L");
	if (recursive)
		copy_add(c, "-r");
	if (preserve)
		copy_add(c, "-p");
	copy_add(c, "--");
	return i;
}

/* As it would be written for a shell. */
static int
copy_print(const struct copy *c)
{
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < c->n; i++) {
		if (i > 0)
			strbuf_addc(&sb, ' ');
		quote_sh(&sb, c->argv[i]);
	}
	cli_print("%s\n", strbuf_cstr(&sb));
	return 0;
}

static int
scp_run(struct cli *cli, const struct args *args, struct error *err)
{
	autocopy c = { .cli = cli };
	bool any_remote = false;
	int first;

	c.argv = xcalloc((size_t)args->n + 8, sizeof c.argv[0]);
	first = copy_add_options(&c, args);
	if (args->n - first < 2)
		return error_set(err, ERROR_USAGE,
		    "at least two arguments required");
	for (int i = first; i < args->n; i++) {
		any_remote |= remote_path(args->v[i]) != NULL;
		if (copy_add_path(&c, args->v[i], err) == -1)
			return -1;
	}
	if (!any_remote) {
		error_set(err, ERROR_USAGE,
		    "neither a source nor the destination is of a unit");
		return error_hint(err, "write it as web/0:path");
	}
	if (args_has(args, "dry-run"))
		return copy_print(&c);
	if (c.user != NULL && place_become(c.user, err) == -1)
		return -1;
	(void)execvp(c.argv[0], c.argv);
	return error_set_errno(err, errno, "%s", c.argv[0]);
}
