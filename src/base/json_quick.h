/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_quick - the JSON that programs write, read and written quickly. What is
 * out of the ordinary (reals, \u escapes, keys with escapes or twice, deep
 * nesting, mistakes) is left to jansson, which knows all of it.
 */

#ifndef BASE_JSON_QUICK_H
#define BASE_JSON_QUICK_H

#include <jansson.h>
#include <stddef.h>

struct strbuf;

/* The nesting up to which they go. */
#define JSON_QUICK_DEPTH 32

/* A new reference: what jansson would have read; NULL: let it do it. */
json_t *json_quick_read(const char *text, size_t len);

/* Add compact text; -1, and a part of it, if jansson has to write it. */
int json_quick_write(const json_t *, struct strbuf *);

#endif /* BASE_JSON_QUICK_H */
