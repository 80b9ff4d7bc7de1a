/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/strbuf.h"
#include "cli/absent.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/start.h"

#define CLI_DEFAULT_CONTROLLER "overlord"

void
cli_print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vprintf(fmt, ap);
	va_end(ap);
}

bool
cli_is_quiet(const struct cli *cli)
{
	return cli->is_quiet ||
	    (cli->args != NULL && args_has(cli->args, "quiet"));
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli_is_quiet(cli))
		return;
	(void)fflush(stdout);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

/* Where a command begins in a text: behind a quote, or on an indented line. */
static bool
cli_begins_command(const char *text, const char *p)
{
	static const char name[] = "tenon ";

	return p > text && strchr("'\"` ", p[-1]) != NULL &&
	    (p[-1] != ' ' || (p > text + 1 && p[-2] == ' ')) &&
	    strncmp(p, name, sizeof name - 1) == 0;
}

/*
 * tenond speaks of itself as tenon; somebody who typed another name is told to
 * go on with that one.
 */
static void
cli_put_renamed(const struct cli *cli, const char *text, FILE *to)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (cli_begins_command(text, p)) {
			(void)fputs(cli->prog, to);
			p += strlen("tenon") - 1;
		} else {
			(void)fputc(*p, to);
		}
	}
	(void)fputc('\n', to);
}

void
cli_error(const struct cli *cli, const struct error *err)
{
	(void)fflush(stdout);
	if (err->msg[0] == '\0')
		return;
	(void)fputs("ERROR ", stderr);
	cli_put_renamed(cli, err->msg, stderr);
	if (err->hint[0] != '\0')
		cli_put_renamed(cli, err->hint, stderr);
}

void
cli_say_messages(const struct cli *cli, const json_t *reply)
{
	const json_t *message;
	size_t i;

	json_array_foreach(json_child(reply, "messages", JSON_ARRAY), i,
	    message)
		cli_say(cli, "%s", json_string_value(message));
}

static int
cli_no_controller(struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "No controllers registered.");
	return error_hint(err,
	    "\nPlease create a new controller using \"tenon bootstrap\", or a "
	    "model using\n\"tenon add-model\", which creates the controller "
	    "too.");
}

/* One that is not there yet may be made; what is no directory may not. */
static int
cli_check_kind(const char *home, struct error *err)
{
	struct stat st;

	if (stat(home, &st) == 0 ? S_ISDIR(st.st_mode) : errno != ENOTDIR)
		return 0;
	error_set_errno(err, ENOTDIR, "state directory %s", home);
	return error_hint(err, "TENON_HOME names another one");
}

int
cli_open(struct cli *cli, struct error *err)
{
	if (cli->client != NULL)
		return 0;
	if (paths_home(&cli->home, err) == -1 ||
	    cli_check_kind(cli->home, err) == -1 ||
	    paths_client_socket(cli->home, &cli->socket, err) == -1)
		return -1;
	cli->client = client_new(cli->socket);
	return 0;
}

/*
 * Hold this while starting tenond, so that of several clients only one does;
 * -1 where the directory cannot be made: tenond will say why.
 */
static int
cli_lock(const struct cli *cli)
{
	autofree char *dir = NULL;
	struct error err = { 0 };
	int fd;

	if (paths_make_runtime(cli->home, &dir, &err) == -1)
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		(void)flock(fd, LOCK_EX);
	return fd;
}

/* A question must not create what it asks about. */
static bool
cli_may_start(const struct cli *cli)
{
	autofree char *db = xasprintf("%s/tenon.db", cli->home);

	return (cli->cmd->need != CMD_EXISTING &&
		   !args_has(cli->args, "dry-run")) ||
	    file_exists(db);
}

/* What belongs to others is theirs to serve: also for root. */
static int
cli_check_home(const struct cli *cli, struct error *err)
{
	autofree char *db = xasprintf("%s/tenon.db", cli->home);
	struct stat st;

	if (stat(db, &st) == 0 && st.st_uid != geteuid()) {
		error_set(err, ERROR_DENIED,
		    "permission denied: the controller in %s belongs to user "
		    "id %u, and it does not answer, or not to others",
		    cli->home, (unsigned)st.st_uid);
		return error_hint(err,
		    "its owner starts it with \"tenon status\", and gives "
		    "roles to others in %s/access.yaml",
		    cli->home);
	}
	if (stat(cli->home, &st) == -1 || access(cli->home, W_OK) == 0)
		return 0;
	error_set(err, ERROR_DENIED,
	    "permission denied: state directory %s belongs to user id %u",
	    cli->home, (unsigned)st.st_uid);
	return error_hint(err, "TENON_HOME names another one");
}

