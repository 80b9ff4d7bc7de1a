/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage - what may stand where in the arguments of a verb, read off its usage
 * line, such as "<unit> [<unit> ...] <action> [<key>=<value> ...]".
 */

#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <stddef.h>

struct strv;

/*
 * Adds what may be the argument number `n`, counted from 0: placeholders with
 * their brackets ("<unit>") and words that are meant literally ("settled").
 * What stands behind ":" or "=" in an argument is not told. Of forms that begin
 * with a literal word those count that begin with `first`, the argument 0, if
 * it is known.
 */
void usage_at(const char *args, const char *first, size_t n, struct strv *);

#endif /* CLI_USAGE_H */
