/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/service_spec.h"

#define STOP_TIMEOUT_MS     30000
#define STOP_TIMEOUT_MAX_MS 86400000

typedef int member_fn(struct service_spec *, json_t *, struct error *);

static int
spec_wants(struct error *err, const char *member, const char *what)
{
	return error_set(err, ERROR_INVALID, "service: key \"%s\" has to be %s",
	    member, what);
}

static int
spec_take_argv(struct service_spec *spec, json_t *value, struct error *err)
{
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item) {
		if (!json_is_string(item))
			return spec_wants(err, "argv", "an array of strings");
		strv_add(&spec->argv, json_string_value(item));
	}
	if (spec->argv.n == 0)
		return spec_wants(err, "argv", "an array of strings");
	if (spec->argv.v[0][0] != '/')
		return error_set(err, ERROR_INVALID,
		    "service: key \"argv\" begins with \"%.200s\", not with "
		    "an absolute path",
		    spec->argv.v[0]);
	return 0;
}

static int
spec_take_env(struct service_spec *spec, json_t *value, struct error *err)
{
	const char *name;
	json_t *item;

	if (!json_is_object(value))
		return spec_wants(err, "env", "an object of strings");
	json_object_foreach(value, name, item) {
		if (!json_is_string(item))
			return spec_wants(err, "env", "an object of strings");
		if (*name == '\0' || strchr(name, '=') != NULL)
			return error_set(err, ERROR_INVALID,
			    "service: key \"env\" has \"%.200s\", which is "
			    "not a name",
			    name);
		strv_addf(&spec->env, "%s=%s", name, json_string_value(item));
	}
	return 0;
}

static int
spec_take_path(char **slot, const char *member, json_t *value,
    struct error *err)
{
	const char *text = json_string_value(value);

	if (text == NULL || *text != '/')
		return spec_wants(err, member, "an absolute path");
	xreplace(slot, text);
	return 0;
}

static int
spec_take_dir(struct service_spec *spec, json_t *value, struct error *err)
{
	return spec_take_path(&spec->dir, "dir", value, err);
}

static int
spec_take_log(struct service_spec *spec, json_t *value, struct error *err)
{
	return spec_take_path(&spec->log, "log", value, err);
}

static int
spec_take_user(struct service_spec *spec, json_t *value, struct error *err)
{
	const char *text = json_string_value(value);

	if (text == NULL || *text == '\0')
		return spec_wants(err, "user", "the name of a user");
	xreplace(&spec->user, text);
	return 0;
}

static int
spec_take_stop_signal(struct service_spec *spec, json_t *value,
    struct error *err)
{
	static const struct {
		const char *name;
		int signo;
	} signals[] = {
		{ "TERM", SIGTERM },
		{ "INT", SIGINT },
		{ "QUIT", SIGQUIT },
		{ "HUP", SIGHUP },
		{ "KILL", SIGKILL },
	};
	const char *text = json_string_value(value);

	for (size_t i = 0; text != NULL && i < nitems(signals); i++) {
		if (strcmp(text, signals[i].name) == 0) {
			spec->stop_signal = signals[i].signo;
			return 0;
		}
	}
	return spec_wants(err, "stop-signal", "TERM, INT, QUIT, HUP or KILL");
}

static int
spec_take_stop_timeout(struct service_spec *spec, json_t *value,
    struct error *err)
{
	json_int_t ms = json_integer_value(value);

	if (!json_is_integer(value) || ms < 0 || ms > STOP_TIMEOUT_MAX_MS)
		return spec_wants(err, "stop-timeout-ms",
		    "milliseconds from 0 to 86400000");
	spec->stop_timeout_ms = (uint64_t)ms;
	return 0;
}

static int
spec_take_restart(struct service_spec *spec, json_t *value, struct error *err)
{
	if (!json_is_boolean(value))
		return spec_wants(err, "restart", "true or false");
	spec->restart = json_is_true(value);
	return 0;
}

/* clang-format off */
static const struct member {
	const char *name;
	member_fn *take;
	bool required;
} members[] = {
/*	name               take                    required */
	{ "argv",            spec_take_argv,         true },
	{ "env",             spec_take_env,          false },
	{ "user",            spec_take_user,         false },
	{ "dir",             spec_take_dir,          false },
	{ "log",             spec_take_log,          true },
	{ "stop-signal",     spec_take_stop_signal,  false },
	{ "stop-timeout-ms", spec_take_stop_timeout, false },
	{ "restart",         spec_take_restart,      false },
};
/* clang-format on */

static const struct member *
member_find(const char *name)
{
	for (size_t i = 0; i < nitems(members); i++) {
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	}
	return NULL;
}

static int
spec_take_members(struct service_spec *spec, json_t *from, struct error *err)
{
	const char *name;
	json_t *value;

	if (!json_is_object(from))
		return error_set(err, ERROR_INVALID,
		    "service: its spec has to be an object");
	json_object_foreach(from, name, value) {
		const struct member *m = member_find(name);

		if (m == NULL)
			return error_set(err, ERROR_INVALID,
			    "service: unknown key \"%.200s\"", name);
		if (m->take(spec, value, err) == -1)
			return -1;
	}
	for (size_t i = 0; i < nitems(members); i++) {
		if (members[i].required &&
		    json_object_get(from, members[i].name) == NULL)
			return error_set(err, ERROR_INVALID,
			    "service: key \"%s\" is missing", members[i].name);
	}
	return 0;
}

static bool
env_has(const struct strv *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			return true;
	}
	return false;
}

/* What every service has; its own values win, except over its name. */
static void
spec_complete_env(struct strv *env, const char *key)
{
	if (!env_has(env, "PATH"))
		strv_add(env,
		    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
		    "/sbin:/bin");
	if (!env_has(env, "LANG"))
		strv_add(env, "LANG=C.UTF-8");
	strv_addf(env, "TENON_SERVICE=%s", key);
}

int
service_spec_parse(struct service_spec *spec, const char *key,
    const json_t *from, struct error *err)
{
	struct service_spec s = {
		.dir = xstrdup("/"),
		.stop_signal = SIGTERM,
		.stop_timeout_ms = STOP_TIMEOUT_MS,
		.restart = true,
	};
	json_auto_t *members_of = NULL;

	/* Going through an object is not possible with a const one. */
	members_of = json_deep_copy(from);
	if (spec_take_members(&s, members_of, err) == -1) {
		service_spec_release(&s);
		return -1;
	}
	spec_complete_env(&s.env, key);
	*spec = s;
	return 0;
}

void
service_spec_release(struct service_spec *spec)
{
	strv_release(&spec->argv);
	strv_release(&spec->env);
	free(spec->user);
	free(spec->dir);
	free(spec->log);
	*spec = (struct service_spec){ 0 };
}
