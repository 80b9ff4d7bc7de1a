/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query - the conditions of wait-for, over an object:
 *
 *	life=="alive" && status=="active"
 *	len(units) >= 2 && forEach(units, u => u.workload-status=="active")
 *
 * Operators are == != < <= > >= && || ! and brackets; functions len(x),
 * startsWith(s, t), endsWith(s, t) and forEach(map, name => condition).
 */

#ifndef CLI_QUERY_H
#define CLI_QUERY_H

#include <jansson.h>

struct error;

/* 1 if it holds, 0 if not, -1 for what is no condition (ERROR_USAGE). */
int query_holds(const char *text, const json_t *entity, struct error *);

#endif /* CLI_QUERY_H */
