/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"
#include "machine/address.h"
#include "support.h"

#define UUID "5a3a4d5e-18b2-4b2f-8f3c-0123456789ab"

struct world {
	int taken; /* So many of the addresses asked about are. */
	int skips;
	char skipped[ADDRESS_SIZE];
	char reason[256];
};

static bool
world_taken(void *arg, const char *address)
{
	struct world *w = arg;

	(void)address;
	return w->taken-- > 0;
}

static void
world_skip(void *arg, const char *address, const char *reason)
{
	struct world *w = arg;

	w->skips++;
	(void)snprintf(w->skipped, sizeof w->skipped, "%s", address);
	(void)snprintf(w->reason, sizeof w->reason, "%s", reason);
}

static int
find(struct world *w, const char *uuid, const int *ports, char *address,
    struct error *err)
{
	const struct address_search search = {
		.model_uuid = uuid,
		.ports = ports,
		.taken = world_taken,
		.on_skip = world_skip,
		.arg = w,
	};

	return address_find(&search, address, err);
}

static void
parts_of(const char *address, unsigned part[4])
{
	struct in_addr in;
	uint32_t number;

	assert_int_equal(inet_pton(AF_INET, address, &in), 1);
	number = ntohl(in.s_addr);
	for (int i = 0; i < 4; i++)
		part[i] = number >> (8 * (3 - i)) & 0xff;
}

/* Listen on an address; *port may be 0 for any. */
static int
occupy(const char *address, int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_port = htons((uint16_t)*port);
	assert_int_equal(inet_pton(AF_INET, address, &in.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void
a_model_keeps_its_network_and_never_gets_127_0(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		char uuid[UUID_TEXT_SIZE], first[ADDRESS_SIZE],
		    again[ADDRESS_SIZE];
		struct world w = { 0 };
		unsigned part[4];
		struct error err;

		random_uuid(uuid);
		assert_int_equal(find(&w, uuid, NULL, first, &err), 0);
		assert_int_equal(find(&w, uuid, NULL, again, &err), 0);
		assert_string_equal(first, again);
		parts_of(first, part);
		assert_int_equal(part[0], 127);
		assert_in_range(part[1], 1, 254);
		assert_int_equal(part[3], 1);
	}
}

static void
addresses_that_are_taken_are_passed_over(void **state)
{
	/* clang-format off */
	static const struct {
		int taken;
		unsigned network, host;
	} cases[] = {
		{ 0,       0, 1 },
		{ 1,       0, 2 },
		{ 253,     0, 254 },
		{ 254,     1, 1 },
		{ 254 * 7, 7, 1 },
	};
	/* clang-format on */
	char address[ADDRESS_SIZE];
	unsigned first[4], part[4];
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct world w = { .taken = cases[i].taken };

		assert_int_equal(find(&w, UUID, NULL, address, &err), 0);
		parts_of(address, part);
		if (i == 0)
			memcpy(first, part, sizeof first);
		assert_int_equal(part[1], first[1]);
		assert_int_equal(part[2], (first[2] + cases[i].network) % 256);
		assert_int_equal(part[3], cases[i].host);
		assert_int_equal(w.skips, 0);
	}
}

static void
there_is_an_end_to_the_search(void **state)
{
	struct world w = { .taken = 1 << 20 };
	char address[ADDRESS_SIZE] = "untouched";
	struct error err;

	(void)state;
	assert_int_equal(find(&w, UUID, NULL, address, &err), -1);
	assert_int_equal(err.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.msg, "all are in use"));
	assert_int_equal(w.taken, (1 << 20) - 8 * 254);
	assert_string_equal(address, "untouched");
}

static void
an_address_with_a_busy_port_is_passed_over(void **state)
{
	char first[ADDRESS_SIZE], next[ADDRESS_SIZE];
	struct world w = { 0 };
	unsigned part[4];
	struct error err;
	int ports[3] = { 0 };
	int fd;

	(void)state;
	assert_int_equal(find(&w, UUID, NULL, first, &err), 0);
	fd = occupy(first, &ports[1]);
	ports[0] = ports[1] == 1025 ? 1026 : ports[1] - 1;
	assert_int_equal(find(&w, UUID, ports, next, &err), 0);
	parts_of(next, part);
	assert_int_equal(part[3], 2);
	assert_int_equal(w.skips, 1);
	assert_string_equal(w.skipped, first);
	assert_non_null(strstr(w.reason, "is taken by"));
	close(fd);
	assert_int_equal(find(&w, UUID, ports, next, &err), 0);
	assert_string_equal(next, first);
}

/* As if another model's machines, or one server, had them all. */
static void
a_network_full_of_busy_ports_is_given_up(void **state)
{
	char address[ADDRESS_SIZE];
	unsigned part[4], found[4];
	struct world w = { 0 };
	int ports[2] = { 0 };
	struct error err;
	int fds[64];

	(void)state;
	assert_int_equal(find(&w, UUID, NULL, address, &err), 0);
	parts_of(address, part);
	for (unsigned i = 0; i < nitems(fds); i++) {
		(void)snprintf(address, sizeof address, "127.%u.%u.%u", part[1],
		    (part[2] + i / 8) % 256, 1 + i % 8);
		fds[i] = occupy(address, &ports[0]);
		if (i == 7) {
			assert_int_equal(find(&w, UUID, ports, address, &err),
			    0);
			parts_of(address, found);
			assert_int_equal(found[2], (part[2] + 1) % 256);
			assert_int_equal(found[3], 1);
		}
	}
	w.skips = 0;
	assert_int_equal(find(&w, UUID, ports, address, &err), -1);
	assert_int_equal(err.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.msg, w.reason));
	assert_int_equal(w.skips, nitems(fds));
	for (unsigned i = 0; i < nitems(fds); i++)
		close(fds[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_model_keeps_its_network_and_never_gets_127_0),
		cmocka_unit_test(addresses_that_are_taken_are_passed_over),
		cmocka_unit_test(there_is_an_end_to_the_search),
		cmocka_unit_test(an_address_with_a_busy_port_is_passed_over),
		cmocka_unit_test(a_network_full_of_busy_ports_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
