/* SPDX-License-Identifier: Apache-2.0 */
/* What may be in a secret, whoever makes it. */

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/secrets.h"

/* As Juju has it: "username", "tls-ca"; three characters at least. */
static bool
key_is_valid(const char *key)
{
	size_t len = strlen(key);

	return len >= 3 && key[0] >= 'a' && key[0] <= 'z' &&
	    key[len - 1] != '-' && strstr(key, "--") == NULL &&
	    strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static int
check_member(const char *key, const json_t *value, struct error *err)
{
	if (!key_is_valid(key)) {
		error_set(err, ERROR_USAGE, "invalid key \"%.64s\" in a secret",
		    key);
		return error_hint(err,
		    "a key has three or more of a-z, 0-9 and single hyphens "
		    "within, and begins with a letter");
	}
	if (json_string_length(value) == 0)
		return error_set(err, ERROR_USAGE,
		    "the value of \"%.64s\" is %s", key,
		    json_is_string(value) ? "empty" : "not a text");
	return 0;
}

int
secret_content_check(json_t *content, struct error *err)
{
	const char *key;
	size_t bytes = 0;
	json_t *value;

	json_object_foreach(content, key, value) {
		if (check_member(key, value, err) == -1)
			return -1;
		bytes += strlen(key) + json_string_length(value);
	}
	if (bytes > LIMIT_SECRET_BYTES)
		return error_set(err, ERROR_TOO_LARGE,
		    "a secret holds at most %d bytes", LIMIT_SECRET_BYTES);
	if (bytes == 0)
		return error_set(err, ERROR_USAGE, "a secret without content");
	return 0;
}

void
secret_make_id(char id[SECRET_ID_LENGTH + 1])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char bytes[SECRET_ID_LENGTH];

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		id[i] = digits[bytes[i] % 32];
	id[SECRET_ID_LENGTH] = '\0';
}
