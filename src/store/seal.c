/* SPDX-License-Identifier: Apache-2.0 */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/random.h"
#include "store/seal.h"

#define SEAL_FORMAT      1
#define SEAL_KEY_DIGITS  (2 * (size_t)SEAL_KEY_BYTES)
#define SEAL_OTHERS_MODE 077

/* As EVP_CipherInit_ex() calls them. */
enum seal_way {
	SEAL_OPEN = 0,
	SEAL_CLOSE = 1
};

int
seal_key_make(const char *path, struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char key[SEAL_KEY_BYTES];
	char text[SEAL_KEY_DIGITS + 2];
	int rc;

	random_bytes(key, sizeof key);
	for (size_t i = 0; i < sizeof key; i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 0x0f];
	}
	memcpy(text + SEAL_KEY_DIGITS, "\n", 2);
	rc = file_write(path, 0600, text, err);
	OPENSSL_cleanse(key, sizeof key);
	OPENSSL_cleanse(text, sizeof text);
	return rc;
}

static int
seal_key_parse(struct seal *seal, const char *text, size_t len)
{
	char pair[3] = { 0 };

	if (len == SEAL_KEY_DIGITS + 1 && text[SEAL_KEY_DIGITS] == '\n')
		len--;
	if (len != SEAL_KEY_DIGITS ||
	    strspn(text, "0123456789abcdef") != SEAL_KEY_DIGITS)
		return -1;
	for (size_t i = 0; i < SEAL_KEY_BYTES; i++) {
		memcpy(pair, text + 2 * i, 2);
		seal->key[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	OPENSSL_cleanse(pair, sizeof pair);
	return 0;
}

/* Every step can fail only for want of memory, or if GCM is switched off. */
static void
seal_must(int ok)
{
	if (ok != 1)
		abort();
}

static EVP_CIPHER_CTX *
seal_context(const struct seal *seal, enum seal_way way)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	seal_must(ctx != NULL);
	seal_must(EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key,
	    NULL, way));
	return ctx;
}

/* Looking up the cipher and setting the key takes longer than a row. */
static void
seal_prepare(struct seal *seal)
{
	seal->closing = seal_context(seal, SEAL_CLOSE);
	seal->opening = seal_context(seal, SEAL_OPEN);
}

static EVP_CIPHER_CTX *
seal_begin(const struct seal *seal, const unsigned char *nonce,
    enum seal_way way)
{
	EVP_CIPHER_CTX *kept = way == SEAL_CLOSE ? seal->closing :
						   seal->opening;
	EVP_CIPHER_CTX *ctx = kept != NULL ? kept : seal_context(seal, way);

	seal_must(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, nonce, way));
	return ctx;
}

static void
seal_end(const struct seal *seal, EVP_CIPHER_CTX *ctx)
{
	if (ctx != seal->closing && ctx != seal->opening)
		EVP_CIPHER_CTX_free(ctx);
}

int
seal_key_read(struct seal *seal, const char *path, struct error *err)
{
	struct stat st;
	char *text;
	size_t len;
	int rc;

	if (lstat(path, &st) == 0 && (st.st_mode & SEAL_OTHERS_MODE) != 0) {
		(void)error_set(err, ERROR_DENIED,
		    "key file %s has mode %04o, others can use it", path,
		    (unsigned)st.st_mode & 07777);
		return error_hint(err, "chmod 600 %s", path);
	}
	text = file_read(path, SEAL_KEY_DIGITS + 1, &len, err);
	if (text == NULL) {
		err->code = ERROR_DENIED;
		(void)error_wrap(err, "key file");
		return error_hint(err,
		    "restore it from a backup; without it "
		    "the state cannot be read");
	}
	rc = seal_key_parse(seal, text, len);
	OPENSSL_cleanse(text, len);
	free(text);
	if (rc == -1)
		return error_set(err, ERROR_DENIED,
		    "key file %s: not %zu hexadecimal digits", path,
		    SEAL_KEY_DIGITS);
	seal_prepare(seal);
	return 0;
}

void
seal_release(struct seal *seal)
{
	EVP_CIPHER_CTX_free(seal->closing);
	EVP_CIPHER_CTX_free(seal->opening);
	OPENSSL_cleanse(seal, sizeof *seal);
}

unsigned char *
seal_close(const struct seal *seal, const char *name, const char *text,
    size_t len)
{
	unsigned char *sealed = xcalloc(1, len + SEAL_EXTRA_BYTES);
	unsigned char *nonce = sealed + 1;
	unsigned char *body = nonce + SEAL_NONCE_BYTES;
	EVP_CIPHER_CTX *ctx;
	int n;

	sealed[0] = SEAL_FORMAT;
	random_bytes(nonce, SEAL_NONCE_BYTES);
	ctx = seal_begin(seal, nonce, SEAL_CLOSE);
	seal_must(EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)name,
	    (int)strlen(name)));
	seal_must(EVP_EncryptUpdate(ctx, body, &n, (const unsigned char *)text,
	    (int)len));
	seal_must(EVP_EncryptFinal_ex(ctx, body + n, &n));
	seal_must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_BYTES,
	    body + len));
	seal_end(seal, ctx);
	return sealed;
}

/* 0, or -1 if the bytes are not what was sealed under this name. */
static int
seal_decrypt(const struct seal *seal, const char *name,
    const unsigned char *sealed, char *text, size_t len)
{
	const unsigned char *nonce = sealed + 1;
	const unsigned char *body = nonce + SEAL_NONCE_BYTES;
	unsigned char *out = (unsigned char *)text;
	unsigned char tag[SEAL_TAG_BYTES];
	EVP_CIPHER_CTX *ctx = seal_begin(seal, nonce, SEAL_OPEN);
	int n, ok;

	memcpy(tag, body + len, sizeof tag);
	seal_must(EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)name,
	    (int)strlen(name)));
	seal_must(EVP_DecryptUpdate(ctx, out, &n, body, (int)len));
	seal_must(
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag));
	ok = EVP_DecryptFinal_ex(ctx, out + n, &n);
	seal_end(seal, ctx);
	return ok == 1 ? 0 : -1;
}

char *
seal_open(const struct seal *seal, const char *name,
    const unsigned char *sealed, size_t len, struct error *err)
{
	size_t text_len = len - SEAL_EXTRA_BYTES;
	char *text;

	if (len < SEAL_EXTRA_BYTES || sealed[0] != SEAL_FORMAT) {
		(void)error_set(err, ERROR_DENIED,
		    "store: the value of %s is not a sealed one", name);
		return NULL;
	}
	text = xcalloc(1, text_len + 1);
	if (seal_decrypt(seal, name, sealed, text, text_len) == 0)
		return text;
	mem_wipe(text);
	(void)error_set(err, ERROR_DENIED,
	    "store: the value of %s was changed, or sealed with another key",
	    name);
	return NULL;
}
