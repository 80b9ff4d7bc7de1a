/* SPDX-License-Identifier: Apache-2.0 */
/* model - which one a verb works on, and of which controller. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/text.h"

/* Its user is the only one that has models, and may be named. */
void
cli_set_model(struct cli *cli, const char *name)
{
	const char *p = strchr(name, ':');

	if (p != NULL)
		name = p + 1;
	p = strrchr(name, '/');
	if (p != NULL)
		name = p + 1;
	free(cli->model);
	cli->model = client_encode(name);
}

int
cli_check_controller(struct cli *cli, const char *name, struct error *err)
{
	json_auto_t *root = NULL;
	const char *known;

	if (name == NULL)
		return 0;
	if (cli_controller(cli, &root, err) == -1)
		return -1;
	known = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    "");
	if (strcmp(name, known) == 0)
		return 0;
	error_set(err, ERROR_NOT_FOUND, "controller %s not found", name);
	return error_hint(err, "the one of this machine is \"%s\"", known);
}

/* "<user>/<model>": all models are those of admin. */
static int
cli_check_owner(const char *name, struct error *err)
{
	const char *slash = strchr(name, '/');

	if (slash == NULL || strncmp(name, "admin/", strlen("admin/")) == 0)
		return 0;
	error_set(err, ERROR_NOT_FOUND, "model %s not found", name);
	return error_hint(err, "all models are admin's: admin%s", slash);
}

int
cli_use_model(struct cli *cli, const char *name, struct error *err)
{
	const char *colon = strchr(name, ':');
	autofree char *controller = NULL;

	cli_set_model(cli, name);
	if (cli->model[0] == '\0')
		return error_set(err, ERROR_USAGE,
		    "model name \"%s\" not valid", name);
	if (cli_check_owner(colon != NULL ? colon + 1 : name, err) == -1)
		return -1;
	if (colon == NULL)
		return 0;
	controller = text_part(name, (size_t)(colon - name));
	return cli_check_controller(cli, controller, err);
}

char *
cli_path(const struct cli *cli, const char *fmt, ...)
{
	autofree char *rest = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&rest, fmt, ap);
	va_end(ap);
	if (n == -1)
		abort();
	return xasprintf("/v1/models/%s%s%s", cli->model,
	    rest[0] == '\0' ? "" : "/", rest);
}

char *
cli_app_path(const struct cli *cli, const char *application, const char *rest)
{
	autofree char *name = client_encode(application);

	return cli_path(cli, "applications/%s%s%s", name,
	    rest[0] == '\0' ? "" : "/", rest);
}
