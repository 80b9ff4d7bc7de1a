/* SPDX-License-Identifier: Apache-2.0 */
/* listen - the unix socket of the API. */

#ifndef API_LISTEN_H
#define API_LISTEN_H

#include <sys/types.h>

struct error;

/*
 * A non-blocking listening socket at `path` of that mode, or -1. A socket that
 * nobody answers is replaced; ERROR_CONFLICT if somebody does. Only we may be
 * able to write the directory. It appears at its path only when it accepts.
 */
int api_listen(const char *path, mode_t, struct error *);

#endif /* API_LISTEN_H */
