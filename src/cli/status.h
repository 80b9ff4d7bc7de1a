/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status - the answer of GET .../status (docs/api.md) as text. Pure: the same
 * answer gives the same text, but for the time zone.
 */

#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct args;
struct strbuf;
struct table;

enum status_flags {
	STATUS_RELATIONS = 1 << 0, /* Tabular only; others always have them. */
	STATUS_UTC = 1 << 1,
	STATUS_COLOUR = 1 << 2,
	STATUS_2 = 1 << 3, /* As Juju 2.9 and nothing else: see compat.h. */
	STATUS_3 = 1 << 4  /* As Juju 3. */
};

/* STATUS_2 or STATUS_3 if TENON_COMPAT says so; and what the verb's flags do. */
unsigned status_era(void);
unsigned status_flags(const struct args *);

/* The sections of juju-style tabular status, a blank line between them. */
void status_table(const json_t *status, unsigned flags, struct strbuf *);

/* Its sections of machines, and of relations with their ids. */
void status_machines(json_t *machines, unsigned flags, struct strbuf *);
void status_relations(const json_t *relations, unsigned flags, struct strbuf *);
/* Consumed of other models, and offered to them; nothing if there is none. */
void status_saas(const json_t *saas, unsigned flags, struct strbuf *);
void status_offers(const json_t *offers, unsigned flags, struct strbuf *);
json_t *status_offer_document(const json_t *offer);

/* A line for each unit; and counts by state. */
void status_oneline(const json_t *status, unsigned flags, struct strbuf *);
void status_summary(const json_t *status, struct strbuf *);

/*
 * In the shape of Juju's JSON and YAML, with what clients of 2.9 and of 3 read
 * unless one of them is asked for. New references.
 */
json_t *status_document(const json_t *status, unsigned flags);
json_t *status_machine_document(const json_t *status, const json_t *machine,
    unsigned flags);

/*
 * {application: {endpoint: [relation]}} as Juju 3 says it, with its id, and its
 * state unless it is "joined". A new reference.
 */
json_t *status_related(const json_t *relations);

/*
 * What the patterns ask for: names of applications, units, machines, with "*"
 * and "?", or states. A new reference in the shape of `status`; all of it
 * without patterns.
 */
json_t *status_filter(const json_t *status, const char *const *patterns);

/* Nothing that a section would be about. */
bool status_is_empty(const json_t *status);

/* Why there is nothing to see, if there is not. */
void status_add_absence(const json_t *status, const json_t *filtered,
    int npatterns, struct strbuf *);

/*
 * What a unit shows: an agent in error is shown as its workload's error, and
 * the name of what it runs stands before the message. Borrowed from the unit.
 */
const char *status_unit_workload(const json_t *unit);
const char *status_unit_agent(const json_t *unit);
void status_unit_message(const json_t *unit, struct strbuf *);

/* "5432/tcp,6432/tcp"; for Juju 3 "53/udp 5432,6432/tcp". */
void status_unit_ports(const json_t *unit, unsigned flags, struct strbuf *);

/* The text, or its beginning and "..." if it has more characters than that. */
void status_cut(const char *text, size_t max, struct strbuf *);

/* "active" of {"status": {"current": "active"}}; "" if missing. Borrowed. */
const char *status_of(const json_t *entity, const char *kind,
    const char *member);

/* The parts of the table: a header row, a coloured state, a whole section. */
void status_header(struct table *, unsigned flags, const char *const *names);
void status_cell(struct table *, const char *word);
void status_section(const struct table *, unsigned flags, struct strbuf *);

#endif /* CLI_STATUS_H */
