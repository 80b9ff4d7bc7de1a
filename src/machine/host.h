/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host - whether this machine has what we and the services need: limits, room
 * on the disk, memory, a clock that is kept, and no process of nobody's that
 * works in our directories. It looks, and changes nothing.
 */

#ifndef MACHINE_HOST_H
#define MACHINE_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum finding_level {
	FINDING_OK,
	FINDING_WARNING,
	FINDING_ERROR
};

const char *finding_level_name(enum finding_level);

/* What one look has come to; borrowed for the call. */
struct finding {
	const char *check; /* "disk" */
	enum finding_level level;
	const char *text;
	const char *hint; /* What to do; NULL for nothing. */
};

typedef void finding_fn(void *arg, const struct finding *);

struct host_spec {
	const char *home;      /* The state directory. */
	const pid_t *services; /* Leaders of their sessions: these are ours. */
	size_t nservices;
	uint64_t newest_ms; /* Wall time of what happened last; or 0. */
	finding_fn *fn;
	void *arg;
};

void host_check(const struct host_spec *);

/* ---- the judgement, for tests; `free` and `all` in bytes ---- */

enum finding_level host_judge_disk(uint64_t free_bytes, uint64_t all_bytes);

/* From /proc/<pid>/stat: 0, or -1 if it is not such a text. */
int host_parse_stat(const char *stat, pid_t *parent, pid_t *session);

#endif /* MACHINE_HOST_H */
