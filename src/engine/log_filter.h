/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log filter - which messages are shown, by the module that says them: what the
 * option logging-config of a model means.
 *
 * "<root>=INFO;unit=DEBUG;unit.web/0=TRACE": what the longest name says that the
 * module is, or begins with up to a dot, holds; "<root>" is all of them. A level
 * alone is that of all. Words are those of Juju (loggo), in any case; UNSPECIFIED
 * is as if the name were not there.
 */

#ifndef ENGINE_LOG_FILTER_H
#define ENGINE_LOG_FILTER_H

#include <stdbool.h>

#include "engine/messages.h"

bool log_filter_is_valid(const char *text);
/* Of a valid one. Where it says nothing, all are shown. */
bool log_filter_passes(const char *text, const char *module,
    enum message_level);

#endif /* ENGINE_LOG_FILTER_H */
