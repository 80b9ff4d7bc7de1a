/* SPDX-License-Identifier: Apache-2.0 */
/* address - as many as one likes; no port is ever busy. */

#include "machine/address.h"

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define ADDRESSES 0xf00000

static bool
is_taken(const struct address_search *search, uint32_t n,
    char address[ADDRESS_SIZE])
{
	(void)snprintf(address, ADDRESS_SIZE, "127.%u.%u.%u",
	    1 + (n >> 16 & 0xff), n >> 8 & 0xff, n & 0xff);
	return search->taken(search->arg, address);
}

/*
 * They are given out from the lowest one on: the end of those that are taken,
 * or a hole among them, is soon found.
 */
int
address_find(const struct address_search *search, char address[ADDRESS_SIZE],
    struct error *err)
{
	uint32_t low = 0, high = 1, middle;

	while (high < ADDRESSES && is_taken(search, high, address)) {
		low = high;
		high *= 2;
	}
	if (high >= ADDRESSES)
		return error_set(err, ERROR_UNAVAILABLE, "no free address");
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (is_taken(search, middle, address))
			low = middle;
		else
			high = middle;
	}
	(void)is_taken(search, high, address);
	return 0;
}
