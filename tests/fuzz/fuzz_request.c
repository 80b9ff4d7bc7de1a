/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of API requests: method, target and body, each ended by a NUL. */

#include <string.h>

#include "api/request.h"
#include "api/route.h"
#include "base/json.h"
#include "base/mem.h"
#include "fuzz.h"

static void
require_text(const char *text)
{
	json_auto_t *string = text != NULL ? json_string(text) : NULL;

	fuzz_require(text == NULL || string != NULL);
}

/* Whoever handles it may rely on what the route table says. */
static void
require_arguments(const struct api_request *req)
{
	static const json_type types[] = {
		[API_TEXT] = JSON_STRING,
		[API_CHARM] = JSON_STRING,
		[API_COUNT] = JSON_INTEGER,
		[API_TEXTS] = JSON_ARRAY,
		[API_TEXT_MAP] = JSON_OBJECT,
		[API_OBJECT] = JSON_OBJECT,
	};
	const struct api_field *field;
	const char *name;
	json_t *value;

	fuzz_require(json_is_object(req->args));
	json_object_foreach(req->args, name, value) {
		field = api_field_find(req->route, name);
		fuzz_require(field != NULL);
		if (field->type == API_BOOL)
			fuzz_require(json_is_boolean(value));
		else
			fuzz_require(json_typeof(value) == types[field->type]);
	}
	for (field = req->route->fields; field->name != NULL; field++)
		fuzz_require(field->need != API_REQUIRED ||
		    json_object_get(req->args, field->name) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields f = { 0 };
	struct api_request req = { 0 };
	struct error err = { 0 };
	struct api_input in;

	fuzz_split(&f, data, size);
	in = (struct api_input){
		.method = f.text[0],
		.target = f.text[1],
		.body = f.text[2],
		.body_len = f.len[2],
	};
	if (api_request_parse(&req, &api_routes, &in, &err) == -1) {
		fuzz_require_error(&err);
	} else {
		fuzz_require(req.route != NULL && req.allow == NULL);
		fuzz_require(strcmp(req.route->method, in.method) == 0);
		require_text(req.model);
		require_text(req.subject);
		require_arguments(&req);
	}
	api_request_release(&req);
	return 0;
}
