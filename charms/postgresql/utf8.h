/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POSTGRESQL_UTF8_H
#define POSTGRESQL_UTF8_H

#include <stdbool.h>

/* Is the string well-formed UTF-8: no overlong form, no surrogate? */
bool utf8_valid(const char *);

#endif /* POSTGRESQL_UTF8_H */
