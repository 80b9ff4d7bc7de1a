/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/args.h"
#include "tool.h"

/* The flags that are given, under the names that tenond has for them. */
static void
put_flags(struct tool_request *r, const char *const *flags)
{
	for (; *flags != NULL; flags++)
		json_put_text(r->body, *flags,
		    args_text(r->args, *flags, NULL));
}

/* key=value, or key#file=path. */
static int
add_content(json_t *content, const char *pair, struct error *err)
{
	const char *eq = strchr(pair, '=');
	size_t len = eq != NULL ? (size_t)(eq - pair) : 0;
	bool is_file = len > 5 && strncmp(eq - 5, "#file", 5) == 0;
	autofree char *key = xasprintf("%.*s", (int)(is_file ? len - 5 : len),
	    pair);
	autofree char *text = NULL;

	if (len == 0)
		return error_set(err, ERROR_USAGE,
		    "expected \"key=value\", got \"%s\"", pair);
	text = is_file ? file_read(eq + 1, LIMIT_BODY_BYTES, NULL, err) :
			 xstrdup(eq + 1);
	if (text == NULL)
		return -1;
	if (json_object_set_new(content, key, json_string(text)) != 0)
		return error_set(err, ERROR_USAGE,
		    "the value of \"%s\" is not UTF-8 text", key);
	return 0;
}

static int
put_content(struct tool_request *r, int from, struct error *err)
{
	json_t *content = json_object();

	json_object_set_new(r->body, "content", content);
	for (int i = from; i < r->args->n; i++) {
		if (add_content(content, r->args->v[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
put_terms(struct tool_request *r, struct error *err)
{
	static const char *const flags[] = { "label", "description", "owner",
		"expire", NULL };
	const char *rotate = args_text(r->args, "rotate", "never");

	put_flags(r, flags);
	if (strcmp(rotate, "never") != 0)
		return error_set(err, ERROR_USAGE,
		    "--rotate %s: secrets do not rotate by themselves", rotate);
	return 0;
}

int
fill_secret_add(struct tool_request *r, struct error *err)
{
	return put_terms(r, err) == -1 ? -1 : put_content(r, 0, err);
}

int
fill_secret_set(struct tool_request *r, struct error *err)
{
	json_put_text(r->body, "secret", r->args->v[0]);
	if (put_terms(r, err) == -1)
		return -1;
	return r->args->n > 1 ? put_content(r, 1, err) : 0;
}

/* By id or by label. */
static int
put_secret(struct tool_request *r, struct error *err)
{
	const char *id = r->args->n > 0 ? r->args->v[0] : NULL;

	if (id == NULL && !args_has(r->args, "label"))
		return error_set(err, ERROR_USAGE,
		    "require either a secret URI or label");
	json_put_text(r->body, "secret", id);
	json_put_text(r->body, "label", args_text(r->args, "label", NULL));
	return 0;
}

int
fill_secret_get(struct tool_request *r, struct error *err)
{
	if (put_secret(r, err) == -1)
		return -1;
	if (r->args->n > 1)
		json_put_text(r->body, "key", r->args->v[1]);
	if (args_has(r->args, "peek"))
		json_object_set_new(r->body, "peek", json_true());
	if (args_has(r->args, "refresh"))
		json_object_set_new(r->body, "refresh", json_true());
	return 0;
}

int
fill_secret_info(struct tool_request *r, struct error *err)
{
	return put_secret(r, err);
}

int
fill_secret_grant(struct tool_request *r, struct error *err)
{
	static const char *const flags[] = { "relation", "unit", NULL };

	(void)err;
	json_put_text(r->body, "secret", r->args->v[0]);
	put_flags(r, flags);
	return 0;
}

int
fill_secret_revoke(struct tool_request *r, struct error *err)
{
	json_put_text(r->body, "app", args_text(r->args, "app", NULL));
	return fill_secret_grant(r, err);
}

int
fill_secret_remove(struct tool_request *r, struct error *err)
{
	int64_t revision = 0;

	json_put_text(r->body, "secret", r->args->v[0]);
	if (args_int(r->args, "revision", 1, &revision, err) == -1)
		return -1;
	if (revision > 0)
		json_object_set_new(r->body, "revision",
		    json_integer(revision));
	return 0;
}
