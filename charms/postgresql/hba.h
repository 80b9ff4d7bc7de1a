/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hba - who may connect where, once and for all: pg_hba.conf has no line for a
 * relation. Membership in roles opens and closes databases, and roles
 * replicate, so the file needs no change.
 *
 * On a standby the file lets no client in. So a server that comes up there, and
 * may not know yet who has been removed meanwhile, is closed; see gate.h.
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
