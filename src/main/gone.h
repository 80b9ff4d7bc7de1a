/* SPDX-License-Identifier: Apache-2.0 */
/* gone - sees the state directory, or the store in it, removed or renamed. */

#ifndef MAIN_GONE_H
#define MAIN_GONE_H

#include <uv.h>

struct gone;

/*
 * Calls `fn` when there is no store in the directory any more, maybe several
 * times. NULL if the kernel cannot watch it, which the log says.
 */
struct gone *gone_watch(uv_loop_t *, const char *home, void (*fn)(void *arg),
    void *arg);

/* Done with it, NULL or not; its memory goes when the loop runs. */
void gone_unwatch(struct gone *);

#endif /* MAIN_GONE_H */
