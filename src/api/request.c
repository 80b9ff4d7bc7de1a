/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "api/request.h"
#include "api/route.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define COUNT_MAX    (INT64_C(1) << 53) /* Exact in every JSON reader. */
#define COUNT_DIGITS 16

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* A percent-decoded copy; refuses what is no text. NULL with an error. */
static char *
decode(const char *text, size_t len, struct error *err)
{
	autostrbuf sb = { 0 };
	json_auto_t *probe = NULL;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			strbuf_addc(&sb, text[i]);
			continue;
		}
		high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < len ? hex_digit(text[i + 2]) : -1;
		if (high == -1 || low == -1 || high + low == 0) {
			error_set(err, ERROR_USAGE,
			    "malformed escape in \"%.*s\"", (int)len, text);
			return NULL;
		}
		strbuf_addc(&sb, (char)(high * 16 + low));
		i += 2;
	}
	probe = json_string(strbuf_cstr(&sb));
	if (probe == NULL) {
		error_set(err, ERROR_USAGE, "\"%.*s\" is not UTF-8 text",
		    (int)len, text);
		return NULL;
	}
	return strbuf_detach(&sb);
}

/* The length of the part that begins at `path`. */
static size_t
part_len(const char *path)
{
	return strcspn(path, "/?");
}

/* Does a path, up to its "?", have the shape of a template? */
static bool
path_matches(const char *path, const char *template)
{
	for (;;) {
		size_t len = part_len(path), want = part_len(template);

		if (template[0] == '{' && len == 0)
			return false;
		if (template[0] != '{' &&
		    (len != want || memcmp(path, template, len) != 0))
			return false;
		path += len;
		template += want;
		if (*path != '/' || *template != '/')
			return *path != '/' && *template == '\0';
		path++;
		template ++;
	}
}

/* Copy the parts of a matching path that the template names. */
static int
path_bind(struct api_request *req, const char *path, struct error *err)
{
	const char *template = req->route->path;

	while (*template != '\0') {
		size_t len = part_len(path), want = part_len(template);
		char **slot;

		if (template[0] == '{') {
			slot = strncmp(template, "{model}", want) == 0 ?
			    &req->model :
			    &req->subject;
			*slot = decode(path, len, err);
			if (*slot == NULL)
				return -1;
		}
		path += len;
		template += want;
		if (*template == '/') {
			path++;
			template ++;
		}
	}
	return 0;
}

static int
find_route(struct api_request *req, const struct api_table *table,
    const struct api_input *in, struct error *err)
{
	int path_len = (int)strcspn(in->target, "?");
	autostrbuf allow = { 0 };

	for (size_t i = 0; i < table->n; i++) {
		const struct api_route *route = &table->routes[i];

		if (!path_matches(in->target, route->path))
			continue;
		if (strcmp(route->method, in->method) == 0) {
			req->route = route;
			return path_bind(req, in->target, err);
		}
		strbuf_addf(&allow, "%s%s", allow.len > 0 ? ", " : "",
		    route->method);
	}
	if (allow.len == 0)
		return error_set(err, ERROR_NOT_FOUND, "no route %.*s",
		    path_len, in->target);
	req->allow = strbuf_detach(&allow);
	return error_set(err, ERROR_USAGE, "method %s is not allowed for %.*s",
	    in->method, path_len, in->target);
}

static bool
all_texts(json_t *value)
{
	const char *name;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member) {
		if (!json_is_string(member))
			return false;
	}
	json_object_foreach(value, name, member) {
		if (!json_is_string(member))
			return false;
	}
	return true;
}

static bool
value_fits(json_t *value, enum api_type type)
{
	switch (type) {
	case API_TEXT:
	case API_CHARM:
		return json_is_string(value);
	case API_COUNT:
		return json_is_integer(value) &&
		    json_integer_value(value) >= 0 &&
		    json_integer_value(value) <= COUNT_MAX;
	case API_BOOL:
		return json_is_boolean(value);
	case API_TEXTS:
		return json_is_array(value) && all_texts(value);
	case API_TEXT_MAP:
		return json_is_object(value) && all_texts(value);
	case API_OBJECT:
		return json_is_object(value);
	case API_STEPS:
		return json_is_array(value);
	}
	return false;
}

static const char *
type_name(enum api_type type)
{
	static const char *const names[] = {
		[API_TEXT] = "a string",
		[API_CHARM] = "a string",
		[API_COUNT] = "a whole number",
		[API_BOOL] = "true or false",
		[API_TEXTS] = "an array of strings",
		[API_TEXT_MAP] = "an object of strings",
		[API_OBJECT] = "an object",
		[API_STEPS] = "an array of steps",
	};

	return names[type];
}

/* Unknown, mistyped or missing: say which field, not just that one is. */
static int
check_args(const struct api_request *req, struct error *err)
{
	const struct api_field *field;
	const char *name;
	json_t *value;

	json_object_foreach(req->args, name, value) {
		field = api_field_find(req->route, name);
		if (field == NULL)
			return error_set(err, ERROR_USAGE,
			    "unknown field \"%.64s\"", name);
		if (!value_fits(value, field->type))
			return error_set(err, ERROR_USAGE,
			    "field \"%s\" is not %s", name,
			    type_name(field->type));
	}
	for (field = req->route->fields; field->name != NULL; field++) {
		if (field->need == API_REQUIRED &&
		    json_object_get(req->args, field->name) == NULL)
			return error_set(err, ERROR_USAGE,
			    "field \"%s\" is missing", field->name);
	}
	return 0;
}

