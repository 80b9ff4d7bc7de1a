/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power fails: at any write, with any part of what was not synced on disk
 * or not, all that was acknowledged is there, and of what was being written all
 * or nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "store/impl.h"
#include "store/store.h"

#include "../scratch.h"
#include "disk.h"
#include "rows.h"

#define COMMITS 40
#define KEYS    12
/* One event of the disk in so many is tried. */
#define SPARSE 16

struct trial {
	char *dir, *home, *after; /* After the cut. */
	uint64_t seed;
	struct store *store;
	/* What is acknowledged, and with what is being written; or NULL. */
	json_t *acked, *next;
	size_t cuts, losses; /* Tries; and those that lost something. */
};

/* ---- what is in a store ---- */

static int
take_row(void *arg, const char *key, const char *value, struct error *err)
{
	(void)err;
	json_object_set_new(arg, key, json_string(value));
	return 0;
}

static int
take_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	(void)wall_ms;
	(void)subject;
	(void)line;
	json_object_set_new(arg, "journal", json_integer(id));
	return 0;
}

static int
take_verdict(void *arg, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int *)arg = strcmp(values[0], "ok") == 0;
	return 0;
}

/* All of it: a new reference. */
static json_t *
content(struct store *s)
{
	json_t *all = json_object();
	struct error err;
	int sound = 0;

	assert_int_equal(sqlite3_exec(s->db, "PRAGMA integrity_check",
			     take_verdict, &sound, NULL),
	    SQLITE_OK);
	assert_true(sound);
	assert_int_equal(store_each(s, "", take_row, all, &err), 0);
	assert_int_equal(store_journal(s, "m", NULL, 1, take_line, all, &err),
	    0);
	return all;
}

/* ---- cuts ---- */

static void
share_key(const struct trial *t)
{
	autofree char *from = xasprintf("%s/tenon.key", t->home);
	autofree char *to = xasprintf("%s/tenon.key", t->after);

	assert_int_equal(link(from, to), 0);
}

static void
cut(struct trial *t, enum disk_loss loss)
{
	struct error err;
	struct store *s;
	json_auto_t *found = NULL;

	assert_int_equal(dir_make(t->after, 0700, &err), 0);
	share_key(t);
	disk_cut(t->after, loss, &t->seed);
	s = must_open(t->after);
	found = content(s);
	/* It can be written again, too. */
	assert_int_equal(put_row(s, "more", "yes", &err), 0);
	store_close(s);
	assert_int_equal(tree_remove(t->after, &err), 0);
	t->cuts++;
	if (!json_equal(found, t->acked) &&
	    (t->next == NULL || !json_equal(found, t->next)))
		t->losses++;
}

static void
cut_in_each_way(struct trial *t)
{
	for (int loss = 0; loss < DISK_LOSSES; loss++)
		cut(t, (enum disk_loss)loss);
}

static void
on_event(void *arg)
{
	struct trial *t = arg;

	if (t->acked != NULL && disk_choose(&t->seed, SPARSE) == 0)
		cut_in_each_way(t);
}

/* ---- what is written ---- */

static char *
some_text(struct trial *t)
{
	size_t len = disk_choose(&t->seed, 4) == 0 ? 9000 : 300;
	char *text = xcalloc(1, len + 1);

	len = disk_choose(&t->seed, len);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + disk_choose(&t->seed, 26));
	return text;
}

static void
add_change(struct trial *t, struct store_batch *batch)
{
	autofree char *key = xasprintf("k/%d",
	    (int)disk_choose(&t->seed, KEYS));
	autofree char *text = NULL;

	if (disk_choose(&t->seed, 4) == 0) {
		store_batch_delete(batch, key);
		json_object_del(t->next, key);
		return;
	}
	text = some_text(t);
	store_batch_put(batch, key, text);
	json_object_set_new(t->next, key, json_string(text));
}

static void
commit_some(struct trial *t)
{
	struct store_batch *batch = store_batch_new();
	size_t n = 1 + disk_choose(&t->seed, 6);
	struct error err;

	t->next = json_deep_copy(t->acked);
	for (size_t i = 0; i < n; i++)
		add_change(t, batch);
	store_batch_journal(batch, 1, "m", "x", "{}");
	json_object_set_new(t->next, "journal",
	    json_integer(json_int(t->acked, "journal", 0) + 1));
	assert_int_equal(store_commit(t->store, batch, &err), 0);
	store_batch_free(batch);
	json_decref(t->acked);
	t->acked = take_ptr(t->next);
	/* It is acknowledged now. */
	cut_in_each_way(t);
}

/* Checkpoints come often, so that many are cut through. */
static void
open_store(struct trial *t, const char *settings)
{
	t->store = must_open(t->home);
	assert_int_equal(sqlite3_exec(t->store->db,
			     "PRAGMA wal_autocheckpoint = 30", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(t->store->db, settings, NULL, NULL, NULL),
	    SQLITE_OK);
	if (t->acked == NULL)
		t->acked = content(t->store);
}

static struct trial
run_trial(char *dir, uint64_t seed, const char *settings)
{
	struct trial t = { .dir = dir, .seed = seed };
	struct error err;

	t.home = xasprintf("%s/home", dir);
	t.after = xasprintf("%s/after", dir);
	assert_int_equal(dir_make(t.home, 0700, &err), 0);
	disk_install(t.home, on_event, &t);
	open_store(&t, settings);
	for (int i = 0; i < COMMITS; i++) {
		commit_some(&t);
		if (i != COMMITS / 2)
			continue;
		/* The WAL is folded in, removed, and begun anew. */
		store_close(t.store);
		cut_in_each_way(&t);
		open_store(&t, settings);
	}
	store_close(t.store);
	disk_remove();
	assert_int_equal(tree_remove(t.home, &err), 0);
	json_decref(t.acked);
	free(t.home);
	free(t.after);
	return t;
}

static void
what_is_acknowledged_survives_a_power_cut(void **state)
{
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct trial t = run_trial(*state, seed, "");

		assert_true(t.cuts > (size_t)DISK_LOSSES * COMMITS);
		assert_int_equal(t.losses, 0);
	}
}

static void
a_store_that_did_not_sync_would_be_found_out(void **state)
{
	struct trial t = run_trial(*state, 1, "PRAGMA synchronous = NORMAL");

	assert_true(t.losses > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_is_acknowledged_survives_a_power_cut),
		scratch_test(a_store_that_did_not_sync_would_be_found_out),
	};

	return cmocka_run_group_tests_name("store/power", tests, NULL, NULL);
}
