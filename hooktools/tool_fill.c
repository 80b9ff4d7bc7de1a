/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "tool.h"

/* As Go reads a boolean; what is no word of it counts as true. */
static bool
go_bool(const struct args *args, const char *flag)
{
	static const char *const no[] = { "0", "f", "F", "false", "FALSE",
		"False" };
	const char *value = args_text(args, flag, "false");

	for (size_t i = 0; i < nitems(no); i++) {
		if (strcmp(value, no[i]) == 0)
			return false;
	}
	return true;
}

static const char *
word(const struct args *args, int n)
{
	return n < args->n ? args->v[n] : NULL;
}

char *
tool_words(const struct args *args, int from)
{
	autostrbuf sb = { 0 };

	for (int i = from; i < args->n; i++)
		strbuf_addf(&sb, "%s%s", i > from ? " " : "", args->v[i]);
	return xstrdup(strbuf_cstr(&sb));
}

static int
put_words(struct tool_request *r, const char *key, int from, struct error *err)
{
	autofree char *text = tool_words(r->args, from);
	json_t *value = json_string(text);

	if (value == NULL)
		return error_set(err, ERROR_USAGE, "%s is not UTF-8 text", key);
	json_object_set_new(r->body, key, value);
	return 0;
}

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- what most tools have ---- */

int
fill_nothing(struct tool_request *r, struct error *err)
{
	(void)r;
	(void)err;
	return 0;
}

int
fill_key(struct tool_request *r, struct error *err)
{
	(void)err;
	json_put_text(r->body, "key", word(r->args, 0));
	return 0;
}

int
fill_name(struct tool_request *r, struct error *err)
{
	(void)err;
	json_put_text(r->body, "name", word(r->args, 0));
	return 0;
}

int
fill_message(struct tool_request *r, struct error *err)
{
	return r->args->n > 0 ? put_words(r, "message", 0, err) : 0;
}

int
fill_version(struct tool_request *r, struct error *err)
{
	return put_words(r, "version", 0, err);
}

/* ---- relations ---- */

int
fill_endpoint(struct tool_request *r, struct error *err)
{
	const char *endpoint = word(r->args, 0);

	if (endpoint == NULL)
		endpoint = environment("JUJU_RELATION");
	if (endpoint == NULL)
		return error_set(err, ERROR_USAGE,
		    "no endpoint name specified");
	json_put_text(r->body, "endpoint", endpoint);
	return 0;
}

int
fill_relation(struct tool_request *r, struct error *err)
{
	const char *id = args_text(r->args, "relation", NULL);

	if (id == NULL)
		id = environment("JUJU_RELATION_ID");
	if (id == NULL)
		return error_set(err, ERROR_USAGE, "no relation id specified");
	json_put_text(r->body, "relation", id);
	return 0;
}

int
fill_relation_list(struct tool_request *r, struct error *err)
{
	if (go_bool(r->args, "app"))
		r->remote = "relation-app";
	return fill_relation(r, err);
}

/* A unit, or with --app its application; by default those of the hook. */
static char *
relation_who(const struct tool_request *r, struct error *err)
{
	const char *who = word(r->args, 1);
	bool app = go_bool(r->args, "app");

	if (who == NULL)
		who = environment(app ? "JUJU_REMOTE_APP" : "JUJU_REMOTE_UNIT");
	if (who == NULL)
		error_set(err, ERROR_USAGE, "no unit or application specified");
	else if (app)
		return xasprintf("%.*s", (int)strcspn(who, "/"), who);
	else if (strchr(who, '/') == NULL)
		error_set(err, ERROR_USAGE,
		    "expected unit name, got application name \"%s\"", who);
	else
		return xstrdup(who);
	return NULL;
}

int
fill_relation_get(struct tool_request *r, struct error *err)
{
	const char *key = word(r->args, 0);
	autofree char *who = NULL;

	if (fill_relation(r, err) == -1)
		return -1;
	who = relation_who(r, err);
	if (who == NULL)
		return -1;
	json_put_text(r->body, "who", who);
	if (key != NULL && strcmp(key, "-") != 0)
		json_put_text(r->body, "key", key);
	return 0;
}

/* "" and null delete; numbers are texts in a databag. */
static json_t *
bag_value(const json_t *value)
{
	autofree char *text = NULL;

	if (json_is_null(value))
		return json_null();
	if (json_is_string(value))
		return json_string_length(value) == 0 ?
		    json_null() :
		    json_string(json_string_value(value));
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	return json_string(text);
}

static char *
read_input(size_t *len, struct error *err)
{
	autostrbuf sb = { 0 };
	char part[4096];
	size_t n;

	while ((n = fread(part, 1, sizeof part, stdin)) > 0) {
		strbuf_addn(&sb, part, n);
		if (sb.len > LIMIT_BODY_BYTES) {
			(void)error_set(err, ERROR_TOO_LARGE,
			    "standard input has more than %d bytes",
			    LIMIT_BODY_BYTES);
			return NULL;
		}
	}
	*len = sb.len;
	return xstrdup(strbuf_cstr(&sb));
}

