/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - ask a charm whether it can be deployed here: `dispatch check
 * <channel>`, for charms whose metadata.yaml says `tenon: {check: true}`.
 * It exits with 0, and may say on a line what it has found; or says why not,
 * and on a second line what to do about it.
 *
 *	check_start -> (check_result: 0) -> check_result: 1 or -1 -> gone
 */

#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include <stdint.h>

#include "engine/engine.h"

/* The check's number, or -1 with an error. */
int64_t check_start(struct engine *, const char *charm_dir, const char *channel,
    struct error *);

/*
 * 0: it still runs; 1: the charm agrees; -1: it does not. Forgets it then. What
 * it has found is given away to *found, unless that is not asked for (NULL).
 */
int check_result(struct engine *, int64_t number, char **found, struct error *);

/*
 * The same for a request that waits: when the charm agrees, and the model is
 * still there, `then` fills in the answer, or has it wait for more. One that
 * has been agreed to before need not wait.
 */
int check_then(struct engine_call *, struct model *, const char *charm_dir,
    const char *channel, engine_then *then, struct error *);

/* Kill those that run; the engine is about to stop. */
void checks_stop(struct engine *);

#endif /* ENGINE_CHECK_H */