/* Nobody answers: start tenond, unless somebody else has done so by now. */
static int
cli_call_starting(struct cli *cli, const char *path, json_t *body,
    json_t **reply, struct error *err)
{
	autofd int lock = cli_lock(cli);
	struct error down = { 0 };

	(void)lock;
	if (client_call(cli->client, path, json_incref(body), reply, &down) ==
	    0)
		return 0;
	if (client_reached(cli->client)) {
		*err = down;
		return -1;
	}
	cli_say(cli, "Starting the embedded controller; its state is in %s",
	    cli->home);
	if (start_tenond(err) == -1)
		return -1;
	return client_call(cli->client, path, json_incref(body), reply, err);
}

/* As of a variable of a script that is not set: what is meant is not known. */
static bool
cli_path_has_gap(const char *path)
{
	size_t n = strcspn(path, "?");
	const char *gap = strstr(path, "//");

	return path[n - 1] == '/' || (gap != NULL && gap < path + n);
}

static int
cli_call(struct cli *cli, const char *path, json_t *body, json_t **reply,
    struct error *err)
{
	json_auto_t *again = json_incref(body);
	struct error down = { 0 };

	if (cli_path_has_gap(path)) {
		json_decref(body);
		return error_set(err, ERROR_USAGE, "name \"\" not valid");
	}
	if (client_call(cli->client, path, body, reply, &down) == 0)
		return 0;
	if (client_reached(cli->client)) {
		*err = down;
		return -1;
	}
	if (!cli_may_start(cli))
		return cli_no_controller(err);
	if (cli_check_home(cli, err) == -1)
		return -1;
	return cli_call_starting(cli, path, again, reply, err);
}

int
cli_get(struct cli *cli, const char *path, json_t **reply, struct error *err)
{
	if (cli_open(cli, err) == -1)
		return -1;
	return cli_call(cli, path, NULL, reply, err);
}

int
cli_post(struct cli *cli, const char *path, json_t *body, json_t **reply,
    struct error *err)
{
	if (cli_open(cli, err) == -1) {
		json_decref(body);
		return -1;
	}
	if (args_has(cli->args, "dry-run"))
		json_object_set_new(body, "dry-run", json_true());
	return cli_call(cli, path, body, reply, err);
}

int
cli_controller(struct cli *cli, json_t **root, struct error *err)
{
	json_t *reply = NULL;

	if (cli_get(cli, "/v1", &reply, err) == -1)
		return -1;
	if (json_child(reply, "controller", JSON_OBJECT) == NULL) {
		json_decref(reply);
		return cli_no_controller(err);
	}
	*root = reply;
	return 0;
}

/* The first verb on a fresh machine also makes the controller. */
static int
cli_ensure_controller(struct cli *cli, struct error *err)
{
	json_auto_t *root = NULL, *made = NULL;

	if (cli_get(cli, "/v1", &root, err) == -1)
		return -1;
	if (json_child(root, "controller", JSON_OBJECT) != NULL)
		return 0;
	if (cli_post(cli, "/v1/controller",
		json_pack("{s:s, s:s}", "name", CLI_DEFAULT_CONTROLLER, "cloud",
		    "localhost"),
		&made, err) == 0)
		return 0;
	/* Another client has made it since we asked. */
	return err->code == ERROR_CONFLICT ? 0 : -1;
}

const char *
cli_environment_model(const char **variable)
{
	static const char *const variables[] = { "TENON_MODEL", "JUJU_MODEL" };

	for (size_t i = 0; i < nitems(variables); i++) {
		const char *name = getenv(variables[i]);

		*variable = variables[i];
		if (name != NULL && name[0] != '\0')
			return name;
	}
	return NULL;
}

static const char *
cli_wanted_model(const struct args *args)
{
	const char *name = args_text(args, "model", NULL), *variable;

	if (name == NULL)
		name = cli_environment_model(&variable);
	return name != NULL ? name : "-";
}

/* There is one; who asks for another in this way is told. */
static const char *
cli_wanted_controller(void)
{
	const char *name = getenv("JUJU_CONTROLLER");

	return name != NULL && name[0] != '\0' ? name : NULL;
}

/* Why a write has failed is known of the last one only. */
static int
cli_flush(struct error *err)
{
	if (fflush(stdout) == EOF)
		return error_set_errno(err, errno, "standard output");
	if (ferror(stdout))
		return error_set(err, ERROR_INTERNAL,
		    "standard output: some of it could not be written");
	return 0;
}

