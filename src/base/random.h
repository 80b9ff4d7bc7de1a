/* SPDX-License-Identifier: Apache-2.0 */

#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

void random_bytes(void *, size_t);

/* A version 4 UUID in lower case. */
#define UUID_TEXT_SIZE 37
void random_uuid(char text[UUID_TEXT_SIZE]);

/* `len` characters of [A-Za-z0-9], the first a letter; text holds len + 1. */
void random_password(char *text, size_t len);

#endif /* BASE_RANDOM_H */
