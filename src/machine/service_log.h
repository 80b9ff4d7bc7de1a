/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_log - the file that a service's output is appended to, and one
 * predecessor, <path>.1.
 */

#ifndef MACHINE_SERVICE_LOG_H
#define MACHINE_SERVICE_LOG_H

#include <stddef.h>

struct error;
struct spawn_user;

/*
 * A descriptor to append with, close-on-exec, or -1. A new file is the user's
 * (NULL: ours), mode 0600. Only a plain file with one name is accepted.
 */
int service_log_open(const char *path, const struct spawn_user *,
    struct error *);

/*
 * If the file is larger than max_bytes, copy its last max_bytes (from the
 * beginning of a line) to <path>.1 and truncate it. A process that appends goes
 * on; what it writes between the two steps is lost. No file: nothing to do.
 */
int service_log_rotate(const char *path, size_t max_bytes, struct error *);

#endif /* MACHINE_SERVICE_LOG_H */
