/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files - whole files and directory trees. All of it blocks: small local files
 * only. No function follows a symbolic link in the last component.
 */

#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

/* The content as a string owned by the caller (NUL-terminated), or NULL. */
char *file_read(const char *path, size_t max_bytes, size_t *len,
    struct error *);

/* Write a temporary file beside it, fsync, rename. */
int file_write(const char *path, mode_t, const char *text, struct error *);

bool file_exists(const char *path);

/* Make a directory and its missing parents (0711); the last one with `mode`. */
int dir_make(const char *path, mode_t, struct error *);

/* Remove a tree without following links; a missing one is success. */
int tree_remove(const char *path, struct error *);

/* chown a tree without following links. */
int tree_chown(const char *path, uid_t, gid_t, struct error *);

#endif /* BASE_FILES_H */
