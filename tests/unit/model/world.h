/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - a model whose units live through their hooks without an engine: what
 * a test does to it, and a transcript of the hooks that follow, as lines like
 *
 *	db/0 database-relation-departed rel=1 app=web unit=web/0 departing=db/0
 *
 * Applications called "db..." have the peers "cluster", provide "database" and
 * have an option "size" (3); others require "backend".
 */

#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include "base/strbuf.h"
#include "model/model.h"
#include "model/resolver.h"

enum world_habit {
	WORLD_STEADY,
	WORLD_RESTARTS /* From its rows, after each single operation. */
};

struct world {
	struct ctl *ctl;
	struct model *model;
	uint64_t now_ms;
	struct strbuf log;
	json_t *kicked; /* {unit: true}, whom the engine would have asked. */
	json_t *told;   /* What hooks have told whom; see world_told.c. */
	enum world_habit habit;
};

void world_init(struct world *);
void world_release(struct world *);

/* What a user does. */
struct application *world_deploy(struct world *, const char *app_name,
    int units);
void world_add_unit(struct world *, const char *app_name);
/* web:backend db:database; returns the id. */
int64_t world_relate(struct world *, const char *web, const char *db);
void world_remove_relation(struct world *, int64_t id);
void world_remove_unit(struct world *, const char *name);
void world_remove_application(struct world *, const char *name);

/* What charms do: a new value in a bag. */
void world_say(struct world *, int64_t relation, const char *unit,
    const char *value);
void world_say_as_app(struct world *, int64_t relation, const char *app,
    const char *value);

struct unit *world_unit(struct world *, const char *name);
struct relation *world_relation(struct world *, int64_t id);

bool world_is_open(const struct unit *, const struct relation *);
size_t world_count_open(struct world *);

/* One operation; returns whether there was any. */
bool world_run_once(struct world *, const char *unit);
/* Who may have something to do is noted; world_commit() does it too. */
void world_note_stirred(struct world *);
/* Let one unit, or all of them in turn, run until there is nothing to do. */
void world_run(struct world *, const char *unit);
void world_settle(struct world *);
/* settle, and forget about it. */
void world_settle_quietly(struct world *);

/* Free what is gone, forget the marks: the model's part of a commit. */
void world_commit(struct world *);
void world_restart(struct world *);

/* Everything as rows, in the order in which they are read; a new reference. */
json_t *world_rows(struct world *);
void world_read(struct world *, json_t *rows);
/* As the engine does it when the store refuses what has been touched. */
void world_take_back(struct world *, const json_t *rows);

/* A hook has run; or an application has written the bag of its peers. */
void world_tell(struct world *, const struct unit *, const struct op *);
void world_tell_writer(struct world *, const struct relation *,
    const struct relation_end *);
/* Does the model say that it has seen what it was told, no more and no less? */
void world_check_told(struct world *, const struct unit *, struct relation *);

/* Compare the transcript with these lines, and start a new one. */
#define world_expect(w, ...)                                             \
	world_expect_at((w), (const char *const[]){ __VA_ARGS__, NULL }, \
	    __FILE__, __LINE__)
#define world_expect_nothing(w) \
	world_expect_at((w), (const char *const[]){ NULL }, __FILE__, __LINE__)
void world_expect_at(struct world *, const char *const lines[],
    const char *file, int line);

/* The transcript's line for an operation. Owned by the caller. */
char *world_line(const struct unit *, const struct op *);

struct charm *world_charm(void *arg, const char *name, struct error *);

#endif /* TESTS_MODEL_WORLD_H */
