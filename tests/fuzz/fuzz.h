/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz - what the fuzz targets share. A target is one function; libFuzzer calls
 * it, or replay.c does with the inputs that are checked in.
 */

#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The target: 0, or -1 for an input that is of no use in the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What has to hold, whatever the input is. */
#define fuzz_require(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
void fuzz_fail(const char *condition, const char *file, int line)
    __attribute__((noreturn));

/* An error that was returned says what is wrong. */
void fuzz_require_error(const struct error *);

#define FUZZ_FIELDS_MAX 8

/* The input as texts, that NUL bytes end: no text can hold one. */
struct fuzz_fields {
	char *text[FUZZ_FIELDS_MAX]; /* Owned; those beyond n are "". */
	size_t len[FUZZ_FIELDS_MAX];
	size_t n;
};

#define autofields __attribute__((cleanup(fuzz_release))) struct fuzz_fields

/* The last field takes all that is left, up to the next NUL. */
void fuzz_split(struct fuzz_fields *, const uint8_t *data, size_t size);
void fuzz_release(struct fuzz_fields *);

#endif /* TESTS_FUZZ_FUZZ_H */
