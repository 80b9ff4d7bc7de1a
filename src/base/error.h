/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error - what went wrong, for a program and for a person.
 *
 * A fallible function returns 0 or -1 and takes a struct error as its last
 * parameter, never NULL. On -1 it has filled the error in; on 0 it has not
 * touched it. The caller owns the struct, usually on its stack: an error is
 * never allocated, never leaked, and copied by plain assignment.
 */

#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* clang-format off */
/*      code               word           http */
#define ERROR_CODES(X)                          \
	X(ERROR_NONE,        "ok",          200) \
	X(ERROR_USAGE,       "usage",       400) \
	X(ERROR_INVALID,     "invalid",     422) \
	X(ERROR_DENIED,      "denied",      403) \
	X(ERROR_NOT_FOUND,   "not-found",   404) \
	X(ERROR_CONFLICT,    "conflict",    409) \
	X(ERROR_TOO_LARGE,   "too-large",   413) \
	X(ERROR_UNAVAILABLE, "unavailable", 503) \
	X(ERROR_TIMEOUT,     "timeout",     504) \
	X(ERROR_INTERNAL,    "internal",    500)
/* clang-format on */

enum error_code {
#define X(code, word, http) code,
	ERROR_CODES(X)
#undef X
};

struct error {
	enum error_code code;
	char msg[512];  /* Lower case, no full stop; may span lines. */
	char hint[256]; /* The next step for the reader, or "". */
};

/*
 * Fill in an error. All return -1, so that a failure is one statement:
 *
 *	return error_set(err, ERROR_NOT_FOUND, "no application %s", name);
 */
int error_set(struct error *, enum error_code, const char *, ...)
    __attribute__((format(printf, 3, 4)));
int error_set_errno(struct error *, int errnum, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "context: " in front of the message; keeps code and hint. */
int error_wrap(struct error *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Set the hint of an error that is already filled in. */
int error_hint(struct error *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

const char *error_word(enum error_code);
int error_http_status(enum error_code);

/* The code for a word or ERROR_INTERNAL, for reading errors off the wire. */
enum error_code error_code_from_word(const char *);

/* 2 for ERROR_USAGE, else 1: what a command exits with. */
int error_exit_status(enum error_code);

#endif /* BASE_ERROR_H */
