/* SPDX-License-Identifier: Apache-2.0 */

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/sshkey.h"

#define SSHKEY_LINE_MAX 16384
#define SSHKEY_TYPE_MAX 255

/* The blob begins with its type, 32 bits of length before it. */
static bool
sshkey_begins_with(const unsigned char *blob, size_t len, const char *type,
    size_t type_len)
{
	return len > type_len + 4 && blob[0] == 0 && blob[1] == 0 &&
	    blob[2] == 0 && blob[3] == type_len &&
	    memcmp(blob + 4, type, type_len) == 0;
}

static char *
sshkey_digest(const unsigned char *blob, size_t len)
{
	unsigned char md[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
	unsigned md_len = 0;

	if (EVP_Digest(blob, len, md, &md_len, EVP_sha256(), NULL) != 1)
		return NULL;
	(void)EVP_EncodeBlock(text, md, (int)md_len);
	return xasprintf("SHA256:%.*s", (int)strcspn((char *)text, "="),
	    (char *)text);
}

char *
sshkey_fingerprint(const char *line, const char **comment, struct error *err)
{
	size_t type_len = strcspn(line, " "), len = 0;
	const char *text = line + type_len + strspn(line + type_len, " ");
	autofree unsigned char *blob = NULL;
	char *fingerprint = NULL;
	int n = -1;

	len = strcspn(text, " \n");
	if (type_len > 0 && type_len <= SSHKEY_TYPE_MAX && len > 0 &&
	    len % 4 == 0 && strlen(line) <= SSHKEY_LINE_MAX &&
	    strpbrk(line, "\r\n") == NULL) {
		blob = xcalloc(1, len);
		n = EVP_DecodeBlock(blob, (const unsigned char *)text,
		    (int)len);
	}
	/* What pads the text is not part of the key. */
	for (size_t i = 1; n > 0 && i <= 2 && text[len - i] == '='; i++)
		n--;
	if (n > 0 && sshkey_begins_with(blob, (size_t)n, line, type_len))
		fingerprint = sshkey_digest(blob, (size_t)n);
	if (fingerprint == NULL) {
		error_set(err, ERROR_INVALID, "invalid ssh key: %.40s", line);
		error_hint(err,
		    "the content of a .pub file is one: ssh-ed25519 "
		    "AAAA... comment");
		return NULL;
	}
	*comment = text + len + strspn(text + len, " ");
	return fingerprint;
}
