/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle from its files. */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/bundle.h"
#include "cli/bundle_parts.h"
#include "cli/text.h"

static int
add_file(json_t *bundle, const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	autofree char *dir = slash == NULL ?
	    xstrdup(".") :
	    text_part(path, slash == path ? 1 : (size_t)(slash - path));
	json_auto_t *documents = yaml_read_documents(path, err);
	json_t *document;
	size_t i;

	if (documents == NULL)
		return -1;
	if (json_array_size(documents) == 0)
		return error_set(err, ERROR_INVALID,
		    "%s: there is nothing in it", path);
	json_array_foreach(documents, i, document) {
		if (bundle_merge(bundle, document, dir, err) == -1)
			return error_wrap(err, "%s", path);
	}
	return 0;
}

static bool
has_endpoint_of(const json_t *bundle, const json_t *endpoint)
{
	const char *text = json_string_value(endpoint);
	autofree char *name = text_part(text, strcspn(text, ":"));

	return json_object_get(json_object_get(bundle, "applications"), name) !=
	    NULL ||
	    json_object_get(json_object_get(bundle, "saas"), name) != NULL;
}

/* What the documents say together has to make sense. */
static int
check(const json_t *bundle, struct error *err)
{
	json_t *apps = json_object_get(bundle, "applications"), *app, *pair;
	const json_t *saas = json_object_get(bundle, "saas");
	const char *name;
	size_t i;

	if (json_object_size(apps) == 0)
		return error_set(err, ERROR_INVALID,
		    "there are no applications");
	json_object_foreach(apps, name, app) {
		if (json_object_get(app, "charm") == NULL)
			return error_set(err, ERROR_INVALID,
			    "application \"%s\" has no charm", name);
		if (json_object_get(saas, name) != NULL)
			return error_set(err, ERROR_INVALID,
			    "saas \"%s\": there is an application of that "
			    "name",
			    name);
	}
	json_array_foreach(json_object_get(bundle, "relations"), i, pair) {
		for (size_t end = 0; end < 2; end++) {
			const json_t *endpoint = json_array_get(pair, end);

			if (!has_endpoint_of(bundle, endpoint))
				return error_set(err, ERROR_INVALID,
				    "relation with \"%s\": there is no such "
				    "application",
				    json_string_value(endpoint));
		}
	}
	return 0;
}

json_t *
bundle_read(const char *path, const struct args *args, struct error *err)
{
	json_auto_t *bundle = json_pack("{s:{}, s:[], s:{}}", "applications",
	    "relations", "ignored");
	autofree char *inside = xasprintf("%s/bundle.yaml", path);
	const char *file = file_exists(inside) ? inside : path, *overlay;
	size_t pos = 0;

	if (add_file(bundle, file, err) == -1)
		return NULL;
	while ((overlay = args_next(args, "overlay", &pos)) != NULL) {
		if (add_file(bundle, overlay, err) == -1)
			return NULL;
	}
	if (check(bundle, err) == -1 ||
	    bundle_check_machines(bundle, err) == -1) {
		(void)error_wrap(err, "%s", file);
		return NULL;
	}
	if (bundle_map_machines(bundle, args, err) == -1)
		return NULL;
	return json_incref(bundle);
}
