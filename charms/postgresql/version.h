/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version - which PostgreSQL a channel means, among those that are installed.
 *
 * The track of a channel is the major version: "15/stable". A channel without
 * one ("", "edge", "latest/stable") means the newest.
 */

#ifndef POSTGRESQL_VERSION_H
#define POSTGRESQL_VERSION_H

#include <stddef.h>

struct error;

struct version {
	char *track;  /* "15"; "" if only the directory is known. Owned. */
	char *bindir; /* Where its programs are. Owned. */
};

struct versions {
	struct version *list; /* Owned; oldest first. */
	size_t n;
};

#define autoversions __attribute__((cleanup(versions_release))) struct versions

/*
 * The server programs in root/<track>/bin; or only those in `bindir`, if it is
 * not NULL.
 */
void versions_find(struct versions *, const char *root, const char *bindir);
void versions_release(struct versions *);

/*
 * Borrowed from the list; or NULL with ERROR_NOT_FOUND: `track "14" is not
 * installed; installed: 15`, or "PostgreSQL is not installed".
 */
const struct version *versions_choose(const struct versions *,
    const char *channel, struct error *);

/* "15, 16": the tracks that the environment has; owned by the caller. */
char *version_tracks(void);

/* Where the environment says PostgreSQL is; owned by the caller. */
char *version_bindir(const char *channel, struct error *);

/* "15" of /usr/lib/postgresql/15/bin, or ""; owned by the caller. */
char *version_track(const char *bindir);

/* "150000": of the server that the environment asks for; 0 if there is none. */
int version_planned(void);

/* "15.20 (Debian 15.20-0+deb12u1)" -> "15.20"; owned by the caller. */
char *version_trim(const char *server_version);

#endif /* POSTGRESQL_VERSION_H */
