/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/credentials.h"

#define FILE_MODE 0600
#define DIR_MODE  0700

static const struct flag credentials_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE,
	    "One of the list below; yaml by default" },
	{ "write", NULL, 0, FLAG_VALUE,
	    "Write to this file (servicebinding: directory)" },
	{ "mode", NULL, 0, FLAG_VALUE, "Mode of the file, 0600 by default" },
	{ "exec", NULL, 0, FLAG_REST,
	    "Run what follows with PGHOST ... and DATABASE_URL" },
	{ 0 },
};

static int credentials_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_credentials = {
	.name = "credentials",
	.args = "<application>",
	.summary = "Shows how an application reaches its database.",
	.details = "Those for clouds are shown by \"tenon "
		   "list-credentials\".\n\n"
		   "Formats:\n"
		   "  uri              libpq and its drivers, to write\n"
		   "  uri-ro           the same, to read from a standby\n"
		   "  kv               libpq's keywords and values\n"
		   "  pgpass           lines of ~/.pgpass\n"
		   "  service          a section of ~/.pg_service.conf\n"
		   "  sh               variables, for a shell to read\n"
		   "  dotenv           variables, in a .env file\n"
		   "  systemd-env      variables, for EnvironmentFile=\n"
		   "  servicebinding   a directory of files, with --write\n"
		   "  k8s-secret       the same for kubectl apply -f -\n"
		   "  jdbc             Java properties: url, user, password\n"
		   "  django, sqlalchemy, rails, spring, prisma, npgsql\n"
		   "  json, yaml       all fields",
	.flags = credentials_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = credentials_run,
};

static int
read_mode(const struct args *args, mode_t *mode, struct error *err)
{
	const char *text = args_text(args, "mode", NULL);
	unsigned long value;
	char *end;

	if (text == NULL)
		return 0;
	value = strtoul(text, &end, 8);
	if (end == text || *end != '\0' || value > 0777)
		return error_set(err, ERROR_USAGE,
		    "invalid value \"%s\" for option --mode: not a mode such "
		    "as 0640",
		    text);
	*mode = (mode_t)value;
	return 0;
}

/* A directory that a program finds whole, or not at all. */
static int
write_binding(const struct credentials *c, const char *dir, mode_t mode,
    struct error *err)
{
	json_auto_t *files = credentials_binding(c);
	const char *name;
	json_t *content;

	if (dir_make(dir, DIR_MODE, err) == -1)
		return -1;
	json_object_foreach(files, name, content) {
		autofree char *path = xasprintf("%s/%s", dir, name);

		if (file_write(path, mode, json_string_value(content), err) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
exec_with(const struct credentials *c, char *const *words, struct error *err)
{
	json_auto_t *env = credentials_environment(c);
	const char *key;
	json_t *value;
	int saved;

	credentials_clear_environment();
	json_object_foreach(env, key, value)
		if (setenv(key, json_string_value(value), 1) == -1)
			return error_set_errno(err, errno, "%s", key);
	(void)execvp(words[0], words);
	saved = errno;
	(void)error_set_errno(err, saved, "%s", words[0]);
	return -1;
}

static int
emit(const struct cli *cli, const struct credentials *c,
    const struct credentials_format *format, struct error *err)
{
	const char *path = args_text(cli->args, "write", NULL);
	mode_t mode = FILE_MODE;
	autostrbuf sb = { 0 };

	if (read_mode(cli->args, &mode, err) == -1)
		return -1;
	if (format->emit == NULL)
		return write_binding(c, path, mode, err);
	if (format->emit(c, &sb, err) == -1)
		return -1;
	if (path != NULL)
		return file_write(path, mode, strbuf_cstr(&sb), err);
	cli_print("%s", strbuf_cstr(&sb));
	return 0;
}

static int
check(const struct args *args, const struct credentials_format *format,
    struct error *err)
{
	bool writes = args_has(args, "write");
	mode_t mode;

	if (format == NULL) {
		const char *name = args_text(args, "format", "");

		error_set(err, ERROR_USAGE,
		    "invalid value \"%s\" for option --format: unknown format "
		    "\"%s\"",
		    name, name);
		return error_hint(err,
		    "\"tenon help credentials\" lists the formats");
	}
	if (args->rest != NULL && (writes || args_has(args, "format")))
		return error_set(err, ERROR_USAGE,
		    "--exec cannot be combined with --format or --write");
	if (format->emit == NULL && !writes)
		return error_set(err, ERROR_USAGE,
		    "servicebinding is a directory: give it with --write");
	if (args_has(args, "mode") && !writes)
		return error_set(err, ERROR_USAGE, "--mode needs --write");
	return read_mode(args, &mode, err);
}

static int
credentials_run(struct cli *cli, const struct args *args, struct error *err)
{
	const struct credentials_format *format = credentials_format(
	    args_text(args, "format", "yaml"));
	autocredentials c = { 0 };

	if (check(args, format, err) == -1 ||
	    credentials_get(cli, args->v[0], &c, err) == -1)
		return -1;
	return args->rest != NULL ? exec_with(&c, args->rest, err) :
				    emit(cli, &c, format, err);
}
