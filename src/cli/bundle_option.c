/* SPDX-License-Identifier: Apache-2.0 */
/* The value of an option, which may be in a file. */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/bundle_parts.h"
#include "cli/settings.h"

typedef char *encode_fn(const char *bytes, size_t len, struct error *);

/* Owned, as are the texts of all encodings. */
static char *
encode_text(const char *bytes, size_t len, struct error *err)
{
	json_auto_t *probe = json_stringn(bytes, len);

	if (probe != NULL && strlen(bytes) == len)
		return xstrdup(bytes);
	error_set(err, ERROR_INVALID, "the file is not text");
	(void)error_hint(err, "include-base64:// takes a file of any kind");
	return NULL;
}

static char *
encode_base64(const char *bytes, size_t len, struct error *err)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	autostrbuf sb = { 0 };

	(void)err;
	for (size_t i = 0; i < len; i += 3) {
		unsigned three = 0;

		for (size_t at = i; at < i + 3; at++)
			three = three << 8 |
			    (at < len ? (unsigned char)bytes[at] : 0);
		for (size_t d = 0; d < 4; d++)
			strbuf_addc(&sb,
			    i + d <= len ? digits[three >> (18 - 6 * d) & 63] :
					   '=');
	}
	return strbuf_detach(&sb);
}

static const struct {
	const char *prefix;
	encode_fn *encode;
} includes[] = {
	{ "include-file://", encode_text },
	{ "include-base64://", encode_base64 },
};

static int
take_file(json_t *options, const char *key, const char *path, encode_fn *encode,
    struct error *err)
{
	size_t len = 0;
	autofree char *bytes = file_read(path, LIMIT_BODY_BYTES, &len, err);
	autofree char *text = bytes != NULL ? encode(bytes, len, err) : NULL;

	if (text == NULL)
		return error_wrap(err, "option \"%s\"", key);
	json_put_text(options, key, text);
	return 0;
}

int
bundle_take_option(json_t *options, const char *key, const json_t *value,
    const char *dir, struct error *err)
{
	const char *word = json_is_string(value) ? json_string_value(value) :
						   "";

	for (size_t i = 0; i < nitems(includes); i++) {
		size_t len = strlen(includes[i].prefix);
		autofree char *path = NULL;

		if (strncmp(word, includes[i].prefix, len) != 0)
			continue;
		path = word[len] == '/' ? xstrdup(word + len) :
					  xasprintf("%s/%s", dir, word + len);
		return take_file(options, key, path, includes[i].encode, err);
	}
	if (settings_add_value(options, key, value, err) == 0)
		return 0;
	err->code = ERROR_INVALID; /* It is no usage of ours. */
	return -1;
}
