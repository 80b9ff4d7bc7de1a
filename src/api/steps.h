/* SPDX-License-Identifier: Apache-2.0 */
/*
 * steps - requests within a request: {"path": "applications/web/expose",
 * "body": {...}, "what": "expose web"}. Each is a row of the table below the
 * same model, and is checked as if it had come by itself.
 */

#ifndef API_STEPS_H
#define API_STEPS_H

#include <stddef.h>

#include "api/access.h"
#include "api/request.h"

struct engine_step;

struct api_steps {
	struct api_request *requests; /* Owned, as is the next. */
	struct engine_step *steps;    /* They borrow from the requests. */
	size_t n;
};

/*
 * Those of a request that has any; a zeroed one is filled in. On -1 it may be
 * half filled; release it in either case.
 */
int api_steps_parse(struct api_steps *, const struct api_request *,
    const struct api_table *, const struct api_input *, struct error *);

/* As api_request_check(), for each of them. */
int api_steps_check(const struct api_steps *, enum access_role,
    const char *user, struct error *);
void api_steps_release(struct api_steps *);

#endif /* API_STEPS_H */
