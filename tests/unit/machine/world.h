/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - a supervisor with one service, and what it has said of it.
 */

#ifndef TESTS_UNIT_MACHINE_WORLD_H
#define TESTS_UNIT_MACHINE_WORLD_H

#include <jansson.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/supervisor.h"
#include "machine/supervisor_timing.h"
#include "support.h"

#define KEY         "m/u/0/s"
#define SPAWNS_KEPT 16

struct world {
	uv_loop_t loop;
	struct supervisor *sv;
	char *dir, *log;

	/* What on_spawn was told, and what it answers. */
	bool refuse;
	int spawns;
	pid_t pid; /* The latest. */
	uint64_t start_time;
	uint64_t spawned_ms[SPAWNS_KEPT];

	/* What on_event was told. */
	int events[3];
	char ended[128];  /* The detail of the latest SUPERVISOR_ENDED. */
	char detail[128]; /* Of the latest event. */

	int stops, stops_wanted;
	int wanted[3];
	const char *file, *text;
};

#define world_test(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* The supervisor ends with the test; so does the service. */
int world_setup(void **state);
int world_teardown(void **state);

/* Put another supervisor in the place of the present one. */
void world_use(struct world *, const struct supervisor_timing *);

/* A spec that runs a shell script, unless `members` has its own argv. */
json_t *world_spec(const struct world *, const char *members,
    const char *script);
void world_start(struct world *, const char *members, const char *script);

/* supervisor_stop() that counts; and wait for it. */
void world_begin_stop(struct world *);
void world_wait_stops(struct world *, int n);
void world_stop(struct world *);

/* Until there were as many; the first accepts more, the second does not. */
void world_wait_at_least(struct world *, int ended, int restarted, int failed);
void world_wait_events(struct world *, int ended, int restarted, int failed);

/* Until the file is there and ends with the text; "" means empty. */
void world_wait_file(struct world *, const char *path, const char *text);
void world_wait_log(struct world *, const char *text);

#endif /* TESTS_UNIT_MACHINE_WORLD_H */
