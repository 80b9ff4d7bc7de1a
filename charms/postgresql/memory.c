/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "memory.h"

#define MB           1000000
#define PAGES_PER_MB 128

#define DEFAULT_SHARED_BUFFERS       16384
#define DEFAULT_EFFECTIVE_CACHE_SIZE 524288

#define CGROUP_LIMIT "/sys/fs/cgroup/memory.max"
#define LIMIT_BYTES  64

void
memory_plan(const struct memory_wish *wish, struct memory_plan *plan)
{
	int64_t bytes = (int64_t)wish->bytes, left;

	if (wish->limit_mb > 0 && wish->limit_mb * MB < bytes)
		bytes = wish->limit_mb * MB;
	plan->most = bytes * 2 / 5 / MB * 1000 / 8;
	plan->shared_buffers = wish->profile == MEMORY_TESTING ?
	    DEFAULT_SHARED_BUFFERS :
	    bytes / 4 * PAGES_PER_MB / MB;
	left = bytes - bytes / 4;
	if (wish->shared_buffers > 0) {
		plan->shared_buffers = wish->shared_buffers;
		left = bytes - wish->shared_buffers * MB / PAGES_PER_MB;
	}
	plan->effective_cache_size = wish->profile == MEMORY_TESTING ?
	    DEFAULT_EFFECTIVE_CACHE_SIZE :
	    left / MB * PAGES_PER_MB;
}

uint64_t
memory_of_machine(void)
{
	uint64_t bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) *
	    (uint64_t)sysconf(_SC_PAGESIZE);
	struct error ignored = { 0 };
	autofree char *text = file_read(CGROUP_LIMIT, LIMIT_BYTES, NULL,
	    &ignored);
	/* "max" is 0 here, and says that there is none. */
	uint64_t limit = text == NULL ? 0 : strtoull(text, NULL, 10);

	return limit > 0 && limit < bytes ? limit : bytes;
}
