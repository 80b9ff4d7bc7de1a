/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim - a whole tenond in one process, with a clock of its own.
 *
 * Model, resolver, store, engine and verbs are the real ones. In place of
 * machines there are:
 *
 *	outside.c	the clock, randomness and threads, as libc and libuv give
 *			them: time passes only when there is nothing else to do
 *	runner.c	machine/runner.h: charm processes; what they say is in
 *			talk.c
 *	services.c	machine/supervisor.h: processes that run for ever
 *	address.c	machine/address.h: as many addresses as one likes
 *	power.c		what a power cut would leave of the store
 *
 * So a run depends on its arguments alone: the same seed, the same events.
 */

#ifndef BENCH_SIM_SIM_H
#define BENCH_SIM_SIM_H

#include <jansson.h>
#include <stdint.h>
#include <uv.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "engine/engine.h"

struct error;
struct model;
struct supervisor;

struct sim_options {
	int64_t applications, units, relations;
	int64_t client_units; /* Of each application that requires. */
	int64_t cuts; /* Of the power: at one write in so many; 0: none. */
	uint64_t seed;
	double faults;        /* Of each hook, how likely. */
	const char *store;    /* A directory, kept; NULL: in memory. */
	const char *services; /* "yes" or "no". */
};

RB_HEAD(process_tree, process);

struct sim {
	uv_loop_t loop; /* loop.data is the sim. */
	struct sim_options options;
	char *dir, *home, *charms;
	struct engine *engine; /* NULL while it is down. */

	/* What survives a tenond. */
	struct process_tree processes;
	struct supervisor *supervisor; /* Of the tenond that is up. */
	int64_t next_pid;

	/* What has happened. */
	int64_t events;   /* Hooks that ended, one way or the other. */
	int64_t failures; /* Those that we made fail. */
	int64_t deaths;   /* Of services. */
	int64_t restarts; /* Of tenond. */
	int64_t cuts;     /* Of the power, as it would be. */
	uint64_t trace;   /* A hash of all events and their times. */
	int64_t busy;     /* Hooks that are running. */
	int64_t ending;   /* Services that are about to end or come back. */
};

/* The engine's sim; from any loop that it was given. */
struct sim *sim_of(const uv_loop_t *);

/* ---- outside.c ---- */

/* The first randomness is as the seed says. */
void outside_seed(uint64_t seed);
void outside_pass(uint64_t ms);
uint64_t outside_now_ms(void);
/* What the user of the sim has spent: by the clock, and of the processor. */
uint64_t outside_real_ns(void);
uint64_t outside_cpu_ns(void);
/* A number in [0, n). */
uint64_t outside_choose(uint64_t n);
/* Does a thing happen that is that likely? */
int outside_chance(double likely);

/* ---- power.c ---- */

/* Before the first tenond comes up, and after the last one is down. */
void power_begin(struct sim *);
void power_end(void);

/* ---- talk.c: what a charm says in one hook ---- */

struct talk;

struct talk *talk_new(const struct sim *, const char *charm_dir,
    const json_t *event);
void talk_free(struct talk *);
/* The next tool to call, a new reference; NULL: the hook has ended well. */
json_t *talk_next(struct talk *);
/* What the last tool has answered. */
void talk_hear(struct talk *, const json_t *value);

/* ---- services.c ---- */

/* Let one die, if there is one. */
void services_kill_one(struct sim *);
void services_free_all(struct sim *);

/* ---- life.c ---- */

void sim_up(struct sim *);
void sim_down(struct sim *);
/*
 * Until nobody has anything left to do. After that many events, if it is not
 * 0, tenond is restarted once.
 */
void sim_settle(struct sim *, int64_t restart_after);
/* Let the charm processes go that have nothing to do. */
void sim_rest(struct sim *);
/* A verb that has to succeed: its reply, a new reference. */
json_t *sim_call(struct sim *sim, engine_verb *verb, const char *subject,
    json_t *stolen_args);
struct model *sim_model(struct sim *);
/* Say why, and end. */
void sim_fail(const char *, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* ---- shape.c: what is built ---- */

void shape_make_charms(struct sim *);
void shape_deploy(struct sim *);
void shape_relate(struct sim *);
/* Change the configuration of one application in ten. */
void shape_configure(struct sim *);
/* Remove one relation in twenty, one unit in fifty of the clusters. */
void shape_remove(struct sim *);

/* ---- truth.c: what has to hold when it has settled ---- */

void truth_check(struct sim *);
/*
 * Is what the engine says of who has settled, of the model and of each of its
 * applications, what one is told who asks every unit?
 */
void truth_check_settled(struct sim *);
/* All that is to be in the store, by key. */
json_t *truth_rows(struct sim *);
/* The same, read from the store of a tenond that is down. */
json_t *truth_stored(struct sim *);
void truth_compare(json_t *memory, const json_t *other, const char *what);

#endif /* BENCH_SIM_SIM_H */
