/* SPDX-License-Identifier: Apache-2.0 */
/* Settings as drivers and frameworks want them in their own files. */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/credentials.h"
#include "cli/emit.h"
#include "cli/quote.h"

static void
add_property(struct strbuf *sb, const char *key, const char *value)
{
	strbuf_addf(sb, "%s=", key);
	quote_properties(sb, value);
	strbuf_addc(sb, '\n');
}

static void
add_properties(struct strbuf *sb, const struct credentials *c,
    const char *const keys[3])
{
	autostrbuf url = { 0 };

	credentials_add_jdbc(&url, c);
	add_property(sb, keys[0], strbuf_cstr(&url));
	add_property(sb, keys[1], c->username);
	add_property(sb, keys[2], c->password);
}

int
credentials_jdbc(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	static const char *const keys[] = { "url", "user", "password" };

	(void)err;
	add_properties(sb, c, keys);
	return 0;
}

int
credentials_spring(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	static const char *const keys[] = { "spring.datasource.url",
		"spring.datasource.username", "spring.datasource.password" };

	(void)err;
	add_properties(sb, c, keys);
	return 0;
}

static void
add_setting(struct strbuf *sb, const char *key, const char *value)
{
	strbuf_addf(sb, "        \"%s\": ", key);
	quote_json(sb, value);
	strbuf_adds(sb, ",\n");
}

int
credentials_django(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	autostrbuf names = { 0 }, ports = { 0 };

	(void)err;
	credentials_add_hosts(&names, c, HOSTS_TO_WRITE, HOST_NAME);
	credentials_add_hosts(&ports, c, HOSTS_TO_WRITE, HOST_PORT);
	strbuf_adds(sb, "DATABASES = {\n    \"default\": {\n");
	add_setting(sb, "ENGINE", "django.db.backends.postgresql");
	add_setting(sb, "NAME", c->database);
	add_setting(sb, "USER", c->username);
	add_setting(sb, "PASSWORD", c->password);
	add_setting(sb, "HOST", strbuf_cstr(&names));
	add_setting(sb, "PORT", strbuf_cstr(&ports));
	strbuf_adds(sb,
	    "        \"OPTIONS\": {\"target_session_attrs\": "
	    "\"read-write\"},\n    },\n}\n");
	return 0;
}

/* It takes the database as it is, up to a question mark. */
int
credentials_sqlalchemy(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	autostrbuf hosts = { 0 };
	char *saved, *host;
	autofree char *list = NULL;

	if (strchr(c->database, '?') != NULL) {
		error_set(err, ERROR_INVALID,
		    "\"%s\" cannot be written in the format sqlalchemy",
		    c->database);
		return error_hint(err, "use --format uri or json");
	}
	strbuf_adds(sb, "postgresql+psycopg2://");
	strbuf_add_percent(sb, c->username);
	strbuf_addc(sb, ':');
	strbuf_add_percent(sb, c->password);
	strbuf_addf(sb, "@/%s?", c->database);
	credentials_add_hosts(&hosts, c, HOSTS_TO_WRITE, HOST_AND_PORT);
	list = strbuf_detach(&hosts);
	for (host = strtok_r(list, ",", &saved); host != NULL;
	     host = strtok_r(NULL, ",", &saved))
		strbuf_addf(sb, "host=%s&", host);
	strbuf_adds(sb, "target_session_attrs=read-write\n");
	return 0;
}

int
credentials_rails(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	autostrbuf names = { 0 }, ports = { 0 };
	json_auto_t *file = NULL;

	(void)err;
	credentials_add_hosts(&names, c, HOSTS_TO_WRITE, HOST_NAME);
	credentials_add_hosts(&ports, c, HOSTS_TO_WRITE, HOST_PORT);
	file = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}}",
	    "production", "adapter", "postgresql", "encoding", "unicode",
	    "host", strbuf_cstr(&names), "port", strbuf_cstr(&ports),
	    "database", c->database, "username", c->username, "password",
	    c->password, "target_session_attrs", "read-write");
	emit_yaml(file, sb);
	return 0;
}

/* It knows one host only, and no parameter of libpq. */
int
credentials_prisma(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	strbuf_adds(sb, "DATABASE_URL=\"postgresql://");
	strbuf_add_percent(sb, c->username);
	strbuf_addc(sb, ':');
	strbuf_add_percent(sb, c->password);
	strbuf_addc(sb, '@');
	credentials_add_hosts(sb, c, HOSTS_PRIMARY, HOST_AND_PORT);
	strbuf_addc(sb, '/');
	strbuf_add_percent(sb, c->database);
	strbuf_adds(sb, "?schema=public\"\n");
	return 0;
}

int
credentials_npgsql(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	(void)err;
	strbuf_adds(sb, "Host=");
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_AND_PORT);
	strbuf_adds(sb, ";Database=");
	quote_ado(sb, c->database);
	strbuf_adds(sb, ";Username=");
	quote_ado(sb, c->username);
	strbuf_adds(sb, ";Password=");
	quote_ado(sb, c->password);
	strbuf_adds(sb, ";Target Session Attributes=primary\n");
	return 0;
}
