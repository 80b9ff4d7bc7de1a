/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hba - who may connect where, once and for all: pg_hba.conf has no line for a
 * relation. Membership in roles opens and closes databases, and roles
 * replicate, so the file is the same on every member and never changes.
 */

#ifndef POSTGRESQL_HBA_H
#define POSTGRESQL_HBA_H

struct strbuf;

void hba_render(struct strbuf *);

#endif /* POSTGRESQL_HBA_H */
