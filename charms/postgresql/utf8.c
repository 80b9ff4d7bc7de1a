/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>

#include "utf8.h"

/* How many bytes a sequence has by its first one; 0 if none starts so. */
static unsigned
utf8_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The length of the sequence at s, or 0 if it is malformed. */
static unsigned
utf8_sequence(const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned len = utf8_length(s[0]);
	uint32_t point;

	if (len <= 1)
		return len;
	point = s[0] & (0x7fU >> len);
	for (unsigned i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3fU);
	}
	if (point < least[len] || point > 0x10ffff)
		return 0;
	return point >= 0xd800 && point < 0xe000 ? 0 : len;
}

bool
utf8_valid(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s != '\0') {
		unsigned len = utf8_sequence(s);

		if (len == 0)
			return false;
		s += len;
	}
	return true;
}
