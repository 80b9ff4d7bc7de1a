/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power - at some of the writes and syncs of the store its files are rebuilt as
 * a power cut would leave them, and opened: it is sound, a model can be made of
 * it, and all that store_commit() has acknowledged is there; of the change that
 * is being written, all or nothing.
 */

#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "bench/sim/sim.h"
#include "engine/internal.h"
#include "model/rows.h"
#include "store/impl.h"
#include "tests/unit/store/disk.h"

static struct {
	struct sim *sim; /* NULL: the power does not fail. */
	uint64_t seed;
	json_t *acked;                       /* Key -> text. */
	const struct store_batch *in_flight; /* Or NULL. */
} power;

/* ---- what is to be there ---- */

static void
take_batch(json_t *rows, const struct store_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct store_op *op = &batch->ops[i];

		if (op->kind == STORE_OP_PUT)
			json_object_set_new(rows, op->key,
			    json_string(op->value));
		else if (op->kind == STORE_OP_DELETE)
			json_object_del(rows, op->key);
	}
}

/* The linker puts ours in the place of the store's, which is the other one. */
/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names. */
int __real_store_commit(struct store *, const struct store_batch *,
    struct error *);
int __wrap_store_commit(struct store *, const struct store_batch *,
    struct error *);

int
__wrap_store_commit(struct store *s, const struct store_batch *batch,
    struct error *err)
{
	int rc;

	power.in_flight = batch;
	rc = __real_store_commit(s, batch, err);
	power.in_flight = NULL;
	if (power.sim != NULL && rc == 0)
		take_batch(power.acked, batch);
	return rc;
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- what is there ---- */

struct look {
	json_t *rows;
	struct ctl *ctl; /* NULL: no engine knows the charms now. */
};

static int
look_at_row(void *arg, const char *key, const char *value, struct error *err)
{
	struct look *look = arg;
	json_auto_t *row = json_loads(value, JSON_DECODE_ANY, NULL);

	if (row == NULL)
		sim_fail("row %s is not JSON", key);
	json_object_set_new(look->rows, key, json_string(value));
	if (look->ctl == NULL)
		return 0;
	return row_read(look->ctl, key, row, charm_load_source,
	    power.sim->engine, err);
}

static int
take_verdict(void *arg, int n, char **values, char **names)
{
	(void)arg;
	(void)n;
	(void)names;
	return strcmp(values[0], "ok") == 0 ? 0 : 1;
}

static json_t *
look_at_store(const char *home)
{
	struct look look = { .rows = json_object() };
	struct error err = { 0 };
	struct store *s = store_open(home, &err);

	if (s == NULL)
		sim_fail("after a power cut: %s", err.msg);
	if (sqlite3_exec(s->db, "PRAGMA integrity_check", take_verdict, NULL,
		NULL) != SQLITE_OK)
		sim_fail("after a power cut the store is not sound");
	if (power.sim->engine != NULL)
		look.ctl = ctl_new();
	for (size_t i = 0; row_prefixes[i] != NULL; i++) {
		if (store_each(s, row_prefixes[i], look_at_row, &look, &err) ==
		    -1)
			sim_fail("after a power cut: %s", err.msg);
	}
	ctl_free(look.ctl);
	store_close(s);
	return look.rows;
}

static void
check(const json_t *found)
{
	json_auto_t *next = NULL;

	if (json_equal(found, power.acked))
		return;
	if (power.in_flight == NULL)
		sim_fail("a power cut lost what was acknowledged");
	next = json_copy(power.acked);
	take_batch(next, power.in_flight);
	if (!json_equal(found, next))
		sim_fail("a power cut left half of a change");
}

static void
on_event(void *arg)
{
	struct sim *sim = arg;
	autofree char *after = NULL, *key = NULL, *theirs = NULL;
	json_auto_t *found = NULL;
	struct error err;

	if (json_object_size(power.acked) == 0 ||
	    disk_choose(&power.seed, (uint64_t)sim->options.cuts) != 0)
		return;
	sim->cuts++;
	after = xasprintf("%s/after", sim->dir);
	key = xasprintf("%s/tenon.key", sim->home);
	theirs = xasprintf("%s/tenon.key", after);
	if (dir_make(after, 0700, &err) == -1 || link(key, theirs) == -1)
		sim_fail("cannot make %s", theirs);
	disk_cut(after, (enum disk_loss)disk_choose(&power.seed, DISK_LOSSES),
	    &power.seed);
	found = look_at_store(after);
	check(found);
	if (tree_remove(after, &err) == -1)
		sim_fail("%s", err.msg);
}

void
power_begin(struct sim *sim)
{
	if (sim->options.cuts == 0)
		return;
	power.sim = sim;
	power.seed = sim->options.seed;
	power.acked = json_object();
	disk_install(sim->home, on_event, sim);
}

void
power_end(void)
{
	if (power.sim == NULL)
		return;
	disk_remove();
	json_decref(power.acked);
	power.sim = NULL;
}
