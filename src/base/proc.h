/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc - what /proc knows: who a process is, and who holds a port.
 */

#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdint.h>
#include <sys/types.h>

struct error;

/*
 * When the process started, in clock ticks since boot; with the pid it names a
 * process for as long as the machine runs. 0 if there is no such process or it
 * is a zombie.
 */
uint64_t proc_start_time(pid_t);

/* "postgres (pid 4711)" in text; "a process of another user" if unknown. */
void proc_describe(pid_t, char *text, size_t size);

/*
 * Can a TCP server listen on address:port? 0, or ERROR_CONFLICT whose message
 * names the process that holds it: "127.9.1.2:5432 is taken by nc (pid 4711)".
 */
int proc_port_free(const char *address, int port, struct error *);

#endif /* BASE_PROC_H */
