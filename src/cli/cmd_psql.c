/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/credentials.h"
#include "cli/quote.h"
#include "cli/text.h"

#define SERVER_PORT "5432"

static int psql_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_psql = {
	.name = "psql",
	.args = "<application | unit> [-- <argument of psql> ...]",
	.summary = "Opens a session of psql.",
	.details =
	    "With an application that is related to a database: as its user, "
	    "in its\ndatabase. With postgresql, or one of its units: as "
	    "operator; the application\nstands for the primary. The password "
	    "is in no argument and in no variable.",
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no application or unit specified",
	.need = CMD_EXISTING,
	.run = psql_run,
};

/* Where to, as whom. */
struct session {
	char *hosts, *ports, *user, *password, *database;
	const char *attrs; /* target_session_attrs. */
};

static void
session_release(struct session *s)
{
	free(s->hosts);
	free(s->ports);
	free(s->user);
	mem_wipe(s->password);
	free(s->database);
}

#define autosession __attribute__((cleanup(session_release))) struct session

/* ---- as the operator of a server ---- */

/* All units of the application, or the one. */
static int
add_units(struct session *s, const json_t *units, const char *only,
    struct error *err)
{
	autostrbuf hosts = { 0 }, ports = { 0 };
	const char *name, *separator = "";
	json_t *unit;

	json_object_foreach(text_json(units), name, unit) {
		const char *address = json_text(unit, "address", "");

		if (address[0] == '\0' ||
		    (only != NULL && strcmp(name, only) != 0))
			continue;
		strbuf_addf(&hosts, "%s%s", separator, address);
		strbuf_addf(&ports, "%s%s", separator, SERVER_PORT);
		separator = ",";
	}
	if (hosts.len == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    only != NULL ? "unit \"%s\" has no address yet" :
				   "no unit has an address yet",
		    only);
	s->hosts = strbuf_detach(&hosts);
	s->ports = strbuf_detach(&ports);
	return 0;
}

/*
 * Each unit knows it: whoever is to mend one that is in error, and answers
 * nobody, has to get in.
 */
static json_t *
ask_password(struct cli *cli, const char *app, const json_t *units,
    struct error *err)
{
	autofree char *leader = xasprintf("%s/leader", app);
	struct error why = { 0 }, ignored = { 0 };
	json_t *results = credentials_ask(cli, leader, "get-password", &why);
	const char *name;
	json_t *unit;

	json_object_foreach(text_json(units), name, unit) {
		if (results != NULL)
			return results;
		results = credentials_ask(cli, name, "get-password", &ignored);
	}
	if (results == NULL)
		*err = why;
	return results;
}

static int
session_of_server(struct cli *cli, const char *app, const char *unit,
    struct session *s, struct error *err)
{
	autofree char *path = cli_path(cli, "status");
	json_auto_t *status = NULL, *results = NULL;
	const json_t *application, *units;

	if (cli_get(cli, path, &status, err) == -1)
		return -1;
	application = json_child(json_child(status, "applications",
				     JSON_OBJECT),
	    app, JSON_OBJECT);
	units = json_child(application, "units", JSON_OBJECT);
	if (add_units(s, units, unit, err) == -1)
		return -1;
	results = ask_password(cli, app, units, err);
	if (results == NULL)
		return -1;
	s->user = xstrdup("operator");
	s->password = xstrdup(json_text(results, "operator-password", ""));
	s->database = xstrdup("postgres");
	s->attrs = unit != NULL ? "any" : "read-write";
	return 0;
}

/* ---- as the user of an application ---- */

static int
session_of_client(struct cli *cli, const char *app, struct session *s,
    struct error *err)
{
	autostrbuf hosts = { 0 }, ports = { 0 };
	autocredentials c = { 0 };

	if (credentials_get(cli, app, &c, err) == -1)
		return -1;
	credentials_add_hosts(&hosts, &c, HOSTS_TO_WRITE, HOST_NAME);
	credentials_add_hosts(&ports, &c, HOSTS_TO_WRITE, HOST_PORT);
	s->hosts = strbuf_detach(&hosts);
	s->ports = strbuf_detach(&ports);
	s->user = take_ptr(c.username);
	s->password = take_ptr(c.password);
	s->database = take_ptr(c.database);
	s->attrs = "read-write";
	return 0;
}

static int
session_find(struct cli *cli, const char *target, struct session *s,
    struct error *err)
{
	size_t len = strcspn(target, "/");
	autofree char *app = text_part(target, len);
	autofree char *path = cli_app_path(cli, app, "actions");
	json_auto_t *reply = NULL;
	const json_t *actions;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	actions = json_child(reply, "actions", JSON_OBJECT);
	if (json_child(actions, "get-credentials", JSON_OBJECT) != NULL)
		return session_of_client(cli, app, s, err);
	if (json_child(actions, "get-password", JSON_OBJECT) != NULL)
		return session_of_server(cli, app,
		    target[len] == '/' ? target : NULL, s, err);
	error_set(err, ERROR_CONFLICT, "%s neither is a database nor has one",
	    app);
	return error_hint(err,
	    "give a server, or an application that is related to one");
}

/* ---- psql itself ---- */

/*
 * A file that nobody can open by a name, at the end of this process gone: libpq
 * reads it through /proc/self/fd.
 */
static int
password_file(const struct session *s, struct error *err)
{
	int fd = memfd_create("pgpass", 0);
	autostrbuf sb = { 0 };

	if (fd == -1)
		return error_set_errno(err, errno, "memfd_create");
	strbuf_adds(&sb, "*:*:*:");
	quote_pgpass(&sb, s->user);
	strbuf_addc(&sb, ':');
	quote_pgpass(&sb, s->password);
	strbuf_addc(&sb, '\n');
	if (fchmod(fd, 0600) == -1 ||
	    write(fd, sb.buf, sb.len) != (ssize_t)sb.len) {
		(void)error_set_errno(err, errno, "password file");
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
session_export(const struct session *s, struct error *err)
{
	int fd = password_file(s, err);
	autofree char *passfile = xasprintf("/proc/self/fd/%d", fd);
	const char *const variables[][2] = {
		{ "PGHOST", s->hosts },
		{ "PGPORT", s->ports },
		{ "PGUSER", s->user },
		{ "PGDATABASE", s->database },
		{ "PGTARGETSESSIONATTRS", s->attrs },
		{ "PGPASSFILE", passfile },
	};

	if (fd == -1)
		return -1;
	credentials_clear_environment();
	for (size_t i = 0; i < nitems(variables); i++) {
		const char *name = variables[i][0], *value = variables[i][1];

		if (value == NULL)
			(void)unsetenv(name);
		else if (setenv(name, value, 1) == -1)
			return error_set_errno(err, errno, "%s", name);
	}
	return 0;
}

static int
psql_run(struct cli *cli, const struct args *args, struct error *err)
{
	char **words = xcalloc((size_t)args->n + 1, sizeof *words);
	autosession s = { 0 };
	int saved;

	if (session_find(cli, args->v[0], &s, err) == -1 ||
	    session_export(&s, err) == -1) {
		free(words);
		return -1;
	}
	words[0] = xstrdup("psql");
	for (int i = 1; i < args->n; i++)
		words[i] = xstrdup(args->v[i]);
	(void)execvp(words[0], words);
	saved = errno;
	for (int i = 0; i < args->n; i++)
		free(words[i]);
	free(words);
	(void)error_set_errno(err, saved, "psql");
	return error_hint(err, "install the package postgresql-client");
}
