/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/stat.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "engine/internal.h"

/* NULL without an error if there is no such file. */
static json_t *
read_optional(const char *dir, const char *name, struct error *err)
{
	autofree char *path = xasprintf("%s/%s", dir, name);

	return file_exists(path) ? yaml_read_file(path, err) : NULL;
}

static int
read_revision(const char *dir)
{
	autofree char *path = xasprintf("%s/revision", dir);
	struct error err = { 0 };
	autofree char *text = file_read(path, 64, NULL, &err);

	return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

struct charm *
charm_load(const char *dir, struct error *err)
{
	json_auto_t *metadata = NULL, *config = NULL, *actions = NULL;
	autofree char *path = xasprintf("%s/metadata.yaml", dir);

	err->code = ERROR_NONE;
	metadata = yaml_read_file(path, err);
	if (metadata == NULL)
		return NULL;
	config = read_optional(dir, "config.yaml", err);
	if (err->code == ERROR_NONE)
		actions = read_optional(dir, "actions.yaml", err);
	if (err->code != ERROR_NONE)
		return NULL;
	return charm_parse(metadata, config, actions, read_revision(dir), err);
}

/* Built-in charms move with the programs; a path stays what it is. */
static char *
source_dir(const struct engine *e, const char *source)
{
	return source[0] == '/' ? xstrdup(source) :
				  xasprintf("%s/%s", e->charms_dir, source);
}

char *
application_charm_dir(const struct engine *e, const struct application *app)
{
	return source_dir(e, app->charm_source);
}

struct charm *
charm_load_source(void *arg, const char *source, struct error *err)
{
	autofree char *dir = source_dir(arg, source);
	struct error gone = { 0 };
	struct charm *charm = charm_load(dir, &gone);
	const char *slash = strrchr(source, '/');
	json_auto_t *metadata = NULL;

	if (charm != NULL)
		return charm;
	log_error("charms", "%s: %s", source, gone.msg);
	metadata = json_pack("{s:s}", "name", slash ? slash + 1 : source);
	return charm_parse(metadata, NULL, NULL, 0, err);
}

static bool
is_charm_dir(const char *dir)
{
	autofree char *path = xasprintf("%s/metadata.yaml", dir);

	return file_exists(path);
}

char *
charm_find_dir(const struct engine *e, const char *charm, struct error *err)
{
	autofree char *dir = NULL;

	if (charm[0] == '/') {
		if (is_charm_dir(charm))
			return xstrdup(charm);
		error_set(err, ERROR_NOT_FOUND,
		    "no charm or bundle was found at \"%s\"", charm);
		return NULL;
	}
	dir = xasprintf("%s/%s", e->charms_dir, charm);
	if (strchr(charm, '/') == NULL && charm[0] != '.' && is_charm_dir(dir))
		return take_ptr(dir);
	error_set(err, ERROR_NOT_FOUND, "No charm or bundle with name '%s'.",
	    charm);
	error_hint(err,
	    "\"tenon find\" lists the built-in charms; a "
	    "directory is given as ./path");
	return NULL;
}
