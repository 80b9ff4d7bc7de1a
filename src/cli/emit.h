/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit - data as text for programs, to the byte as goyaml v2 and Go's
 * encoding/json would write it. The order of keys is that of the value.
 */

#ifndef CLI_EMIT_H
#define CLI_EMIT_H

#include <jansson.h>

struct strbuf;

/*
 * Maps and lists in block style, lists not indented. A string that would read
 * back as something else is quoted; one of several lines becomes a literal.
 */
void emit_yaml(const json_t *, struct strbuf *);

/* One line with a newline at its end; <, > and & are escaped. */
void emit_json(const json_t *, struct strbuf *);

/*
 * A deep copy whose keys are in goyaml's order: capitals before small letters,
 * numbers by value ("x/2" before "x/10"). A new reference.
 */
json_t *emit_sorted(const json_t *);

/* The order of emit_sorted(): as strcmp(). */
int emit_compare(const char *, const char *);

#endif /* CLI_EMIT_H */
