/* SPDX-License-Identifier: Apache-2.0 */
/*
 * constraint - what a client asks of machines: mem=1G cores=4. All units are on
 * one host, so they are checked, kept and read back; none of them chooses a
 * machine.
 */

#ifndef BASE_CONSTRAINT_H
#define BASE_CONSTRAINT_H

#include <jansson.h>

struct error;

/*
 * Texts by name as values by name: sizes are numbers of MiB, lists are arrays.
 * "" leaves one out. A new reference, or NULL.
 */
json_t *constraints_parse(json_t *texts, struct error *);

/* "cores=4 mem=1024M", as they are written to set them; owned by the caller. */
char *constraints_format(const json_t *values);

#endif /* BASE_CONSTRAINT_H */
