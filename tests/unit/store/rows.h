/* SPDX-License-Identifier: Apache-2.0 */
/* rows - one-line commits and look-ups for the tests of the store. */

#ifndef TESTS_UNIT_STORE_ROWS_H
#define TESTS_UNIT_STORE_ROWS_H

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/store.h"

static inline int
put_row(struct store *s, const char *key, const char *value, struct error *err)
{
	struct store_batch *batch = store_batch_new();
	int rc;

	store_batch_put(batch, key, value);
	rc = store_commit(s, batch, err);
	store_batch_free(batch);
	return rc;
}

static inline void
assert_row(struct store *s, const char *key, const char *value)
{
	struct error err;
	autofree char *found = store_get(s, key, &err);

	if (value != NULL) {
		assert_non_null(found);
		assert_string_equal(found, value);
		return;
	}
	assert_null(found);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static inline struct store *
must_open(const char *dir)
{
	struct error err = { 0 };
	struct store *s = store_open(dir, &err);

	assert_string_equal(err.msg, "");
	assert_non_null(s);
	return s;
}

#endif /* TESTS_UNIT_STORE_ROWS_H */
