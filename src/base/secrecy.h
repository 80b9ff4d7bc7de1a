/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrecy - what a process knows ends with it: no core dump holds it, no other
 * process of the same user looks at its memory, and JSON that is released is
 * wiped, as strbufs and autofree texts are anyway.
 */

#ifndef BASE_SECRECY_H
#define BASE_SECRECY_H

struct error;

/* At the beginning of a program that handles passwords, before any JSON. */
int secrecy_begin(struct error *);

#endif /* BASE_SECRECY_H */
