/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow - look at a model each time it changes, told by its event stream.
 *
 * look() is called at once, after each change, and at least every tick_ms; it
 * returns 0 to go on, 1 to end, -1 with an error. It may send requests.
 */

#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct cli;
struct error;

#define FOLLOW_INPUTS_MAX 2

enum follow_why {
	FOLLOW_CHANGED,
	FOLLOW_TICK,
	FOLLOW_LOST,
	FOLLOW_GONE /* The model has been destroyed: this is the last look. */
};

/* What to do when the controller goes away. */
enum follow_loss {
	FOLLOW_FAIL,
	FOLLOW_RECONNECT
};

struct follow {
	/* Set before start. */
	const char *until;  /* A path: its answer ends the run. Or NULL. */
	int64_t tick_ms;    /* 0: at changes only. */
	int64_t timeout_ms; /* ERROR_TIMEOUT after this; 0: never. */
	enum follow_loss loss;
	int (*look)(struct follow *, enum follow_why, struct error *);
	/* Something can be read from inputs[i]; NULL without inputs. */
	int (*input)(struct follow *, int fd, struct error *);
	int inputs[FOLLOW_INPUTS_MAX];
	unsigned ninputs;
	struct cli *cli;

	/* Read in done: the answer of `until`, owned by the caller; or NULL. */
	json_t *reply;
};

int follow_run(struct follow *, struct error *);

#endif /* CLI_FOLLOW_H */
