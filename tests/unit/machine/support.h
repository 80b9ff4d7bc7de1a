/* SPDX-License-Identifier: Apache-2.0 */
/* support - what the tests of src/machine share. */

#ifndef TESTS_UNIT_MACHINE_SUPPORT_H
#define TESTS_UNIT_MACHINE_SUPPORT_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

/* Run the loop until the condition holds; a test fails after 20 s. */
typedef bool condition_fn(void *arg);
void loop_until(uv_loop_t *, condition_fn *, void *arg);

/* Run what is left, and see that every handle was closed. */
void loop_finish(uv_loop_t *);

/* The content of a file, "" if there is none; owned by the caller. */
char *file_text(const char *path);

/* Wait until a process is over, whosever child it is. */
void process_wait_end(pid_t);

#endif /* TESTS_UNIT_MACHINE_SUPPORT_H */
