/* SPDX-License-Identifier: Apache-2.0 */
/* What libpq reads itself (PostgreSQL, chapter 34). */

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/credentials.h"
#include "cli/quote.h"

static void
add_uri(struct strbuf *sb, const struct credentials *c, enum host_order order,
    const char *attrs)
{
	strbuf_adds(sb, "postgresql://");
	strbuf_add_percent(sb, c->username);
	strbuf_addc(sb, ':');
	strbuf_add_percent(sb, c->password);
	strbuf_addc(sb, '@');
	credentials_add_hosts(sb, c, order, HOST_AND_PORT);
	strbuf_addc(sb, '/');
	strbuf_add_percent(sb, c->database);
	strbuf_addf(sb, "?target_session_attrs=%s", attrs);
}

int
credentials_uri(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	add_uri(sb, c, HOSTS_TO_WRITE, "read-write");
	strbuf_addc(sb, '\n');
	return 0;
}

/* Of PostgreSQL 14 and later. */
int
credentials_uri_ro(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	add_uri(sb, c, HOSTS_TO_READ, "prefer-standby");
	strbuf_addc(sb, '\n');
	return 0;
}

int
credentials_kv(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	strbuf_adds(sb, "host=");
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_NAME);
	strbuf_adds(sb, " port=");
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_PORT);
	strbuf_adds(sb, " dbname=");
	quote_kv(sb, c->database);
	strbuf_adds(sb, " user=");
	quote_kv(sb, c->username);
	strbuf_adds(sb, " password=");
	quote_kv(sb, c->password);
	strbuf_adds(sb, " target_session_attrs=read-write\n");
	return 0;
}

static void
add_pgpass(struct strbuf *sb, const struct credentials *c,
    const struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++) {
		const char *const fields[] = { hosts->v[i].name,
			hosts->v[i].port, c->database, c->username };

		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
			quote_pgpass(sb, fields[k]);
			strbuf_addc(sb, ':');
		}
		quote_pgpass(sb, c->password);
		strbuf_addc(sb, '\n');
	}
}

int
credentials_pgpass(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	add_pgpass(sb, c, &c->primary);
	add_pgpass(sb, c, &c->standbys);
	return 0;
}

int
credentials_service(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	strbuf_addf(sb, "[%s]\nhost=", c->app);
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_NAME);
	strbuf_adds(sb, "\nport=");
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_PORT);
	strbuf_adds(sb, "\ndbname=");
	if (quote_service(sb, c->database, err) == -1)
		return -1;
	strbuf_adds(sb, "\nuser=");
	if (quote_service(sb, c->username, err) == -1)
		return -1;
	strbuf_adds(sb, "\npassword=");
	if (quote_service(sb, c->password, err) == -1)
		return -1;
	strbuf_adds(sb, "\ntarget_session_attrs=read-write\n");
	return 0;
}
