/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

#include "../scratch.h"

struct tree {
	char *top, *file, *outside, *kept, *link, *dir_link;
};

/* top/a/b/{file, link -> outside/kept, dir-link -> outside} */
static void
tree_init(struct tree *t, const char *dir)
{
	autofree char *deep = xasprintf("%s/top/a/b", dir);
	struct error err;

	t->top = xasprintf("%s/top", dir);
	t->file = xasprintf("%s/file", deep);
	t->link = xasprintf("%s/link", deep);
	t->dir_link = xasprintf("%s/dir-link", deep);
	t->outside = xasprintf("%s/outside", dir);
	t->kept = xasprintf("%s/kept", t->outside);
	assert_int_equal(dir_make(deep, 0700, &err), 0);
	assert_int_equal(dir_make(t->outside, 0700, &err), 0);
	assert_int_equal(file_write(t->file, 0600, "x", &err), 0);
	assert_int_equal(file_write(t->kept, 0600, "kept", &err), 0);
	assert_int_equal(symlink(t->kept, t->link), 0);
	assert_int_equal(symlink(t->outside, t->dir_link), 0);
}

static void
tree_release(struct tree *t)
{
	free(t->top);
	free(t->file);
	free(t->outside);
	free(t->kept);
	free(t->link);
	free(t->dir_link);
}

static void
removing_a_tree_leaves_what_its_links_point_to(void **state)
{
	struct error err;
	struct tree t;

	tree_init(&t, *state);
	assert_int_equal(tree_remove(t.top, &err), 0);
	assert_false(file_exists(t.top));
	assert_true(file_exists(t.kept));
	tree_release(&t);
}

static void
removing_a_link_removes_the_link_only(void **state)
{
	autofree char *slash = NULL;
	struct error err;
	struct tree t;

	tree_init(&t, *state);
	slash = xasprintf("%s//", t.dir_link);
	assert_int_equal(tree_remove(slash, &err), 0);
	assert_false(file_exists(t.dir_link));
	assert_true(file_exists(t.kept));
	assert_int_equal(tree_remove(t.link, &err), 0);
	assert_false(file_exists(t.link));
	assert_true(file_exists(t.kept));
	tree_release(&t);
}

static void
removing_a_single_file_is_fine_and_a_missing_tree_too(void **state)
{
	struct error err;
	struct tree t;

	tree_init(&t, *state);
	assert_int_equal(tree_remove(t.file, &err), 0);
	assert_false(file_exists(t.file));
	assert_int_equal(tree_remove(t.file, &err), 0);
	tree_release(&t);
}

static void
the_root_is_not_a_tree(void **state)
{
	static const char *const cases[] = { "", "/", "///" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(tree_remove(cases[i], &err), -1);
		assert_int_equal(err.code, ERROR_INVALID);
	}
}

static void
many_entries_are_removed(void **state)
{
	autofree char *dir = xasprintf("%s/many", (const char *)*state);
	struct error err;

	assert_int_equal(dir_make(dir, 0700, &err), 0);
	for (int i = 0; i < 3000; i++) {
		autofree char *path = xasprintf("%s/%d", dir, i);
		autofd int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
		    0600);

		assert_true(fd >= 0);
	}
	assert_int_equal(tree_remove(dir, &err), 0);
	assert_false(file_exists(dir));
}

/* A tree that would use up our descriptors is refused, and can be cut. */
static void
a_bottomless_tree_is_refused(void **state)
{
	autofree char *top = xasprintf("%s/top", (const char *)*state);
	autofree char *path = xstrdup(top);
	autofree char *middle = NULL;
	struct error err;

	for (int i = 0; i < 250; i++) {
		autofree char *deeper = xasprintf("%s/d", path);

		xreplace(&path, deeper);
		if (i == 125)
			xreplace(&middle, deeper);
	}
	assert_int_equal(dir_make(path, 0700, &err), 0);
	assert_int_equal(tree_remove(top, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(tree_remove(middle, &err), 0);
	assert_int_equal(tree_remove(top, &err), 0);
	assert_false(file_exists(top));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(removing_a_tree_leaves_what_its_links_point_to),
		scratch_test(removing_a_link_removes_the_link_only),
		scratch_test(
		    removing_a_single_file_is_fine_and_a_missing_tree_too),
		scratch_test(the_root_is_not_a_tree),
		scratch_test(many_entries_are_removed),
		scratch_test(a_bottomless_tree_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
