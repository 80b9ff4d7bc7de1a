/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hba - who may connect where, once and for all: pg_hba.conf has no line for a
 * relation. Membership in roles opens and closes databases, and roles
 * replicate, so the file needs no change.
 *
 * A standby is started with a file that lets no client in, as it may not know
 * yet who has been removed meanwhile; see gate.h.
 */

#ifndef POSTGRESQL_HBA_H
#define POSTGRESQL_HBA_H

struct strbuf;

enum hba {
	HBA_OPEN,
	HBA_CLOSED /* To all but the system users. */
};

void hba_render(struct strbuf *, enum hba);

#endif /* POSTGRESQL_HBA_H */
