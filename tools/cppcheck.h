/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cppcheck - the macros of libbsd and jansson in short, for cppcheck, which
 * does not read the headers of libraries. Nothing else includes this.
 */

#ifndef CPPCHECK_H
#define CPPCHECK_H

/* clang-format off */
#define TAILQ_HEAD(name, type)	struct name { struct type *first, **last; }
#define TAILQ_ENTRY(type)	struct { struct type *next, **prev; }
#define TAILQ_FOREACH(v, head, field) \
	for ((v) = (head)->first; (v) != 0; (v) = (v)->field.next)
#define TAILQ_FOREACH_SAFE(v, head, field, t) \
	for ((v) = (head)->first; \
	    (v) != 0 && (((t) = (v)->field.next), 1); (v) = (t))

#define RB_HEAD(name, type)	struct name { struct type *root; }
#define RB_ENTRY(type)		struct { struct type *left, *right; }
#define RB_PROTOTYPE(name, type, field, compare)
#define RB_PROTOTYPE_STATIC(name, type, field, compare)
#define RB_GENERATE(name, type, field, compare)
#define RB_GENERATE_STATIC(name, type, field, compare)
#define RB_FOREACH(v, name, head) \
	for ((v) = name##_RB_MINMAX(head, -1); (v) != 0; (v) = name##_RB_NEXT(v))
#define RB_FOREACH_REVERSE(v, name, head) \
	for ((v) = name##_RB_MINMAX(head, 1); (v) != 0; (v) = name##_RB_PREV(v))
#define RB_FOREACH_SAFE(v, name, head, t) \
	for ((v) = name##_RB_MINMAX(head, -1); \
	    (v) != 0 && (((t) = name##_RB_NEXT(v)), 1); (v) = (t))

#define json_array_foreach(array, i, value) \
	for ((i) = 0; (i) < json_array_size(array) && \
	    ((value) = json_array_get(array, i)) != 0; (i)++)
#define json_object_foreach(object, key, value) \
	for ((key) = json_object_iter_key(json_object_iter(object)); \
	    (key) != 0 && ((value) = json_object_get(object, key)) != 0; \
	    (key) = json_object_iter_key(json_object_key_to_iter(key)))
#define json_object_foreach_safe(object, t, key, value) \
	for ((key) = json_object_iter_key(json_object_iter(object)), \
	    (t) = json_object_iter_next(object, 0); \
	    (key) != 0 && ((value) = json_object_get(object, key)) != 0; \
	    (key) = json_object_iter_key(t))
/* clang-format on */

#endif /* CPPCHECK_H */
