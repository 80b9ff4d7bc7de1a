/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "version.h"

#define VERSION_ROOT "/usr/lib/postgresql"

static const char *const risks[] = { "", "stable", "candidate", "beta", "edge",
	"latest" };

static bool
is_number(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static void
versions_add(struct versions *found, const char *track, const char *bindir)
{
	autofree char *program = xasprintf("%s/postgres", bindir);

	if (access(program, X_OK) == -1)
		return;
	found->list = xrealloc(found->list,
	    (found->n + 1) * sizeof *found->list);
	found->list[found->n++] = (struct version){
		.track = xstrdup(track),
		.bindir = xstrdup(bindir),
	};
}

static int
version_compare(const void *a, const void *b)
{
	const struct version *va = a, *vb = b;
	long na = strtol(va->track, NULL, 10);
	long nb = strtol(vb->track, NULL, 10);

	return na < nb ? -1 : na > nb;
}

/* "/usr/lib/postgresql/15/bin" -> "15"; "" if that is not a number. */
char *
version_track(const char *bindir)
{
	autofree char *path = xstrdup(bindir);
	char *slash = strrchr(path, '/');
	const char *name;

	if (slash == NULL)
		return xstrdup("");
	*slash = '\0';
	slash = strrchr(path, '/');
	name = slash == NULL ? path : slash + 1;
	return xstrdup(is_number(name) ? name : "");
}

void
versions_find(struct versions *found, const char *root, const char *bindir)
{
	const struct dirent *entry;
	DIR *dir;

	if (bindir != NULL) {
		autofree char *track = version_track(bindir);

		versions_add(found, track, bindir);
		return;
	}
	dir = opendir(root);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		autofree char *path = xasprintf("%s/%s/bin", root,
		    entry->d_name);

		if (is_number(entry->d_name))
			versions_add(found, entry->d_name, path);
	}
	closedir(dir);
	if (found->n > 0)
		qsort(found->list, found->n, sizeof *found->list,
		    version_compare);
}

void
versions_release(struct versions *found)
{
	for (size_t i = 0; i < found->n; i++) {
		free(found->list[i].track);
		free(found->list[i].bindir);
	}
	free(found->list);
	*found = (struct versions){ 0 };
}

/* The track of a channel, owned by the caller; NULL if any will do. */
static char *
channel_track(const char *channel)
{
	char *track = xstrdup(channel);

	track[strcspn(track, "/")] = '\0';
	for (size_t i = 0; i < nitems(risks); i++)
		if (strcmp(track, risks[i]) == 0) {
			free(track);
			return NULL;
		}
	return track;
}

static char *
track_names(const struct versions *found)
{
	autostrbuf names = { 0 };

	for (size_t i = 0; i < found->n; i++)
		strbuf_addf(&names, "%s%s", i > 0 ? ", " : "",
		    found->list[i].track);
	return strbuf_detach(&names);
}

static int
not_installed(const struct versions *found, const char *track,
    struct error *err)
{
	autofree char *names = track_names(found);

	error_set(err, ERROR_NOT_FOUND,
	    "track \"%.32s\" is not installed; installed: %s", track, names);
	if (track[strspn(track, "0123456789")] != '\0')
		return error_hint(err,
		    "a track is a major version of PostgreSQL");
	return error_hint(err, "apt-get install postgresql-%.32s", track);
}

const struct version *
versions_choose(const struct versions *found, const char *channel,
    struct error *err)
{
	autofree char *track = channel_track(channel);

	if (found->n == 0) {
		error_set(err, ERROR_NOT_FOUND, "PostgreSQL is not installed");
		error_hint(err,
		    "apt-get install postgresql; or start tenond with "
		    "TENON_PG_BINDIR, the directory of its programs");
		return NULL;
	}
	if (track == NULL)
		return &found->list[found->n - 1];
	for (size_t i = 0; i < found->n; i++)
		if (found->list[i].track[0] == '\0' ||
		    strcmp(found->list[i].track, track) == 0)
			return &found->list[i];
	not_installed(found, track, err);
	return NULL;
}

char *
version_tracks(void)
{
	autoversions found = { 0 };

	versions_find(&found, VERSION_ROOT, getenv("TENON_PG_BINDIR"));
	return track_names(&found);
}

char *
version_bindir(const char *channel, struct error *err)
{
	autoversions found = { 0 };
	const struct version *chosen;

	versions_find(&found, VERSION_ROOT, getenv("TENON_PG_BINDIR"));
	chosen = versions_choose(&found, channel, err);
	return chosen == NULL ? NULL : xstrdup(chosen->bindir);
}

char *
version_trim(const char *server_version)
{
	char *text = xstrdup(server_version);

	text[strcspn(text, " ")] = '\0';
	return text;
}

int
version_planned(void)
{
	const char *channel = getenv("TENON_CHARM_CHANNEL");
	struct error ignored = { 0 };
	autofree char *bindir = version_bindir(channel == NULL ? "" : channel,
	    &ignored);
	autofree char *track = bindir == NULL ? NULL : version_track(bindir);

	return track == NULL ? 0 : (int)strtol(track, NULL, 10) * 10000;
}
