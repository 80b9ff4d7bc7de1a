/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/text.h"

char *
secret_path(const struct cli *cli, const char *secret, const char *rest)
{
	autofree char *name = client_encode(secret);

	return cli_path(cli, "secrets/%s%s", name, rest);
}

/* The value is never in a message, wherever it came from. */
static int
put(json_t *content, const char *key, const char *value, size_t len,
    struct error *err)
{
	json_t *text = memchr(value, '\0', len) == NULL ?
	    json_stringn(value, len) :
	    NULL;

	if (text == NULL)
		return error_set(err, ERROR_USAGE,
		    "the value of \"%s\" is not a text: a secret holds UTF-8 "
		    "without NUL",
		    key);
	(void)json_object_set_new(content, key, text);
	return 0;
}

/* ---- base64 ---- */

/* 0 to 63, or -1. */
static int
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *place = c != '\0' ? strchr(digits, c) : NULL;

	return place != NULL ? (int)(place - digits) : -1;
}

/* As RFC 4648 has it, line ends skipped; NULL if it is not. */
static char *
decode(const char *text, size_t *len)
{
	char *out = xcalloc(1, strlen(text) + 1);
	unsigned bits = 0;
	size_t n = 0, pads = 0;

	*len = 0;
	for (; *text != '\0'; text++) {
		int value = digit(*text);

		if (*text == '\n' || *text == '\r')
			continue;
		if (*text == '=')
			pads++;
		if ((value == -1 && *text != '=') || (value != -1 && pads > 0))
			break;
		bits = bits << 6 | (value == -1 ? 0 : (unsigned)value);
		if (++n % 4 != 0)
			continue;
		out[(*len)++] = (char)(bits >> 16 & 0xff);
		out[(*len)++] = (char)(bits >> 8 & 0xff);
		out[(*len)++] = (char)(bits & 0xff);
	}
	if (*text == '\0' && n % 4 == 0 && pads <= 2) {
		*len -= pads;
		return out;
	}
	mem_wipe(out);
	return NULL;
}

/* ---- key=value ---- */

static int
put_plain(json_t *content, const char *key, const char *value,
    struct error *err)
{
	return put(content, key, value, strlen(value), err);
}

static int
put_base64(json_t *content, const char *key, const char *value,
    struct error *err)
{
	size_t len;
	autofree char *text = decode(value, &len);

	if (text == NULL)
		return error_set(err, ERROR_USAGE,
		    "the value of \"%s#base64\" is not base64", key);
	return put(content, key, text, len, err);
}

static int
put_file(json_t *content, const char *key, const char *value, struct error *err)
{
	size_t len;
	autofree char *text = file_read_given(value, LIMIT_SECRET_BYTES, &len,
	    err);

	if (text == NULL)
		return error_wrap(err, "the value of \"%s#file\"", key);
	return put(content, key, text, len, err);
}

static const struct {
	const char *suffix; /* Of the key; the first that fits. */
	int (*put)(json_t *, const char *, const char *, struct error *);
} forms[] = {
	{ "#base64", put_base64 },
	{ "#file", put_file },
	{ "", put_plain },
};

static int
add(json_t *content, const char *key, const char *value, struct error *err)
{
	size_t len = strlen(key), suffix, i = 0;
	autofree char *bare = NULL;

	for (;; i++) {
		suffix = strlen(forms[i].suffix);
		if (len >= suffix &&
		    strcmp(key + len - suffix, forms[i].suffix) == 0)
			break;
	}
	bare = text_part(key, len - suffix);
	return forms[i].put(content, bare, value, err);
}

/* A word may be a password that somebody forgot to give a key. */
static int
add_word(json_t *content, const char *word, int place, struct error *err)
{
	const char *equals = strchr(word, '=');
	autofree char *key = NULL;

	if (equals == NULL || equals == word) {
		error_set(err, ERROR_USAGE,
		    "argument %d is not of the form <key>=<value>", place);
		return error_hint(err,
		    "\"password=...\" for one, or --file - to give it on "
		    "standard input");
	}
	key = text_part(word, (size_t)(equals - word));
	return add(content, key, equals + 1, err);
}

/* ---- --file ---- */

static int
add_file(json_t *content, const char *path, struct error *err)
{
	const char *where = strcmp(path, "-") == 0 ? "standard input" : path;
	json_auto_t *document = yaml_read_given(path, err);
	const char *key;
	json_t *value;

	if (document == NULL)
		return -1;
	if (!json_is_object(document))
		return error_set(err, ERROR_USAGE,
		    "no keys and values found in %s", where);
	json_object_foreach(document, key, value) {
		if (!json_is_string(value)) {
			error_set(err, ERROR_USAGE,
			    "the value of \"%s\" in %s is not a text", key,
			    where);
			return error_hint(err,
			    "put a number, and true, false or null, in "
			    "quotes");
		}
		if (add(content, key, json_string_value(value), err) == -1)
			return -1;
	}
	return 0;
}

json_t *
secret_content(const struct args *args, int first, struct error *err)
{
	const char *file = args_text(args, "file", NULL);
	json_auto_t *content = json_object();

	if (file != NULL && add_file(content, file, err) == -1)
		return NULL;
	for (int i = first; i < args->n; i++) {
		if (add_word(content, args->v[i], i + 1, err) == -1)
			return NULL;
	}
	return json_incref(content);
}
