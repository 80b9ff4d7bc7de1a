/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foretell - hooks whose work lies in files and processes, in a plan: what they
 * would come to is said, since they cannot be run without doing it.
 */

#ifndef POSTGRESQL_FORETELL_H
#define POSTGRESQL_FORETELL_H

struct error;
struct hook;

int foretell_config(struct hook *, struct error *);
int foretell_leadership(struct hook *, struct error *);
int foretell_departure(struct hook *, struct error *);
int foretell_member(struct hook *, struct error *);
int foretell_stop(struct hook *, struct error *);

#endif /* POSTGRESQL_FORETELL_H */
