/* SPDX-License-Identifier: Apache-2.0 */

#include <openssl/crypto.h>

#include "base/mem.h"
#include "store/impl.h"
#include "store/store.h"

struct store_batch *
store_batch_new(void)
{
	return xcalloc(1, sizeof(struct store_batch));
}

void
store_batch_free(struct store_batch *batch)
{
	if (batch == NULL)
		return;
	for (size_t i = 0; i < batch->n; i++) {
		struct store_op *op = &batch->ops[i];

		if (op->value != NULL)
			OPENSSL_cleanse(op->value, strlen(op->value));
		free(op->key);
		free(op->value);
		free(op->model);
	}
	free(batch->ops);
	free(batch);
}

static struct store_op *
store_batch_add(struct store_batch *batch, enum store_op_kind kind,
    const char *key)
{
	struct store_op *op;

	if (batch->n == batch->cap) {
		batch->cap = batch->cap > 0 ? batch->cap * 2 : 8;
		batch->ops = xrealloc(batch->ops,
		    batch->cap * sizeof *batch->ops);
	}
	op = &batch->ops[batch->n++];
	*op = (struct store_op){ .kind = kind };
	if (key != NULL)
		op->key = xstrdup(key);
	return op;
}

void
store_batch_put(struct store_batch *batch, const char *key, const char *value)
{
	store_batch_add(batch, STORE_OP_PUT, key)->value = xstrdup(value);
}

void
store_batch_delete(struct store_batch *batch, const char *key)
{
	(void)store_batch_add(batch, STORE_OP_DELETE, key);
}

void
store_batch_journal(struct store_batch *batch, uint64_t wall_ms,
    const char *model, const char *subject, const char *line)
{
	struct store_op *op = store_batch_add(batch, STORE_OP_NOTE, subject);

	op->value = xstrdup(line);
	op->model = xstrdup(model);
	op->wall_ms = wall_ms;
}

void
store_batch_status(struct store_batch *batch, const char *model,
    const char *subject, const struct store_status *status)
{
	struct store_op *op = store_batch_add(batch, STORE_OP_STATUS, subject);

	op->value = xstrdup(status->message != NULL ? status->message : "");
	op->model = xstrdup(model);
	op->wall_ms = status->wall_ms;
	op->status_kind = status->kind;
	op->word = status->word;
}

void
store_batch_forget(struct store_batch *batch, const char *model,
    const char *subject)
{
	struct store_op *op = store_batch_add(batch, STORE_OP_FORGET, subject);

	op->model = xstrdup(model);
}
