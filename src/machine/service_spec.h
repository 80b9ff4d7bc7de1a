/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_spec - what a service is, as docs/charm-protocol.md describes it.
 */

#ifndef MACHINE_SERVICE_SPEC_H
#define MACHINE_SERVICE_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

struct error;

struct service_spec {
	struct strv argv;
	struct strv env; /* Complete. */
	char *user;      /* Or NULL: as ourselves. */
	char *dir;
	char *log;
	int stop_signal;
	uint64_t stop_timeout_ms;
	bool restart;
};

/* `key` is the service's, for its environment. ERROR_INVALID names the member. */
int service_spec_parse(struct service_spec *, const char *key, const json_t *,
    struct error *);
void service_spec_release(struct service_spec *);

#endif /* MACHINE_SERVICE_SPEC_H */
