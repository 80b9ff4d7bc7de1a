/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/check.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "engine/environment.h"
#include "engine/internal.h"
#include "machine/runner.h"

struct check {
	TAILQ_ENTRY(check) entry;
	struct engine *engine; /* Borrowed. */
	int64_t number;
	bool over;
	int status;
	struct strbuf said; /* Its lines of output. */
};

static void
check_free(struct check *c)
{
	TAILQ_REMOVE(&c->engine->checks, c, entry);
	strbuf_release(&c->said);
	free(c);
}

static void
check_on_line(void *arg, bool is_error, const char *line)
{
	struct check *c = arg;

	(void)is_error;
	if (c->said.len > 0)
		strbuf_addc(&c->said, '\n');
	strbuf_adds(&c->said, line);
}

static void
check_on_exit(void *arg, int status, const char *how)
{
	struct check *c = arg;
	struct engine *e = c->engine;

	c->over = true;
	c->status = status;
	if (status != 0 && c->said.len == 0)
		strbuf_addf(&c->said, "the charm's check ended with %s", how);
	if (!e->stopping) {
		engine_changed(e);
		return;
	}
	check_free(c);
	engine_check_stopped(e);
}

int64_t
check_start(struct engine *e, const char *charm_dir, const char *channel,
    struct error *err)
{
	struct check *c = xcalloc(1, sizeof *c), *last;
	autofree char *dispatch = xasprintf("%s/dispatch", charm_dir);
	autostrv argv = { 0 }, env = { 0 };
	struct runner_spec spec = {
		.loop = e->loop,
		.name = "check",
		.dir = charm_dir,
		.on_line = check_on_line,
		.on_exit = check_on_exit,
		.arg = c,
	};

	strv_add(&argv, dispatch);
	strv_add(&argv, "check");
	strv_add(&argv, channel);
	environment_common(&env);
	spec.argv = argv.v;
	spec.env = env.v;
	last = TAILQ_LAST(&e->checks, check_list);
	c->engine = e;
	c->number = last != NULL ? last->number + 1 : 1;
	TAILQ_INSERT_TAIL(&e->checks, c, entry);
	if (runner_start(&spec, err) == NULL) {
		check_free(c);
		return -1;
	}
	return c->number;
}

int
check_result(struct engine *e, int64_t number, struct error *err)
{
	struct check *c;
	const char *said;
	size_t line;
	int rc;

	TAILQ_FOREACH(c, &e->checks, entry) {
		if (c->number == number)
			break;
	}
	if (c == NULL)
		return error_set(err, ERROR_INTERNAL, "the check is gone");
	if (!c->over)
		return 0;
	rc = c->status == 0 ? 1 : -1;
	if (rc == -1) {
		said = strbuf_cstr(&c->said);
		line = strcspn(said, "\n");
		error_set(err, ERROR_INVALID, "%.*s", (int)line, said);
		if (said[line] != '\0')
			error_hint(err, "%s", said + line + 1);
	}
	check_free(c);
	return rc;
}
