/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - what we add to jansson: defaults for missing members, one writer.
 *
 * A member of the wrong type counts as missing.
 */

#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct error;
struct strbuf;

/* Borrowed until the object changes; `otherwise` may be NULL. */
const char *json_text(const json_t *object, const char *key,
    const char *otherwise);
int64_t json_int(const json_t *object, const char *key, int64_t otherwise);
bool json_bool(const json_t *object, const char *key, bool otherwise);

/* A borrowed member of that type, or NULL. */
json_t *json_child(const json_t *object, const char *key, json_type);

/* Set a string member; a NULL value removes the key. */
void json_put_text(json_t *object, const char *key, const char *value);

/* Compact text, owned by the caller; keys in insertion order. */
char *json_line(const json_t *);
/* The same, added to what is there. */
void json_add(struct strbuf *, const json_t *);

/*
 * Parse text from outside: refuses duplicate keys, more than `max_bytes` and
 * nesting deeper than LIMIT_JSON_DEPTH. Returns a new reference or NULL.
 */
json_t *json_read(const char *text, size_t len, size_t max_bytes,
    struct error *);

#endif /* BASE_JSON_H */
