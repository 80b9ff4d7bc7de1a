/* SPDX-License-Identifier: Apache-2.0 */

#include "base/files.h"
#include "base/mem.h"
#include "engine/internal.h"

/*
 * <home>/machines/<instance>/<application>-<number>/
 *	storage/<name>/		the charm's, kept when the unit goes
 *	log/			of its services
 * <home>/storage/<instance>-<application>-<number>/	what was kept
 */

char *
unit_dir(const struct engine *e, const struct unit *u)
{
	return xasprintf("%s/machines/%s/%s-%lld", e->home,
	    u->machine->instance, u->app->name, (long long)u->number);
}

char *
unit_storage_dir(const struct engine *e, const struct unit *u)
{
	autofree char *dir = unit_dir(e, u);

	return xasprintf("%s/storage", dir);
}

char *
unit_detached_dir(const struct engine *e, const struct unit *u)
{
	return xasprintf("%s/storage/%s-%s-%lld", e->home, u->machine->instance,
	    u->app->name, (long long)u->number);
}

char *
model_detached_prefix(const struct model *m)
{
	size_t len = strlen(m->uuid);

	return xasprintf("tenon-%s-", m->uuid + (len > 6 ? len - 6 : 0));
}

int
unit_make_dirs(const struct engine *e, const struct unit *u, struct error *err)
{
	autofree char *dir = unit_dir(e, u);
	autofree char *log = xasprintf("%s/log", dir);
	autofree char *storage = NULL;

	if (dir_make(log, 0711, err) == -1)
		return -1;
	if (u->app->charm->storage == NULL)
		return 0;
	storage = xasprintf("%s/storage/%s", dir, u->app->charm->storage);
	return dir_make(storage, 0711, err);
}
