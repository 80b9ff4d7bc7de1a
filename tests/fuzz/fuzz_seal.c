/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed values: none that we did not seal under that name is ever opened, and
 * rows of any content are read or refused.
 */

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "fuzz.h"
#include "model/charm.h"
#include "model/model.h"
#include "model/rows.h"
#include "store/seal.h"

static const struct seal seal = { .key = "a key that is known to anybody" };

static void
require_refused(const char *name, const unsigned char *sealed, size_t len)
{
	struct error err = { 0 };
	char *text = seal_open(&seal, name, sealed, len, &err);

	fuzz_require(text == NULL);
	fuzz_require_error(&err);
}

/* What was sealed opens again; cut off, changed or moved it does not. */
static void
require_sealed(const char *text, size_t len, size_t where)
{
	struct error err = { 0 };
	autofree unsigned char *sealed = seal_close(&seal, "unit/m/db/0", text,
	    len);
	autofree char *again = NULL;
	size_t sealed_len = len + SEAL_EXTRA_BYTES;

	again = seal_open(&seal, "unit/m/db/0", sealed, sealed_len, &err);
	fuzz_require(again != NULL && memcmp(again, text, len) == 0);
	require_refused("unit/m/db/1", sealed, sealed_len);
	require_refused("unit/m/db/0", sealed, where % sealed_len);
	sealed[where % sealed_len] ^= 1;
	require_refused("unit/m/db/0", sealed, sealed_len);
}

static struct charm *
load_charm(void *arg, const char *source, struct error *err)
{
	json_auto_t *metadata = json_pack("{s:s}", "name", "db");

	(void)arg;
	(void)source;
	return charm_parse(metadata, NULL, NULL, 1, err);
}

/* "key\0value\0key\0value": the rows of a store, as they would be read. */
static void
require_rows(const struct fuzz_fields *f)
{
	struct ctl *ctl = ctl_new();

	for (size_t i = 0; i + 1 < FUZZ_FIELDS_MAX; i += 2) {
		struct error err = { 0 };
		json_auto_t *row = json_loads(f->text[i + 1], JSON_DECODE_ANY,
		    NULL);

		if (row != NULL &&
		    row_read(ctl, f->text[i], row, load_charm, NULL, &err) ==
			-1)
			fuzz_require_error(&err);
	}
	ctl_free(ctl);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields f = { 0 };

	fuzz_split(&f, data, size);
	require_refused("unit/m/db/0", data, size);
	require_sealed(f.text[0], f.len[0], size);
	require_rows(&f);
	return 0;
}
