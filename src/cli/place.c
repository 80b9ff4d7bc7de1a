/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/names.h"
#include "cli/place.h"
#include "cli/text.h"

void
place_release(struct place *p)
{
	free(p->user);
	free(p->unit);
	free(p->machine);
	free(p->model);
	free(p->uuid);
	free(p->dir);
	*p = (struct place){ 0 };
}

/* What is done there is done with the rights of the controller itself. */
static int
place_check_rights(const struct cli *cli, struct error *err)
{
	struct stat st;
	uid_t uid = geteuid();

	if (uid == 0 || (stat(cli->home, &st) == 0 && st.st_uid == uid))
		return 0;
	error_set(err, ERROR_DENIED,
	    "%s works with the rights of the controller: only root and its "
	    "owner may",
	    cli->cmd->name);
	return error_hint(err,
	    "with the role admin, \"tenon exec\" runs a command on a unit; "
	    "else ask root");
}

/* The unit that is meant, of an application of the status; or NULL. */
static const json_t *
find_unit(const json_t *app, const char *target, const char **name)
{
	const json_t *units = json_child(app, "units", JSON_OBJECT);
	bool leader = strcmp(strchr(target, '/'), "/leader") == 0;
	json_t *unit;

	json_object_foreach(text_json(units), *name, unit) {
		if (leader ? json_bool(unit, "leader", false) :
			     strcmp(*name, target) == 0)
			return unit;
	}
	return NULL;
}

static int
place_of_unit(const json_t *status, const char *target, struct place *p,
    struct error *err)
{
	autofree char *app = text_part(target, strcspn(target, "/"));
	const json_t *applications = json_child(status, "applications",
	    JSON_OBJECT);
	const json_t *application = json_child(applications, app, JSON_OBJECT);
	const char *name = NULL;
	const json_t *unit;

	if (application == NULL)
		return missing_application(app, err);
	unit = find_unit(application, target, &name);
	if (unit == NULL)
		return missing_unit(target, err);
	p->unit = xstrdup(name);
	p->machine = xstrdup(json_text(unit, "machine", ""));
	return 0;
}

/* "<home>/machines/<instance>", and below it "<application>-<number>". */
static int
place_set_dir(const struct cli *cli, const json_t *status, struct place *p,
    struct error *err)
{
	const json_t *machine = json_child(json_child(status, "machines",
					       JSON_OBJECT),
	    p->machine, JSON_OBJECT);
	char *slash;

	if (machine == NULL)
		return missing_machine(p->machine, err);
	p->dir = xasprintf("%s/machines/%s%s%s", cli->home,
	    json_text(machine, "instance-id", ""), p->unit != NULL ? "/" : "",
	    p->unit != NULL ? p->unit : "");
	if (p->unit == NULL)
		return 0;
	slash = strrchr(p->dir, '/');
	*slash = '-';
	return 0;
}

static int
place_read(const struct cli *cli, const json_t *status, const char *target,
    struct place *p, struct error *err)
{
	const json_t *model = json_child(status, "model", JSON_OBJECT);

	p->model = xstrdup(json_text(model, "name", ""));
	p->uuid = xstrdup(json_text(model, "uuid", ""));
	if (names_is_machine(target))
		p->machine = xstrdup(target);
	else if (strchr(target, '/') == NULL) {
		error_set(err, ERROR_USAGE, "target \"%s\" not valid", target);
		return error_hint(err,
		    "give a unit, as web/0 or web/leader, or a machine, as 0");
	} else if (place_of_unit(status, target, p, err) == -1) {
		return -1;
	}
	return place_set_dir(cli, status, p, err);
}

int
place_find(struct cli *cli, const char *target, struct place *p,
    struct error *err)
{
	const char *at = strchr(target, '@');
	autofree char *path = cli_path(cli, "status?relations=false");
	json_auto_t *status = NULL;

	if (cli_open(cli, err) == -1 || place_check_rights(cli, err) == -1 ||
	    cli_get(cli, path, &status, err) == -1)
		return -1;
	if (at != NULL)
		p->user = text_part(target, (size_t)(at - target));
	return place_read(cli, status, at != NULL ? at + 1 : target, p, err);
}

/* Accounts of services have none that lets them work: nologin, say. */
static const char *
shell_of(const struct passwd *pw)
{
	const char *shell;

	setusershell();
	do
		shell = getusershell();
	while (shell != NULL && strcmp(shell, pw->pw_shell) != 0);
	endusershell();
	return shell != NULL ? pw->pw_shell : "/bin/sh";
}

static int
set_variables(const struct passwd *pw, struct error *err)
{
	const char *const variables[][2] = {
		{ "HOME", pw->pw_dir },
		{ "USER", pw->pw_name },
		{ "LOGNAME", pw->pw_name },
		{ "SHELL", shell_of(pw) },
	};

	for (size_t i = 0; i < nitems(variables); i++) {
		if (setenv(variables[i][0], variables[i][1], 1) == -1)
			return error_set_errno(err, errno, "%s",
			    variables[i][0]);
	}
	return 0;
}

int
place_become(const char *user, struct error *err)
{
	const struct passwd *pw = user != NULL ? getpwnam(user) :
						 getpwuid(geteuid());

	if (pw == NULL && user == NULL)
		return 0;
	if (pw == NULL) {
		error_set(err, ERROR_NOT_FOUND, "this host has no user \"%s\"",
		    user);
		return error_hint(err,
		    "units run on this host, and users are its accounts; "
		    "without \"%s@\" it is you",
		    user);
	}
	if (set_variables(pw, err) == -1)
		return -1;
	if (pw->pw_uid == geteuid())
		return 0;
	if (geteuid() != 0)
		return error_set(err, ERROR_DENIED,
		    "only root may be the user \"%s\"", user);
	if (initgroups(pw->pw_name, pw->pw_gid) == -1 ||
	    setgid(pw->pw_gid) == -1 || setuid(pw->pw_uid) == -1)
		return error_set_errno(err, errno, "user %s", user);
	return 0;
}
