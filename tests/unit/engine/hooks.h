/* SPDX-License-Identifier: Apache-2.0 */
/* hooks - hook tools without a charm: the test calls them itself. */

#ifndef TESTS_ENGINE_HOOKS_H
#define TESTS_ENGINE_HOOKS_H

#include "model/resolver.h"
#include "world.h"

/* A hook of one unit. */
struct hook {
	struct world *world;
	struct agent agent;
	struct context *context;
	struct error err;
	const char *unit;
};

struct hook hook_begin(struct world *, const char *unit, enum hook_kind,
    int relation);
struct hook action_begin(struct world *, const char *unit, const char *params);
void hook_drop(struct hook *);
void hook_succeed(struct hook *);

json_t *try_tool(struct hook *, const char *tool, const char *args);
void tool_gives(struct hook *, const char *tool, const char *args,
    const char *expected);
void tool_refuses(struct hook *, const char *tool, const char *args,
    enum error_code, const char *message);

/* db/0, which leads, and db/1; web/0; relation 1 between them. */
void make_relation(struct world *);

#endif /* TESTS_ENGINE_HOOKS_H */
