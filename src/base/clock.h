/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock - milliseconds. Wall time is what people and the store see; monotonic
 * time is for durations and deadlines.
 */

#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT_SIZE 32

uint64_t clock_wall_ms(void);
uint64_t clock_mono_ms(void);

/* RFC 3339 in UTC with milliseconds: "2026-11-22T10:22:13.042Z". */
void clock_format(uint64_t wall_ms, char text[CLOCK_TEXT_SIZE]);

/* The inverse of clock_format(), milliseconds optional; 0 if malformed. */
uint64_t clock_parse(const char *);

#endif /* BASE_CLOCK_H */
