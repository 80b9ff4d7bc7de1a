/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel - the charm's end of the socket pair: one JSON object per line.
 *
 * Once a read or a write has failed, the channel is broken: its two ends no
 * longer agree on what was said, and every later call fails too.
 */

#ifndef CHARM_CHANNEL_H
#define CHARM_CHANNEL_H

#include <jansson.h>
#include <stdbool.h>

#include "base/strbuf.h"

struct error;

struct charm_channel {
	int fd; /* Borrowed. */
	json_int_t last_id;
	bool is_broken;
	struct strbuf in; /* Received, and not yet looked at. */
};

void channel_release(struct charm_channel *);

int channel_send(struct charm_channel *, const json_t *, struct error *);

enum channel_event {
	CHANNEL_EOF,
	CHANNEL_MESSAGE,
	CHANNEL_FAILED
};

/* The message is a new reference to an object, the caller's. */
enum channel_event channel_receive(struct charm_channel *, json_t **message,
    struct error *);

/* Ask for a hook tool: a new reference, or NULL. Steals args. */
json_t *channel_call(struct charm_channel *, const char *tool,
    json_t *stolen_args, struct error *);

/*
 * Text for people as JSON: what is not UTF-8 in it becomes '?', because a log
 * line of an unknown program must not be lost for one byte.
 */
json_t *channel_text(const char *);

#endif /* CHARM_CHANNEL_H */
