/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `postgres -C` reads a configuration as a server that starts would, says what
 * it does not accept, and ends. What lies in a database it cannot see.
 */

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "server.h"
#include "settings.h"
#include "tune.h"

#define CHECK_MS 30000

/* Of what is there only in a database; a user that connects can set them. */
static const char *const inside[] = { "default_table_access_method",
	"default_text_search_config" };

static int
run(struct hook *h, const struct server *s, const char *path,
    struct strbuf *output, struct error *err)
{
	autofree char *program = xasprintf("%s/postgres", s->bindir);
	autofree char *config = xasprintf("config_file=%s", path);
	const char *const argv[] = { program, "-C", "max_connections", "-D",
		s->conf_dir, "-c", config, NULL };
	const struct charm_command command = {
		.argv = argv,
		.user = SERVER_USER,
		.timeout_ms = CHECK_MS,
		.output = output,
	};

	return charm_run(h, &command, err);
}

/* Once more without what this version does not have: it says only that first. */
static int
run_known(struct hook *h, const struct server *s, json_t *settings,
    struct strbuf *output, struct error *err)
{
	autofree char *path = xasprintf("%s.asked", s->options);
	const struct file_look look = server_look(s);
	struct error why = { 0 };
	int rc;

	do {
		autostrbuf text = { 0 };

		settings_render(&text, settings);
		if (file_write_as(path, &look, strbuf_cstr(&text), err) == -1)
			return -1;
		strbuf_clear(output);
		rc = run(h, s, path, output, &why);
	} while (rc == -1 &&
	    settings_drop_unknown(strbuf_cstr(output), settings) > 0);
	(void)unlink(path);
	if (rc == -1)
		*err = why;
	return rc;
}

int
tune_check(struct hook *h, const struct server *s, json_t *settings,
    json_t *config, json_t *refused, struct error *err)
{
	size_t before = json_object_size(refused);
	autostrbuf output = { 0 };
	struct error why = { 0 };

	if (dir_make(s->conf_dir, 0711, err) == -1)
		return -1;
	if (run_known(h, s, settings, &output, &why) == 0)
		return 0;
	settings_read_refusals(strbuf_cstr(&output), config, refused);
	if (json_object_size(refused) > before)
		return 0;
	*err = why;
	return error_wrap(err, "the options cannot be checked");
}

static int
check_one(struct conn *c, const char *name, const char *value, json_t *config,
    json_t *refused, struct error *err)
{
	const char *const params[] = { name, value, NULL };
	struct error why = { 0 };
	autofree char *set = conn_value(c, "SELECT set_config($1, $2, true)",
	    params, &why);
	autofree char *option = NULL;

	if (set != NULL)
		return 0;
	option = settings_option(config, name);
	if (*c->sqlstate == '\0' || option == NULL) {
		*err = why;
		return -1;
	}
	json_put_text(refused, option, why.msg);
	return 0;
}

int
tune_check_inside(struct hook *h, const struct cluster *cl, json_t *settings,
    json_t *config, json_t *refused, struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);

	if (c == NULL)
		return -1;
	for (size_t i = 0; i < nitems(inside); i++) {
		const char *value = json_text(settings, inside[i], NULL);

		if (value != NULL &&
		    check_one(c, inside[i], value, config, refused, err) == -1)
			return -1;
	}
	return 0;
}

bool
tune_asks_inside(const json_t *settings, const json_t *inforce)
{
	for (size_t i = 0; i < nitems(inside); i++)
		if (strcmp(json_text(settings, inside[i], ""),
			json_text(inforce, inside[i], "")) != 0)
			return true;
	return false;
}

void
tune_drop_inside(json_t *settings)
{
	for (size_t i = 0; i < nitems(inside); i++)
		(void)json_object_del(settings, inside[i]);
}
