/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml - read a YAML document as JSON: no aliases, no tags, bounded depth and
 * size. Plain scalars resolve as in YAML 1.2's core schema (null, true, false,
 * integers, floats); everything else is a string.
 */

#ifndef BASE_YAML_H
#define BASE_YAML_H

#include <jansson.h>

struct error;

/* A new reference, or NULL. An empty document is json_null(). */
json_t *yaml_read(const char *text, size_t len, struct error *);
json_t *yaml_read_file(const char *path, struct error *);
/* The same of what a person names: see file_read_given(). */
json_t *yaml_read_given(const char *path, struct error *);
/* All documents of a file, in a new array; there may be none. */
json_t *yaml_read_documents(const char *path, struct error *);

/* What a plain scalar means: a new reference. "14.7" is a real, "x" a string. */
json_t *yaml_scalar(const char *text);

#endif /* BASE_YAML_H */