static int
cli_run(struct cli *cli, struct error *err)
{
	const char *model = cli_wanted_model(cli->args);
	int rc;

	if (cli->cmd->need == CMD_CREATING && !args_has(cli->args, "dry-run") &&
	    cli_ensure_controller(cli, err) == -1)
		return -1;
	if (cli->cmd->need == CMD_OFFLINE)
		cli_set_model(cli, model);
	else if (cli_use_model(cli, model, err) == -1)
		return -1;
	if (cli->cmd->need == CMD_EXISTING && strchr(model, ':') == NULL &&
	    cli_check_controller(cli, cli_wanted_controller(), err) == -1)
		return -1;
	rc = cli->cmd->run(cli, cli->args, err);
	return rc != -1 && cli_flush(err) == -1 ? -1 : rc;
}

static void
cli_close(struct cli *cli)
{
	client_free(cli->client);
	free(cli->model);
	free(cli->home);
	free(cli->socket);
}

static int
cli_verb(struct cli *cli, char *const *words, struct error *err)
{
	autoargs args = { 0 };
	autostrbuf sb = { 0 };
	int rc;

	if (args_parse(&args, cli->cmd, words, err) == -1)
		return -1;
	if (args_has(&args, "help")) {
		help_verb(cli->cmd, cli->prog, &sb);
		cli_print("%s", strbuf_cstr(&sb));
		return 0;
	}
	cli->args = &args;
	rc = cli_run(cli, err);
	cli_close(cli);
	cli->args = NULL;
	return rc;
}

static int
cli_unknown_verb(const struct cli *cli, const char *name, struct error *err)
{
	const struct absent *absent = absent_lookup(name);
	const char *near = cmd_suggest(name);

	if (absent != NULL)
		return absent_refuse(absent, cli->prog, err);
	error_set(err, ERROR_USAGE,
	    "%s: \"%s\" is not a %s command. See \"%s --help\".", cli->prog,
	    name, cli->prog, cli->prog);
	if (near == NULL)
		return -1;
	return error_hint(err, "\nDid you mean:\n\t%s", near);
}

/* The flags that may stand before the verb, as Juju's logging flags may. */
static int
cli_find_verb(struct cli *cli, char **argv, char ***words, struct error *err)
{
	static const struct {
		const char *word, *verb;
	} instead[] = {
		{ "--help", "help" },
		{ "-h", "help" },
		{ "--version", "version" },
		{ "--debug", NULL },
		{ "--verbose", NULL },
		{ "-v", NULL },
		{ "--quiet", NULL },
		{ "-q", NULL },
		{ "--show-log", NULL },
	};
	char **p = argv + 1;
	const char *verb = "help";
	size_t i;

	for (; *p != NULL && (*p)[0] == '-'; p++) {
		for (i = 0; i < nitems(instead); i++) {
			if (strcmp(*p, instead[i].word) == 0)
				break;
		}
		if (i == nitems(instead)) {
			error_set(err, ERROR_USAGE,
			    "option provided but not defined: %s", *p);
			return error_hint(err,
			    "options stand behind the command; \"tenon help\" "
			    "lists the commands");
		}
		if (instead[i].verb != NULL) {
			cli->cmd = cmd_lookup(instead[i].verb);
			*words = p + 1;
			return 0;
		}
		cli->is_quiet |= strcmp(*p, "-q") == 0 ||
		    strcmp(*p, "--quiet") == 0;
	}
	if (*p != NULL)
		verb = *p++;
	*words = p;
	cli->cmd = cmd_lookup(verb);
	return cli->cmd != NULL ? 0 : cli_unknown_verb(cli, verb, err);
}

int
cli_main(int argc, char **argv)
{
	struct error err = { 0 };
	struct cli cli = { 0 };
	char **words = argv;
	int rc = -1;

	if (argc == 0)
		return error_exit_status(ERROR_USAGE);
	cli.prog = basename(argv[0]);
	if (cli_find_verb(&cli, argv, &words, &err) == 0)
		rc = cli_verb(&cli, words, &err);
	if (rc != -1)
		return rc;
	if (err.code == ERROR_USAGE && err.hint[0] == '\0' && cli.cmd != NULL)
		(void)error_hint(&err, "\"tenon help %s\" shows how it is used",
		    cli.cmd->name);
	cli_error(&cli, &err);
	return error_exit_status(err.code);
}
