/* SPDX-License-Identifier: Apache-2.0 */
/* words - enumerators as rows spell them; *_parse() leaves others alone. */

#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include "model/model.h"

const char *role_word(enum endpoint_role);
const char *service_word(enum service_state);

/* 0, or -1 if the text is NULL or no such word. */
int role_parse(const char *, enum endpoint_role *);
int service_parse(const char *, enum service_state *);
int task_parse(const char *, enum task_state *);

#endif /* MODEL_WORDS_H */