/* The value of a query parameter, or NULL if it does not read as the type. */
static json_t *
query_value(const char *text, enum api_type type)
{
	size_t digits = strspn(text, "0123456789");

	if (type == API_TEXT || type == API_CHARM)
		return json_string(text);
	if (type == API_BOOL && text[0] != '\0') {
		if (strcmp(text, "true") == 0 || strcmp(text, "1") == 0)
			return json_true();
		if (strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
			return json_false();
	}
	if (type == API_COUNT && digits > 0 && digits <= COUNT_DIGITS &&
	    text[digits] == '\0')
		return json_integer(strtoll(text, NULL, 10));
	return NULL;
}

/* One "name=value" of the query. */
static int
add_parameter(struct api_request *req, const char *pair, size_t len,
    struct error *err)
{
	const char *eq = memchr(pair, '=', len);
	size_t name_len = eq != NULL ? (size_t)(eq - pair) : len;
	const struct api_field *field;
	autofree char *name = NULL, *text = NULL;
	json_t *value;

	name = decode(pair, name_len, err);
	if (name == NULL)
		return -1;
	text = eq != NULL ? decode(eq + 1, len - name_len - 1, err) :
			    xstrdup("");
	if (text == NULL)
		return -1;
	field = api_field_find(req->route, name);
	if (field == NULL)
		return error_set(err, ERROR_USAGE, "unknown field \"%.64s\"",
		    name);
	if (json_object_get(req->args, name) != NULL)
		return error_set(err, ERROR_USAGE,
		    "field \"%s\" is given twice", name);
	value = query_value(text, field->type);
	if (value == NULL)
		return error_set(err, ERROR_USAGE, "field \"%s\" is not %s",
		    name, type_name(field->type));
	json_object_set_new(req->args, name, value);
	return 0;
}

static int
add_query(struct api_request *req, const char *target, struct error *err)
{
	const char *query = strchr(target, '?');
	size_t len;

	if (query == NULL)
		return 0;
	for (query++; *query != '\0'; query += len + (query[len] == '&')) {
		autofree char *pair = NULL;

		len = strcspn(query, "&");
		if (len == 0)
			continue;
		pair = xcalloc(len + 1, 1);
		for (size_t i = 0; i < len; i++)
			pair[i] = query[i] == '+' ? ' ' : query[i];
		if (add_parameter(req, pair, len, err) == -1)
			return -1;
	}
	return 0;
}

static int
add_body(struct api_request *req, const struct api_input *in, struct error *err)
{
	json_auto_t *body = NULL;
	const char *name;
	json_t *value;

	if (in->body_len == 0)
		return 0;
	if (strcmp(req->route->method, "GET") == 0)
		return error_set(err, ERROR_USAGE, "GET takes no body");
	body = json_read(in->body, in->body_len, LIMIT_BODY_BYTES, err);
	if (body == NULL) {
		if (err->code != ERROR_TOO_LARGE)
			err->code = ERROR_USAGE;
		return error_wrap(err, "body");
	}
	if (!json_is_object(body))
		return error_set(err, ERROR_USAGE, "body is not an object");
	json_object_foreach(body, name, value) {
		if (json_object_get(req->args, name) != NULL)
			return error_set(err, ERROR_USAGE,
			    "field \"%s\" is given twice", name);
		json_object_set(req->args, name, value);
	}
	return 0;
}

int
api_request_parse(struct api_request *req, const struct api_table *table,
    const struct api_input *in, struct error *err)
{
	if (strlen(in->target) > API_TARGET_MAX)
		return error_set(err, ERROR_TOO_LARGE,
		    "target is longer than %d bytes", API_TARGET_MAX);
	if (in->body_len > LIMIT_BODY_BYTES)
		return error_set(err, ERROR_TOO_LARGE,
		    "body is larger than %d bytes", LIMIT_BODY_BYTES);
	if (find_route(req, table, in, err) == -1)
		return -1;
	req->args = json_object();
	if (add_query(req, in->target, err) == -1 ||
	    add_body(req, in, err) == -1)
		return -1;
	return check_args(req, err);
}

/* ---- roles ---- */

/* The role that a field asks for, as it is given. */
static enum access_role
value_role(const struct api_field *field, const json_t *value)
{
	if (value == NULL || json_is_false(value))
		return ACCESS_NONE;
	if (field->type == API_CHARM && json_string_value(value)[0] == '/')
		return ACCESS_ADMIN;
	return field->role;
}

int
api_request_check(const struct api_request *req, enum access_role role,
    const char *user, struct error *err)
{
	const struct api_route *route = req->route;
	const struct api_field *field;
	enum access_role need;

	if (role < route->role)
		return error_set(err, ERROR_DENIED,
		    "permission denied: \"%s\" needs the role %s, and user %s "
		    "has %s",
		    route->summary, access_word(route->role), user,
		    access_word(role));
	for (field = route->fields; field->name != NULL; field++) {
		need = value_role(field,
		    json_object_get(req->args, field->name));
		if (role < need)
			return error_set(err, ERROR_DENIED,
			    "permission denied: %s \"%s\" needs the role %s, "
			    "and user %s has %s",
			    field->type == API_CHARM ? "a directory as" :
						       "the option",
			    field->name, access_word(need), user,
			    access_word(role));
	}
	return 0;
}

void
api_request_release(struct api_request *req)
{
	free(req->model);
	free(req->subject);
	free(req->allow);
	json_decref(req->args);
	*req = (struct api_request){ 0 };
}
