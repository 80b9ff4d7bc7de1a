/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visits - who has asked for something of a model, and when last: user id ->
 * milliseconds. Asking writes nothing: what is new is written with the next
 * change of the model, and lost if tenond ends before there is one.
 */

#ifndef MODEL_VISITS_H
#define MODEL_VISITS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

/* Of more users than LIMIT_USERS_SEEN the latest are known. NULL is none. */
void visits_note(json_t **visits, uid_t uid, uint64_t wall_ms);

/* What a row says; what is known already is never older, and stays. */
void visits_take(json_t **visits, json_t *row);

#endif /* MODEL_VISITS_H */
