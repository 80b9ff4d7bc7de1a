/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address - addresses for machines of the cloud "localhost": 127.<a>.<b>.<n>,
 * where a and b come from the model's uuid, so that models lie apart.
 */

#ifndef MACHINE_ADDRESS_H
#define MACHINE_ADDRESS_H

#include <stdbool.h>

struct error;

#define ADDRESS_SIZE 16

/*
 * The first address of the model's networks that `taken` does not know and
 * where each port of `ports` (0-terminated, or NULL) is free. `on_skip` is told
 * of each address that was passed over for a busy port, and which; may be NULL.
 * ERROR_UNAVAILABLE with the last reason if there is none.
 */
struct address_search {
	const char *model_uuid;
	const int *ports;
	bool (*taken)(void *arg, const char *address);
	void (*on_skip)(void *arg, const char *address, const char *reason);
	void *arg;
};
int address_find(const struct address_search *, char address[ADDRESS_SIZE],
    struct error *);

#endif /* MACHINE_ADDRESS_H */
