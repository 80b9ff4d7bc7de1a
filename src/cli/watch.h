/* SPDX-License-Identifier: Apache-2.0 */
/* watch - status that stays on the screen and follows the model. */

#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <jansson.h>
#include <stdint.h>

struct cli;
struct error;
struct strbuf;

typedef void watch_render(const json_t *status, unsigned flags,
    struct strbuf *);

/*
 * Show the status that a GET of the path answers, until q, Ctrl-C or SIGTERM:
 * then 0. On a terminal at least every every_ms; a file or pipe gets a new
 * screen only when something has changed. Outlives a restart of tenond.
 */
int watch_run(struct cli *cli, const char *path, watch_render *render,
    unsigned flags, int64_t every_ms, struct error *err);

#endif /* CLI_WATCH_H */
