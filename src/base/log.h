/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - one logfmt line per event on standard error, escaped by the writer:
 *
 *	2026-11-22T10:22:13.042Z level=info subject=postgresql/0 msg="started"
 *
 * Info is for changes an operator acts on; a quiet hour prints nothing.
 */

#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* The default threshold is LOG_LEVEL_INFO. */
void log_set_level(enum log_level);

void log_write(enum log_level, const char *subject, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(subject, ...) log_write(LOG_LEVEL_ERROR, subject, __VA_ARGS__)
#define log_warn(subject, ...)  log_write(LOG_LEVEL_WARN, subject, __VA_ARGS__)
#define log_info(subject, ...)  log_write(LOG_LEVEL_INFO, subject, __VA_ARGS__)
#define log_debug(subject, ...) log_write(LOG_LEVEL_DEBUG, subject, __VA_ARGS__)

#endif /* BASE_LOG_H */
