/* SPDX-License-Identifier: Apache-2.0 */
/* serve - the life of tenond: engine and server in one loop, until a signal. */

#ifndef MAIN_SERVE_H
#define MAIN_SERVE_H

struct daemon;
struct error;

enum {
	SERVE_STOPPED, /* By a signal; the state is there for the next start. */
	SERVE_OVER     /* The controller has been destroyed, with its state. */
};

/*
 * Returns how it ended, or -1 if it could not start; `daemon` is told when the
 * socket accepts. `home` exists.
 */
int serve(const char *home, struct daemon *, struct error *);

#endif /* MAIN_SERVE_H */
