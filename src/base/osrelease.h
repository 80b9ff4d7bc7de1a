/* SPDX-License-Identifier: Apache-2.0 */
/* osrelease - which system this host runs; see os-release(5). */

#ifndef BASE_OSRELEASE_H
#define BASE_OSRELEASE_H

/* "debian" of "ID"; NULL if the system does not say. Owned by the caller. */
char *osrelease_get(const char *key);

/* The value of a key in the text of such a file, as above. */
char *osrelease_find(const char *text, const char *key);

/* "bookworm", else its ID, else "linux". Owned by the caller. */
char *osrelease_series(void);

#endif /* BASE_OSRELEASE_H */
