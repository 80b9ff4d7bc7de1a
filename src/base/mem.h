/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem - allocation that cannot fail, and scope-bound release.
 *
 * Every size that comes from outside is bounded where it is read, so running
 * out of memory is a fault of the machine: we say so and abort; the state is in
 * the store and tenond starts again from there.
 */

#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void *xcalloc(size_t nmemb, size_t size) __attribute__((malloc));
void *xrealloc(void *, size_t);
char *xstrdup(const char *) __attribute__((malloc));
char *xasprintf(const char *, ...)
    __attribute__((malloc, format(printf, 1, 2)));

/*
 * Free memory after writing zeros over it: a password may have been in it. NULL
 * is fine.
 */
void mem_wipe(void *);

/*
 * Give what is free back to the system, which free() does only at the end of the
 * heap. It takes milliseconds: after much work, not in the middle.
 */
void mem_trim(void);

/* Free *slot and put a copy of value there; value may be NULL. */
void xreplace(char **slot, const char *value);

/*
 * autofree char *s = xstrdup(...);	freed when s goes out of scope
 * return take_ptr(s);			hands s to the caller instead
 */
#define autofree __attribute__((cleanup(mem_freep)))
#define autofd   __attribute__((cleanup(mem_closep)))

#define take_ptr(p)                         \
	__extension__({                     \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

/* The address is copied, not cast, so this is sound for any pointer type. */
static inline void
mem_freep(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof p);
	mem_wipe(p);
}

/* Close *fd unless it is negative. */
void mem_closep(const int *fd);

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format would read "(ptr) - x" as a cast. */
/* clang-format off */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

#endif /* BASE_MEM_H */
