/* SPDX-License-Identifier: Apache-2.0 */
/* start - start the embedded controller, tenond, on this machine. */

#ifndef CLI_START_H
#define CLI_START_H

struct error;

/*
 * Run the tenond beside this program, else the one in PATH, and wait until it
 * has left the terminal: it does so when it is ready to answer. A message that
 * is empty means that tenond has told the reason itself.
 */
int start_tenond(struct error *);

#endif /* CLI_START_H */
