/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory - how much of it a server takes, and how much it believes to be there.
 * The figures are those of the older charm, in pages of 8 kB.
 */

#ifndef POSTGRESQL_MEMORY_H
#define POSTGRESQL_MEMORY_H

#include <stdint.h>

enum memory_profile {
	MEMORY_PRODUCTION,
	MEMORY_TESTING /* What PostgreSQL has if it is not told. */
};

struct memory_wish {
	uint64_t bytes;   /* What the machine has. */
	int64_t limit_mb; /* Of which it takes its part, or 0. */
	enum memory_profile profile;
	int64_t shared_buffers; /* Set by hand, or 0. */
};

struct memory_plan {
	int64_t shared_buffers, effective_cache_size;
	int64_t most; /* That shared_buffers may be if it is set by hand. */
};

void memory_plan(const struct memory_wish *, struct memory_plan *);

/* What the machine has, or the group of processes we are in may have. */
uint64_t memory_of_machine(void);

#endif /* POSTGRESQL_MEMORY_H */
