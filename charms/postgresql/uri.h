/* SPDX-License-Identifier: Apache-2.0 */
/* uri - connection URIs of libpq. */

#ifndef POSTGRESQL_URI_H
#define POSTGRESQL_URI_H

struct access {
	const char *user, *password, *database;
};

/* "postgresql://user:password@hosts/database", owned by the caller. */
char *uri_make(const struct access *, const char *hosts);

#endif /* POSTGRESQL_URI_H */
