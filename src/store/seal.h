/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal - values nobody can read or move without the key.
 *
 * A sealed value is a format byte, a random nonce of 12 bytes, the text
 * encrypted with AES-256-GCM, and a tag of 16 bytes. The name it is sealed
 * under is authenticated with it.
 */

#ifndef STORE_SEAL_H
#define STORE_SEAL_H

#include <openssl/types.h>
#include <stddef.h>

struct error;

#define SEAL_KEY_BYTES   32
#define SEAL_NONCE_BYTES 12
#define SEAL_TAG_BYTES   16
#define SEAL_EXTRA_BYTES (1 + SEAL_NONCE_BYTES + SEAL_TAG_BYTES)

struct seal {
	unsigned char key[SEAL_KEY_BYTES];
	EVP_CIPHER_CTX *closing, *opening; /* With the key; or NULL. */
};

/* Write a new key file: 64 hexadecimal digits, mode 0600. */
int seal_key_make(const char *path, struct error *);

/* ERROR_DENIED if it is missing, readable by others or not a key. */
int seal_key_read(struct seal *, const char *path, struct error *);

/* Forget the key, if one was read. */
void seal_release(struct seal *);

/* `len` + SEAL_EXTRA_BYTES bytes, owned by the caller. */
unsigned char *seal_close(const struct seal *, const char *name,
    const char *text, size_t len);

/* The text, owned by the caller, or NULL with ERROR_DENIED. */
char *seal_open(const struct seal *, const char *name,
    const unsigned char *sealed, size_t len, struct error *);

#endif /* STORE_SEAL_H */
