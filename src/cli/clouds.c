/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/clouds.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmd.h"

int
clouds_get(struct cli *cli, const char *path, json_t **reply, struct error *err)
{
	autofree char *db = NULL;

	if (cli_open(cli, err) == -1)
		return -1;
	db = xasprintf("%s/tenon.db", cli->home);
	if (file_exists(db))
		return cli_get(cli, path, reply, err);
	*reply = json_pack("{s:{s:{s:s, s:s, s:[s], s:{s:{}}}}, "
			   "s:{s:{s:{s:s}}}}",
	    "clouds", "localhost", "type", "host", "description", "This host",
	    "auth-types", "empty", "regions", "localhost", "credentials",
	    "localhost", "localhost", "auth-type", "empty");
	return 0;
}

json_t *
clouds_definition(const struct cli *cli, const char *section, const char *key,
    int names, struct error *err)
{
	const struct args *args = cli->args;
	const char *path = args_text(args, "file",
	    args->n > names ? args->v[names] : NULL);
	json_auto_t *document = NULL;
	json_t *found;

	if (path == NULL) {
		error_set(err, ERROR_USAGE, "%s needs a file", cli->cmd->name);
		error_hint(err, "\"tenon help %s\" shows its form",
		    cli->cmd->name);
		return NULL;
	}
	document = yaml_read_given(path, err);
	if (document == NULL)
		return NULL;
	found = json_object_get(json_child(document, section, JSON_OBJECT),
	    key);
	if (json_is_object(found))
		return json_incref(found);
	error_set(err, ERROR_INVALID, "no \"%s\" below \"%s\" in %s", key,
	    section, path);
	error_hint(err, "\"tenon help %s\" shows the form of a file",
	    cli->cmd->name);
	return NULL;
}
