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

/*
 * The same of what a person names on the command line: links are followed, a
 * pipe will do, and "-" is standard input.
 */
char *file_read_given(const char *path, size_t max_bytes, size_t *len,
    struct error *);

/* Write a temporary file beside it, fsync, rename. */
int file_write(const char *path, mode_t, const char *text, struct error *);

/* The same, with the owner that it is to have; -1 for our own. */
struct file_look {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};
int file_write_as(const char *path, const struct file_look *, const char *text,
    struct error *);

/*
 * The same for several files of one directory, with one wait for the disk for
 * their contents and one for their names, however many they are. What is there
 * already, and looks as it should, is left alone.
 */
struct file_text {
	const char *path, *text;
	struct file_look look;
};
int files_write(const struct file_text *, size_t n, struct error *);

/*
 * A file below a directory that others may write: nowhere below it is a link
 * followed, and it is a plain file; if it is to be written, one with no other
 * name. The directory's own path is trusted, up to its last component. A file
 * that is made has mode 0600.
 */
int file_open_below(const char *dir, const char *path, int flags,
    struct error *);
char *file_read_below(const char *dir, const char *path, size_t max_bytes,
    struct error *);

bool file_exists(const char *path);

/* Make a directory and its missing parents (0711); the last one with `mode`. */
int dir_make(const char *path, mode_t, struct error *);

/* Remove a tree without following links; a missing one is success. */
int tree_remove(const char *path, struct error *);

#endif /* BASE_FILES_H */
