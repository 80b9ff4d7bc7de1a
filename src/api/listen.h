/* SPDX-License-Identifier: Apache-2.0 */
/* listen - the unix socket of the API. */

#ifndef API_LISTEN_H
#define API_LISTEN_H

struct error;

/*
 * A non-blocking listening socket at `path`, mode 0600, or -1. A socket that
 * nobody answers is replaced; ERROR_CONFLICT if somebody does. The directory
 * must belong to us alone. It appears at its path only when it accepts.
 */
int api_listen(const char *path, struct error *);

#endif /* API_LISTEN_H */
