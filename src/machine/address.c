/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/proc.h"
#include "machine/address.h"

#define NETWORKS_MAX 8
#define HOST_MAX     254
/*
 * So many addresses of a network with a busy port make it another's: a server
 * on all addresses, or a model whose uuid led it to the same network.
 */
#define BUSY_MAX 8

static uint32_t
fnv1a(const char *text)
{
	uint32_t hash = 2166136261U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	return hash;
}

static int
address_is_free(const struct address_search *search, const char *address,
    struct error *err)
{
	for (const int *port = search->ports; port != NULL && *port != 0;
	     port++) {
		if (proc_port_free(address, *port, err) == -1)
			return -1;
	}
	return 0;
}

/* One network: 0 when found, else -1; `why` has the last busy port. */
static int
address_find_in(const struct address_search *search, unsigned a, unsigned b,
    char address[ADDRESS_SIZE], struct error *why)
{
	char text[ADDRESS_SIZE];
	int busy = 0;

	for (unsigned n = 1; n <= HOST_MAX && busy < BUSY_MAX; n++) {
		(void)snprintf(text, sizeof text, "127.%u.%u.%u", a & 0xff,
		    b & 0xff, n & 0xff);
		if (search->taken(search->arg, text))
			continue;
		if (address_is_free(search, text, why) == 0) {
			memcpy(address, text, sizeof text);
			return 0;
		}
		busy++;
		if (search->on_skip != NULL)
			search->on_skip(search->arg, text, why->msg);
	}
	return -1;
}

int
address_find(const struct address_search *search, char address[ADDRESS_SIZE],
    struct error *err)
{
	uint32_t hash = fnv1a(search->model_uuid);
	unsigned a = 1 + hash % 254; /* Not 127.0.x.y, which is for others. */
	unsigned b = (hash >> 16) & 0xff;
	struct error why = { .msg = "all are in use" };

	for (unsigned i = 0; i < NETWORKS_MAX; i++) {
		if (address_find_in(search, a, (b + i) & 0xff, address, &why) ==
		    0)
			return 0;
	}
	return error_set(err, ERROR_UNAVAILABLE,
	    "no free address in %d networks from 127.%u.%u.0/24 on: %s",
	    NETWORKS_MAX, a, b, why.msg);
}
