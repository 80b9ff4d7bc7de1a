/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paths - where the state and the sockets are. Both tenond and tenon ask here,
 * so that they meet.
 *
 * The state directory is $TENON_HOME, else /var/lib/tenon for root, else
 * $XDG_DATA_HOME/tenon, else ~/.local/share/tenon. The runtime directory is
 * /run/tenon/ID for root, $XDG_RUNTIME_DIR/tenon/ID for others, or
 * /tmp/tenon-UID/ID where there is no runtime directory of this user. ID is
 * made from the path of the state directory.
 *
 * Users whom the owner lets in cannot get there. Their socket is
 * /run/tenon-shared/ID.sock if tenond is root's, /tmp/tenon-shared-UID/ID.sock
 * if it is that user's.
 */

#ifndef BASE_PATHS_H
#define BASE_PATHS_H

#include <sys/types.h>

struct error;

/* The longest path that fits into a struct sockaddr_un, without the NUL. */
#define PATHS_SOCKET_MAX 107

/*
 * An absolute path without ".", ".." and doubled slashes; nothing is looked up
 * in the file system. Owned by the caller.
 */
char *paths_absolute(const char *path);

/* The state directory, absolute, owned by the caller; it may not exist yet. */
int paths_home(char **home, struct error *);

/*
 * The runtime directory of the state directory `home`, owned by the caller.
 * Creates nothing. ERROR_DENIED if it exists and somebody else could have put
 * something there.
 */
int paths_runtime(const char *home, char **dir, struct error *);

/* The same, and make it: mode 0700, ours, checked. */
int paths_make_runtime(const char *home, char **dir, struct error *);

/* "<runtime directory>/api.sock", under the same conditions. */
int paths_socket(const char *home, char **socket_path, struct error *);

/* Where others reach a tenond that `owner` runs; owned by the caller. */
char *paths_shared(const char *home, uid_t owner);

/* Make the directory of such a path of ours: mode 0711, checked. */
int paths_make_shared(const char *socket_path, struct error *);

/*
 * Where a client reaches the tenond of `home`, whoever's it is: its own socket
 * for the owner and, as far as it is found, for root; the shared one for others.
 */
int paths_client_socket(const char *home, char **socket_path, struct error *);

#endif /* BASE_PATHS_H */
