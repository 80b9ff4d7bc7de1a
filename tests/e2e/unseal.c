/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseal - prints the rows of a store, for tests that have to know all secrets
 * to look for them: unseal DIR, a copy, since a store that is open is locked.
 */

#include <stdio.h>

#include "base/error.h"
#include "store/store.h"

static int
print_row(void *arg, const char *key, const char *value, struct error *err)
{
	(void)arg;
	(void)err;
	return printf("%s\t%s\n", key, value) > 0 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct error err = { 0 };
	struct store *store;
	int rc;

	if (argc != 2)
		return 2;
	store = store_open(argv[1], &err);
	rc = store == NULL ? -1 : store_each(store, "", print_row, NULL, &err);
	store_close(store);
	if (rc == -1)
		(void)fprintf(stderr, "%s\n", err.msg);
	return rc == -1;
}
