/* SPDX-License-Identifier: Apache-2.0 */

#include "base/missing.h"

#include <stddef.h>

#include "base/error.h"

#define HINT_STATUS     "\"tenon status\" shows what there is"
#define HINT_OPERATIONS "\"tenon operations\" lists them with their tasks"

int
missing_application(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "application \"%s\" not found", name);
	return error_hint(err, HINT_STATUS);
}

int
missing_machine(const char *id, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "machine %s not found", id);
	return error_hint(err, "\"tenon machines\" lists them");
}

int
missing_model(const char *controller, const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "model %s:admin/%s not found",
	    controller, name);
	return error_hint(err, "\"tenon models\" lists them");
}

int
missing_operation(const char *id, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "operation %s not found", id);
	return error_hint(err, HINT_OPERATIONS);
}

int
missing_option(const char *name, const char *meant, const char *verb,
    struct error *err)
{
	error_set(err, ERROR_INVALID, "unknown option \"%s\"", name);
	if (meant == NULL)
		return error_hint(err, "\"tenon %s\" shows those it has", verb);
	return error_hint(err,
	    "did you mean \"%s\"? \"tenon %s\" shows those it has", meant,
	    verb);
}

int
missing_relation(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "relation %s not found", name);
	return error_hint(err, "\"tenon status --relations\" lists them");
}

int
missing_task(const char *id, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "task %s not found", id);
	return error_hint(err, HINT_OPERATIONS);
}

int
missing_unit(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "unit \"%s\" not found", name);
	return error_hint(err, HINT_STATUS);
}

int
missing_soon(const char *application, struct error *err)
{
	return error_hint(err,
	    "it is being removed: \"tenon why %s\" tells what it waits for",
	    application);
}
