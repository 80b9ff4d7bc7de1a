/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/random.h"

static const char random_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789";

#define RANDOM_LETTERS 52

void
random_bytes(void *buf, size_t size)
{
	unsigned char *p = buf;

	while (size > 0) {
		ssize_t n = getrandom(p, size, 0);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			/* Going on would make guessable secrets. */
			(void)fprintf(stderr, "getrandom: %s\n",
			    strerrordesc_np(errno));
			abort();
		}
		p += n;
		size -= (size_t)n;
	}
}

void
random_uuid(char text[UUID_TEXT_SIZE])
{
	unsigned char b[16];
	char *p = text;

	random_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* Version 4. */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* RFC 4122. */
	for (size_t i = 0; i < sizeof b; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += snprintf(p, 3, "%02x", b[i]);
	}
}

/* Below count <= 256, each value as likely as the next. */
static unsigned
random_below(unsigned count)
{
	unsigned limit = 256 - 256 % count;
	unsigned char byte;

	do {
		random_bytes(&byte, 1);
	} while (byte >= limit);
	return byte % count;
}

void
random_password(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = random_alphabet[random_below(
		    i == 0 ? RANDOM_LETTERS : sizeof random_alphabet - 1)];
	text[len] = '\0';
}
