/* SPDX-License-Identifier: Apache-2.0 */

#include <sys/stat.h>

#include "base/files.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/yaml.h"
#include "engine/internal.h"

enum {
	SHELF_METADATA,
	SHELF_CONFIG,
	SHELF_ACTIONS,
	SHELF_REVISION,
	SHELF_TEXTS
};

/*
 * The charms that applications have, each with the texts that it was read from:
 * as long as these are the same, so is the charm.
 */
struct shelved {
	TAILQ_ENTRY(shelved) entry;
	char *dir;
	char *texts[SHELF_TEXTS]; /* NULL: there is no such file. */
	size_t len[SHELF_TEXTS];
	struct charm *charm; /* Held. */
};

static const struct {
	const char *name;
	size_t max_bytes;
} shelf_files[] = {
	{ "metadata.yaml", LIMIT_YAML_BYTES },
	{ "config.yaml", LIMIT_YAML_BYTES },
	{ "actions.yaml", LIMIT_YAML_BYTES },
	{ "revision", 64 },
};

_Static_assert(nitems(shelf_files) == SHELF_TEXTS, "a text per file");

static void
shelved_free(struct shelved *s)
{
	for (size_t i = 0; i < SHELF_TEXTS; i++)
		free(s->texts[i]);
	charm_free(s->charm);
	free(s->dir);
	free(s);
}

static struct shelved *
shelf_find(struct engine *e, const char *dir)
{
	struct shelved *s;

	TAILQ_FOREACH(s, &e->shelf, entry) {
		if (strcmp(s->dir, dir) == 0)
			return s;
	}
	return NULL;
}

static void
shelf_drop(struct engine *e, struct shelved *s)
{
	TAILQ_REMOVE(&e->shelf, s, entry);
	shelved_free(s);
}

void
shelf_free(struct engine *e)
{
	struct shelved *s;

	while ((s = TAILQ_FIRST(&e->shelf)) != NULL)
		shelf_drop(e, s);
}

/* In place of what the directory was; what nobody else has goes. */
static void
shelf_put(struct engine *e, struct shelved *new)
{
	struct shelved *s, *next;

	TAILQ_FOREACH_SAFE(s, &e->shelf, entry, next) {
		if (s->charm->holders == 1 || strcmp(s->dir, new->dir) == 0)
			shelf_drop(e, s);
	}
	TAILQ_INSERT_HEAD(&e->shelf, new, entry);
}

/* -1 if one is there and cannot be read. */
static int
shelved_read(struct shelved *s, struct error *err)
{
	for (size_t i = 0; i < SHELF_TEXTS; i++) {
		autofree char *path = xasprintf("%s/%s", s->dir,
		    shelf_files[i].name);

		if (i != SHELF_METADATA && !file_exists(path))
			continue;
		s->texts[i] = file_read(path, shelf_files[i].max_bytes,
		    &s->len[i], err);
		if (s->texts[i] == NULL && i != SHELF_REVISION)
			return -1;
	}
	return 0;
}

static bool
shelved_equal(const struct shelved *a, const struct shelved *b)
{
	for (size_t i = 0; i < SHELF_TEXTS; i++) {
		if ((a->texts[i] == NULL) != (b->texts[i] == NULL))
			return false;
		if (a->texts[i] != NULL &&
		    (a->len[i] != b->len[i] ||
			memcmp(a->texts[i], b->texts[i], a->len[i]) != 0))
			return false;
	}
	return true;
}

/* NULL without an error if there is no such file. */
static json_t *
shelved_yaml(const struct shelved *s, size_t i, struct error *err)
{
	json_t *value;

	if (s->texts[i] == NULL)
		return NULL;
	value = yaml_read(s->texts[i], s->len[i], err);
	if (value == NULL)
		(void)error_wrap(err, "%s/%s", s->dir, shelf_files[i].name);
	return value;
}

static struct charm *
shelved_parse(const struct shelved *s, struct error *err)
{
	json_auto_t *metadata = NULL, *config = NULL, *actions = NULL;
	const char *revision = s->texts[SHELF_REVISION];

	metadata = shelved_yaml(s, SHELF_METADATA, err);
	if (metadata == NULL)
		return NULL;
	config = shelved_yaml(s, SHELF_CONFIG, err);
	if (err->code == ERROR_NONE)
		actions = shelved_yaml(s, SHELF_ACTIONS, err);
	if (err->code != ERROR_NONE)
		return NULL;
	return charm_parse(metadata, config, actions,
	    revision != NULL ? (int)strtol(revision, NULL, 10) : 0, err);
}

struct charm *
charm_load(struct engine *e, const char *dir, struct error *err)
{
	struct shelved *s = xcalloc(1, sizeof *s), *same = shelf_find(e, dir);
	struct charm *charm;

	err->code = ERROR_NONE;
	s->dir = xstrdup(dir);
	if (shelved_read(s, err) == -1) {
		shelved_free(s);
		return NULL;
	}
	if (same != NULL && shelved_equal(s, same)) {
		shelved_free(s);
		return charm_hold(same->charm);
	}
	err->code = ERROR_NONE; /* A revision that cannot be read is none. */
	charm = shelved_parse(s, err);
	if (charm == NULL) {
		shelved_free(s);
		return NULL;
	}
	s->charm = charm_hold(charm);
	shelf_put(e, s);
	return charm;
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
	struct engine *e = arg;
	autofree char *dir = source_dir(e, source);
	struct error gone = { 0 };
	struct shelved *s = shelf_find(e, dir);
	struct charm *charm = s != NULL ? charm_hold(s->charm) :
					  charm_load(e, dir, &gone);
	const char *slash = strrchr(source, '/');
	json_auto_t *metadata = NULL;

	if (charm != NULL)
		return charm;
	log_error("charms", "%s: %s", source, gone.msg);
	metadata = json_pack("{s:s}", "name", slash ? slash + 1 : source);
	return charm_parse(metadata, NULL, NULL, 0, err);
}

int
charm_check_revision(const char *charm, int there, int64_t wanted,
    struct error *err)
{
	if (wanted == -1 || wanted == there)
		return 0;
	error_set(err, ERROR_NOT_FOUND,
	    "charm \"%s\" has no revision %lld here", charm, (long long)wanted);
	error_hint(err, "there is revision %d only", there);
	return -1;
}

static bool
is_charm_dir(const char *dir)
{
	autofree char *path = xasprintf("%s/metadata.yaml", dir);

	return file_exists(path);
}

const char *const charms_built_in[CHARMS_BUILT_IN] = { "data-integrator",
	"postgresql" };

static int
missing_charm(const char *name, struct error *err)
{
	struct near near;

	near_start(&near, name);
	for (size_t i = 0; i < nitems(charms_built_in); i++)
		near_consider(&near, charms_built_in[i]);
	error_set(err, ERROR_NOT_FOUND, "No charm or bundle with name '%s'.",
	    name);
	if (near.found != NULL)
		return error_hint(err,
		    "did you mean \"%s\"? \"tenon find\" lists the built-in "
		    "charms",
		    near.found);
	return error_hint(err,
	    "\"tenon find\" lists the built-in charms; a directory is given "
	    "as ./path");
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
		error_hint(err,
		    "a charm is a directory with metadata.yaml, a bundle a "
		    "file or one with bundle.yaml");
		return NULL;
	}
	dir = xasprintf("%s/%s", e->charms_dir, charm);
	if (strchr(charm, '/') == NULL && charm[0] != '.' && is_charm_dir(dir))
		return take_ptr(dir);
	(void)missing_charm(charm, err);
	return NULL;
}
