/* SPDX-License-Identifier: Apache-2.0 */
/* sshkey - a public key as a line of authorized_keys: type, base64, comment. */

#ifndef BASE_SSHKEY_H
#define BASE_SSHKEY_H

struct error;

/*
 * "SHA256:..." as ssh-keygen -l shows it, owned by the caller, or NULL with an
 * error for what is no such line. *comment is borrowed from the line.
 */
char *sshkey_fingerprint(const char *line, const char **comment,
    struct error *);

#endif /* BASE_SSHKEY_H */
