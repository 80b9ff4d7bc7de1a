/* SPDX-License-Identifier: Apache-2.0 */
/* names - what can be the name of an application or a machine. */

#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <stdbool.h>

struct error;

bool names_is_application(const char *); /* "x", "web-app" */
bool names_is_machine(const char *);     /* "0" */

/* `unit name "x" not valid`, unless all up to the NULL are; NULL is none. */
int names_check(const char *kind, const char *const *names,
    bool (*is_valid)(const char *), struct error *);

#endif /* CLI_NAMES_H */
