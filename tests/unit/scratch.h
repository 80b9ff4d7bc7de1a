/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch - a directory of its own for each test.
 *
 *	cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
 *
 * *state is the directory's path.
 */

#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

#define scratch_test(f) \
	cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

static inline int
scratch_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	*state = xasprintf("%s/tenon-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(*state) != NULL ? 0 : -1;
}

static inline int
scratch_teardown(void **state)
{
	struct error err;
	int rc = tree_remove(*state, &err);

	if (rc == -1)
		(void)fprintf(stderr, "%s\n", err.msg);
	free(*state);
	return rc;
}

#endif /* TESTS_UNIT_SCRATCH_H */
