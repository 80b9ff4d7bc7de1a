/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon - leave the terminal, and tell the one who waits there how it went.
 *
 *	daemon_detach -> daemon_ready or daemon_failed
 *
 * The process that was started stays until the daemon has said one of the two:
 * it exits with 0 when tenond accepts connections, and else prints why not and
 * exits with 1.
 */

#ifndef MAIN_DAEMON_H
#define MAIN_DAEMON_H

struct error;

struct daemon {
	int report_fd; /* Where the answer goes; -1 in the foreground. */
};

/*
 * Returns in the daemon only: a session of its own, in "/", standard output and
 * error appended to the file `log_path`.
 */
int daemon_detach(struct daemon *, const char *log_path, struct error *);

/* Also tells systemd, if it has started us. */
void daemon_ready(struct daemon *);
void daemon_failed(struct daemon *, const struct error *);

/* Tell systemd that the end has begun. */
void daemon_stopping(void);

/* No core files, no tracing, nothing readable for others. */
int daemon_harden(struct error *);

#endif /* MAIN_DAEMON_H */
