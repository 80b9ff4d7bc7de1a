/* SPDX-License-Identifier: Apache-2.0 */
/* duration - lengths of time as people write them: 250ms, 90s, 1m30s, 1.5h. */

#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stddef.h>
#include <stdint.h>

#define DURATION_TEXT_SIZE 32

/* Milliseconds; what is shorter than one but not zero is one. 0 or -1. */
int duration_parse(const char *, int64_t *ms);

/* For a person: "0.3 s", "12 s", "2 m 05 s", "3 h 10 m". */
void duration_format(int64_t ms, char text[DURATION_TEXT_SIZE]);

#endif /* BASE_DURATION_H */
