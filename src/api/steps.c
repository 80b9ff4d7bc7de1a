/* SPDX-License-Identifier: Apache-2.0 */

#include "api/steps.h"

#include <string.h>

#include "api/route.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

/* The path of the model: that of the request but for its last part. */
static char *
steps_base(const char *target)
{
	size_t len = strcspn(target, "?");

	while (len > 0 && target[len - 1] != '/')
		len--;
	return xasprintf("%.*s", (int)len, target);
}

static int
step_check_shape(const json_t *step, struct error *err)
{
	const json_t *body = json_object_get(step, "body");

	if (json_text(step, "path", NULL) == NULL ||
	    json_text(step, "what", NULL) == NULL || !json_is_object(body) ||
	    json_object_size(step) != 3)
		return error_set(err, ERROR_USAGE,
		    "expected the texts \"path\" and \"what\", and the object "
		    "\"body\"");
	return 0;
}

static int
step_parse(struct api_request *req, const struct api_table *table,
    const char *base, const json_t *step, struct error *err)
{
	autofree char *target = NULL, *body = NULL;
	struct api_input in = { .method = "POST" };

	if (step_check_shape(step, err) == -1)
		return -1;
	target = xasprintf("%s%s", base, json_text(step, "path", ""));
	body = json_line(json_object_get(step, "body"));
	in.target = target;
	in.body = body;
	in.body_len = strlen(body);
	if (api_request_parse(req, table, &in, err) == -1)
		return -1;
	if (req->route->verb == NULL || req->model == NULL)
		return error_set(err, ERROR_USAGE, "it is not about a model");
	return 0;
}

/* The value of the field of that type, or NULL. */
static const json_t *
steps_of(const struct api_request *req)
{
	const struct api_field *field = req->route->fields;

	while (field->name != NULL && field->type != API_STEPS)
		field++;
	return field->name != NULL ? json_object_get(req->args, field->name) :
				     NULL;
}

int
api_steps_parse(struct api_steps *steps, const struct api_request *req,
    const struct api_table *table, const struct api_input *in,
    struct error *err)
{
	autofree char *base = steps_base(in->target);
	const json_t *list = steps_of(req), *one;
	size_t n = json_array_size(list);

	if (n > LIMIT_STEPS)
		return error_set(err, ERROR_TOO_LARGE,
		    "more than %d steps in one request", LIMIT_STEPS);
	steps->requests = xcalloc(n, sizeof *steps->requests);
	steps->steps = xcalloc(n, sizeof *steps->steps);
	for (; steps->n < n; steps->n++) {
		struct api_request *r = &steps->requests[steps->n];

		one = json_array_get(list, steps->n);
		if (step_parse(r, table, base, one, err) == -1) {
			api_request_release(r);
			return error_wrap(err, "cannot %s",
			    json_text(one, "what", "take a step"));
		}
		steps->steps[steps->n] = (struct engine_step){
			.verb = r->route->verb,
			.subject = r->subject,
			.args = r->args,
			.what = json_text(one, "what", ""),
		};
	}
	return 0;
}

int
api_steps_check(const struct api_steps *steps, enum access_role role,
    const char *user, struct error *err)
{
	for (size_t i = 0; i < steps->n; i++) {
		if (api_request_check(&steps->requests[i], role, user, err) ==
		    -1)
			return error_wrap(err, "cannot %s",
			    steps->steps[i].what);
	}
	return 0;
}

void
api_steps_release(struct api_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		api_request_release(&steps->requests[i]);
	free(steps->requests);
	free(steps->steps);
	*steps = (struct api_steps){ 0 };
}