/* A map in YAML, which JSON is too, from a file or standard input. */
static json_t *
read_map(const char *path, struct error *err)
{
	size_t len;
	autofree char *text = strcmp(path, "-") == 0 ?
	    read_input(&len, err) :
	    file_read(path, LIMIT_BODY_BYTES, &len, err);
	json_t *map = text != NULL ? yaml_read(text, len, err) : NULL;

	if (map == NULL || json_is_object(map))
		return map;
	json_decref(map);
	if (text != NULL && text[strspn(text, " \n")] == '\0')
		return json_object();
	(void)error_set(err, ERROR_USAGE, "expected a map in \"%s\"", path);
	return NULL;
}

/* The words from `from` on, each key=value. */
static int
add_pairs(json_t *values, const struct args *args, int from, struct error *err)
{
	for (int i = from; i < args->n; i++) {
		const char *eq = strchr(args->v[i], '=');
		autofree char *key = NULL;
		json_t *value;

		if (eq == NULL || eq == args->v[i])
			return error_set(err, ERROR_USAGE,
			    "expected \"key=value\", got \"%s\"", args->v[i]);
		key = xasprintf("%.*s", (int)(eq - args->v[i]), args->v[i]);
		value = json_string(eq + 1);
		if (value == NULL ||
		    json_object_set_new(values, key, value) != 0)
			return error_set(err, ERROR_USAGE,
			    "%s is not UTF-8 text", key);
	}
	return 0;
}

static json_t *
pairs_and_file(const struct args *args, struct error *err)
{
	const char *path = args_text(args, "file", NULL);
	json_t *values = path != NULL ? read_map(path, err) : json_object();

	if (values == NULL || add_pairs(values, args, 0, err) == 0)
		return values;
	json_decref(values);
	return NULL;
}

int
fill_relation_set(struct tool_request *r, struct error *err)
{
	json_auto_t *values = NULL;
	json_t *texts, *value;
	const char *key;

	if (fill_relation(r, err) == -1)
		return -1;
	values = pairs_and_file(r->args, err);
	if (values == NULL)
		return -1;
	texts = json_object();
	json_object_foreach(values, key, value)
		json_object_set_new(texts, key, bag_value(value));
	json_object_set_new(r->body, "values", texts);
	json_object_set_new(r->body, "app",
	    json_boolean(go_bool(r->args, "app")));
	return 0;
}

/* ---- status and log ---- */

int
fill_status_set(struct tool_request *r, struct error *err)
{
	json_put_text(r->body, "status", word(r->args, 0));
	json_object_set_new(r->body, "application",
	    json_boolean(go_bool(r->args, "application")));
	return put_words(r, "message", 1, err);
}

int
fill_status_get(struct tool_request *r, struct error *err)
{
	(void)err;
	json_object_set_new(r->body, "application",
	    json_boolean(go_bool(r->args, "application")));
	return 0;
}

int
fill_log(struct tool_request *r, struct error *err)
{
	autofree char *level = xstrdup(args_text(r->args, "log-level", "INFO"));

	for (char *p = level; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	json_put_text(r->body, "level",
	    go_bool(r->args, "debug") ? "DEBUG" : level);
	return put_words(r, "message", 0, err);
}

/* ---- actions and state ---- */

int
fill_values(struct tool_request *r, struct error *err)
{
	json_t *values = json_object();

	json_object_set_new(r->body, "values", values);
	return add_pairs(values, r->args, 0, err);
}

int
fill_state_set(struct tool_request *r, struct error *err)
{
	json_t *values = pairs_and_file(r->args, err);

	if (values == NULL)
		return -1;
	json_object_set_new(r->body, "values", values);
	return 0;
}

int
fill_state_delete(struct tool_request *r, struct error *err)
{
	json_t *values = json_object();

	json_object_set_new(r->body, "values", values);
	r->remote = "state-set";
	if (json_object_set_new(values, word(r->args, 0), json_null()) != 0)
		return error_set(err, ERROR_USAGE, "the key is not UTF-8 text");
	return 0;
}

/* ---- the machine ---- */

/* "80" is "80/tcp". */
int
fill_port(struct tool_request *r, struct error *err)
{
	const char *port = word(r->args, 0);
	bool is_whole = strchr(port, '/') != NULL || strcmp(port, "icmp") == 0;
	autofree char *text = xasprintf(is_whole ? "%s" : "%s/tcp", port);

	(void)err;
	json_put_text(r->body, "port", text);
	return 0;
}

int
fill_network(struct tool_request *r, struct error *err)
{
	(void)err;
	json_put_text(r->body, "endpoint", word(r->args, 0));
	return 0;
}

/* "pgdata/0" is an instance of "pgdata". */
int
fill_storage(struct tool_request *r, struct error *err)
{
	const char *id = args_text(r->args, "storage", NULL);
	autofree char *name = NULL;

	if (id == NULL)
		id = environment("JUJU_STORAGE_ID");
	if (id == NULL)
		return error_set(err, ERROR_USAGE,
		    "no storage instance specified");
	name = xasprintf("%.*s", (int)strcspn(id, "/"), id);
	json_put_text(r->body, "name", name);
	return 0;
}
