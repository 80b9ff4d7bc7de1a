/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/charm_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/settings.h"
#include "cli/text.h"

/* ---- flags of Juju's ---- */

enum decision {
	FLAG_NOTED,  /* Taken with a word on what holds instead. */
	FLAG_REFUSED /* What it asks for would be missed. */
};

/*
 * Every flag of Juju's deploy, add-unit, add-machine and refresh that asks for something
 * one host has not. --force, and with refresh --force-base, --force-series and
 * --force-units, is not here: what it forces is not kept from anybody.
 */
static const struct {
	const char *flag;
	enum decision decision;
	const char *why;
	const char *instead; /* Of one that is refused. */
} decisions[] = {
	{ "base", FLAG_NOTED, "units run on the system of this host", NULL },
	{ "series", FLAG_NOTED, "units run on the system of this host", NULL },
	{ "bind", FLAG_NOTED, "all units are on the network of this host",
	    NULL },
	{ "constraints", FLAG_NOTED,
	    "all units share the processors and the memory of this host",
	    NULL },
	{ "storage", FLAG_NOTED,
	    "storage is a directory of its unit, as large as the disk", NULL },
	{ "disks", FLAG_NOTED, "machines share the disks of this host", NULL },
	{ "resource", FLAG_REFUSED,
	    "a charm has all its files in its own directory",
	    "put the file there, then give the directory" },
	{ "attach-storage", FLAG_REFUSED,
	    "a unit begins with storage of its own",
	    "what a removed unit has left is a directory, and \"tenon "
	    "journal\" says which" },
	{ "device", FLAG_REFUSED, "devices are not assigned to units",
	    "programs of units may use those of this host" },
	{ "private-key", FLAG_REFUSED, "machines are not reached by SSH",
	    "all machines are on this host" },
	{ "public-key", FLAG_REFUSED, "machines are not reached by SSH",
	    "all machines are on this host" },
};

int
charm_words_check(const struct cli *cli, const struct args *args,
    struct error *err)
{
	for (size_t i = 0; i < nitems(decisions); i++) {
		if (!args_has(args, decisions[i].flag) ||
		    decisions[i].decision != FLAG_REFUSED)
			continue;
		error_set(err, ERROR_INVALID, "--%s is not supported: %s",
		    decisions[i].flag, decisions[i].why);
		return error_hint(err, "%s", decisions[i].instead);
	}
	for (size_t i = 0; i < nitems(decisions); i++) {
		if (args_has(args, decisions[i].flag))
			cli_say(cli, "--%s has no effect: %s",
			    decisions[i].flag, decisions[i].why);
	}
	return 0;
}

/* ---- charms and their options ---- */

static bool
is_path(const char *word)
{
	return word[0] == '/' || strncmp(word, "./", 2) == 0 ||
	    strncmp(word, "..", 2) == 0 || strcmp(word, ".") == 0;
}

char *
charm_word(const char *word, struct error *err)
{
	char *path;

	if (strncmp(word, "ch:", 3) == 0)
		return xstrdup(word + 3);
	if (strncmp(word, "local:", 6) == 0)
		word += 6;
	else if (!is_path(word))
		return xstrdup(word);
	path = realpath(word, NULL);
	if (path == NULL) {
		error_set_errno(err, errno, "no charm was found at \"%s\"",
		    word);
		error_hint(err, "a charm is a directory with metadata.yaml");
	}
	return path;
}

int
charm_words_config(const struct args *args, const char *application,
    json_t *config, struct error *err)
{
	const char *word;
	size_t pos = 0;

	while ((word = args_next(args, "config", &pos)) != NULL) {
		int rc = strchr(word, '=') != NULL ?
		    settings_add_word(config, word, err) :
		    settings_add_file(config, word, application, err);

		if (rc == -1)
			return -1;
	}
	return 0;
}

void
charm_words_to(const struct args *args, json_t *body)
{
	json_t *list = json_array();
	const char *word;
	size_t pos = 0;

	while ((word = args_next(args, "to", &pos)) != NULL) {
		for (size_t n; *word != '\0'; word += n + (word[n] == ',')) {
			autofree char *one = NULL;

			n = strcspn(word, ",");
			one = text_part(word, n);
			json_array_append_new(list, json_string(one));
		}
	}
	json_object_set_new(body, "to", list);
}

int
charm_words_constraints(json_t *set, const char *text, struct error *err)
{
	static const char blanks[] = " \t\n";

	for (text += strspn(text, blanks); *text != '\0';
	     text += strspn(text, blanks)) {
		autofree char *word = text_part(text, strcspn(text, blanks));
		char *equals = strchr(word, '=');

		text += strlen(word);
		if (equals == NULL || equals == word)
			return error_set(err, ERROR_USAGE,
			    "malformed constraint \"%s\"", word);
		*equals = '\0';
		json_put_text(set, word, equals + 1);
	}
	return 0;
}
