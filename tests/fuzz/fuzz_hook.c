/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The charm protocol as tenond reads it: lines, messages, and the hook tools,
 * on a model in memory with a store of its own. The first byte chooses the unit
 * and whether a hook or an action runs.
 *
 * service-start is left out: it would run what the input says.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "fuzz.h"
#include "machine/lines.h"
#include "model/rows.h"

static const char db_metadata[] =
    "{\"name\": \"db\", \"peers\": {\"cluster\": \"db-peers\"},"
    " \"provides\": {\"database\": \"sql\"},"
    " \"storage\": {\"pgdata\": {\"type\": \"filesystem\"}}}";
static const char web_metadata[] =
    "{\"name\": \"web\", \"requires\": {\"backend\": \"sql\"}}";

/* What lives from the first input to the last. */
struct fixture {
	uv_loop_t loop;
	char *home;
	struct engine *engine;
};

/* One unit, and the operation that runs in it. */
struct session {
	struct agent agent;
	struct unit *unit;
	bool is_over;
};

static struct fixture *
fixture_make(void)
{
	struct fixture *fix = xcalloc(1, sizeof *fix);
	struct engine_spec spec = { .loop = &fix->loop,
		.charms_dir = "/nonexistent",
		.version = "0" };
	const char *tmp = getenv("TMPDIR");
	struct error err = { 0 };

	/* Messages for the log are for nobody here. */
	log_set_level(LOG_LEVEL_ERROR);
	fix->home = xasprintf("%s/tenon-fuzz-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	fuzz_require(mkdtemp(fix->home) != NULL);
	fuzz_require(uv_loop_init(&fix->loop) == 0);
	spec.home = fix->home;
	fix->engine = engine_new(&spec, &err);
	if (fix->engine == NULL)
		fuzz_fail(err.msg, __FILE__, __LINE__);
	/* So that no unit is asked for its next step. */
	fix->engine->stopping = true;
	return fix;
}

/* Made once: a store takes longer to open than an input to be read. */
static struct fixture *
fixture_get(void)
{
	static struct fixture *only;

	if (only == NULL)
		only = fixture_make();
	return only;
}

static void __attribute__((destructor)) fixture_remove(void)
{
	struct error ignored;

	(void)tree_remove(fixture_get()->home, &ignored);
}

/* ---- the model ---- */

static struct charm *
load_charm(void *arg, const char *name, struct error *err)
{
	json_auto_t *metadata = json_loads(strcmp(name, "db") == 0 ?
		db_metadata :
		web_metadata,
	    0, NULL);

	(void)arg;
	return charm_parse(metadata, NULL, NULL, 1, err);
}

static struct application *
add_application(struct model *m, const char *name, int units)
{
	struct error err = { 0 };
	struct application *app = application_add(m, name,
	    load_charm(NULL, name, &err));

	app->charm_source = xstrdup(name);
	for (int i = 0; i < units; i++)
		(void)unit_add(app, machine_add(m, "127.1.1.1", 1), 1);
	(void)application_elect(app);
	return app;
}

static void
join_all(struct relation *rel, struct application *app)
{
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		(void)relation_join(rel, u);
}

static struct model *
add_model(struct engine *e)
{
	char cluster[] = "cluster", database[] = "database",
	     backend[] = "backend";
	struct model *m = model_add(e->ctl, "m",
	    "6f2c1a34-6f1e-4b6e-9d51-0242aca8a31d", 1);
	struct application *db = add_application(m, "db", 2);
	struct application *web = add_application(m, "web", 1);
	struct relation_end peers[2] = {
		{ .app = db, .endpoint = cluster, .role = ROLE_PEER },
	};
	struct relation_end ends[2] = {
		{ .app = web, .endpoint = backend, .role = ROLE_REQUIRER },
		{ .app = db, .endpoint = database, .role = ROLE_PROVIDER },
	};
	struct relation *rel;

	join_all(relation_add(m, "db-peers", peers, 1, 1), db);
	rel = relation_add(m, "sql", ends, 2, 1);
	join_all(rel, db);
	join_all(rel, web);
	return m;
}

static void
must_commit(struct engine *e)
{
	struct error err = { 0 };

	if (engine_commit(e, &err) == -1)
		fuzz_fail(err.msg, __FILE__, __LINE__);
}

static int
read_row(void *arg, const char *key, const char *value, struct error *err)
{
	json_auto_t *row = json_loads(value, JSON_DECODE_ANY, NULL);

	fuzz_require(row != NULL);
	return row_read(arg, key, row, load_charm, NULL, err);
}

/* The next tenond has to be able to start with what a charm has left. */
static void
require_restart(struct engine *e)
{
	struct ctl *ctl = ctl_new();
	struct error err = { 0 };

	for (size_t i = 0; row_prefixes[i] != NULL; i++) {
		if (store_each(e->store, row_prefixes[i], read_row, ctl,
			&err) == -1)
			fuzz_fail(err.msg, __FILE__, __LINE__);
	}
	ctl_free(ctl);
}

/* ---- messages ---- */

/* libcharm takes the answer, unless it is too long a one. */
static void
require_answer(json_t *stolen_value, const struct error *why)
{
	json_auto_t *answer = json_pack("{s:i}", "id", 1);
	json_auto_t *again = NULL;
	autofree char *line = NULL;
	struct error err = { 0 };

	if (stolen_value != NULL) {
		(void)json_object_set_new(answer, "ok", stolen_value);
	} else {
		fuzz_require_error(why);
		json_put_text(answer, "error", why->msg);
	}
	line = json_line(answer);
	fuzz_require(strchr(line, '\n') == NULL);
	again = json_read(line, strlen(line), LIMIT_MESSAGE_BYTES, &err);
	fuzz_require(again != NULL || err.code == ERROR_TOO_LARGE);
}

static void
session_call(struct session *s, const json_t *message)
{
	const char *tool = json_text(message, "tool", "");
	struct error err = { 0 };
	json_t *value;

	if (strcmp(tool, "service-start") == 0)
		return;
	s->agent.handling = json_int(message, "id", 0);
	value = context_call(s->agent.context, s->unit, tool,
	    json_object_get(message, "args"), &err);
	if (value != NULL || err.code != ERROR_NONE)
		require_answer(value, &err);
}

static void
session_take(void *arg, char *line, size_t len)
{
	struct session *s = arg;
	struct error err = { 0 };
	json_auto_t *message = NULL;

	if (s->is_over)
		return;
	message = json_read(line, len, LIMIT_MESSAGE_BYTES, &err);
	if (message == NULL) {
		fuzz_require_error(&err);
		s->is_over = true;
	} else if (json_object_get(message, "tool") != NULL) {
		session_call(s, message);
	} else {
		s->is_over = true;
		if (json_int(message, "end", -1) == 0)
			context_apply(s->agent.context, s->unit);
	}
}

static void
session_feed(struct session *s, const uint8_t *data, size_t size)
{
	struct lines lines = {
		.max_bytes = LIMIT_MESSAGE_BYTES,
		.excess = LINES_REFUSE,
		.on_line = session_take,
		.arg = s,
	};
	size_t half = size / 2;

	if (lines_feed(&lines, (const char *)data, half) == 0)
		(void)lines_feed(&lines, (const char *)data + half,
		    size - half);
	lines_release(&lines);
}

/* Parameters and results go to clients, who read no deeper than we do. */
static void
require_results(const struct context *ctx)
{
	autofree char *line = json_line(ctx->results);
	json_auto_t *again = NULL;
	struct error err = { 0 };

	again = json_read(line, strlen(line), SIZE_MAX, &err);
	fuzz_require(again != NULL);
}

static void
session_run(struct engine *e, struct model *m, const uint8_t *data, size_t size)
{
	static const char *const units[] = { "db/0", "db/1", "web/0" };
	char model[] = "m";
	autofree char *unit = xstrdup(units[(data[0] >> 1) % nitems(units)]);
	struct session s = { .agent = { .engine = e, .model = model } };
	struct op op = { .kind = OP_HOOK,
		.hook = HOOK_RELATION_CHANGED,
		.relation = 1 };
	struct task *t = NULL;

	s.agent.unit = unit;
	s.unit = model_find_unit(m, unit);
	if (data[0] & 1)
		t = task_add(m, 1, unit, "get-credentials", 1);
	fuzz_require(uv_timer_init(e->loop, &s.agent.timer) == 0);
	s.agent.context = context_new(&s.agent, s.unit, &op, t, 1);
	session_feed(&s, data + 1, size - 1);
	require_results(s.agent.context);
	context_free(s.agent.context);
	uv_close((uv_handle_t *)&s.agent.timer, NULL);
	(void)uv_run(e->loop, UV_RUN_NOWAIT);
	fuzz_require(TAILQ_EMPTY(&e->stops));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine *e = fixture_get()->engine;
	struct model *m;

	if (size == 0)
		return -1;
	m = add_model(e);
	must_commit(e);
	session_run(e, m, data, size);
	must_commit(e);
	require_restart(e);
	entity_delete(&m->entity);
	must_commit(e);
	return 0;
}
