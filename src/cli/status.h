/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status - the answer of GET .../status (docs/api.md) as text. Pure: the same
 * answer gives the same text, but for the time zone.
 */

#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <jansson.h>
#include <stdbool.h>

struct strbuf;

enum status_flags {
	STATUS_RELATIONS = 1 << 0, /* Tabular only; others always have them. */
	STATUS_UTC = 1 << 1,
	STATUS_COLOUR = 1 << 2
};

/* The sections of juju-style tabular status, a blank line between them. */
void status_table(const json_t *status, unsigned flags, struct strbuf *);

/* A line for each unit; and counts by state. */
void status_oneline(const json_t *status, struct strbuf *);
void status_summary(const json_t *status, struct strbuf *);

/* In the shape of Juju 2.9's JSON and YAML. A new reference. */
json_t *status_document(const json_t *status, unsigned flags);

/*
 * What the patterns ask for: names of applications, units, machines, with "*"
 * and "?", or states. A new reference in the shape of `status`; all of it
 * without patterns.
 */
json_t *status_filter(const json_t *status, const char *const *patterns);

/* Neither machines nor applications. */
bool status_is_empty(const json_t *status);

/*
 * What a unit shows: an agent in error is shown as its workload's error, and
 * the name of what it runs stands before the message. Borrowed from the unit.
 */
const char *status_unit_workload(const json_t *unit);
const char *status_unit_agent(const json_t *unit);
void status_unit_message(const json_t *unit, struct strbuf *);

/* "active" of {"status": {"current": "active"}}; "" if missing. Borrowed. */
const char *status_of(const json_t *entity, const char *kind,
    const char *member);

#endif /* CLI_STATUS_H */
