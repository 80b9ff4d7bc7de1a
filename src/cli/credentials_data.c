/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials as data. */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/credentials.h"
#include "cli/emit.h"

int
credentials_json(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	json_auto_t *sorted = emit_sorted(c->fields);

	(void)err;
	emit_json(sorted, sb);
	return 0;
}

int
credentials_yaml(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	json_auto_t *sorted = emit_sorted(c->fields);

	(void)err;
	emit_yaml(sorted, sb);
	return 0;
}

/* Service Binding Specification 1.1: "type" is required, the rest usual. */
json_t *
credentials_binding(const struct credentials *c)
{
	json_auto_t *env = credentials_environment(c);
	const struct host *host = &c->primary.v[0];
	autostrbuf jdbc = { 0 };

	credentials_add_jdbc(&jdbc, c);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "type", "postgresql", "provider", "tenon", "host", host->name,
	    "port", host->port, "database", c->database, "username",
	    c->username, "password", c->password, "uri",
	    json_text(env, "DATABASE_URL", ""), "jdbc-url", strbuf_cstr(&jdbc));
}

int
credentials_k8s_secret(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	json_auto_t *secret = json_pack("{s:s, s:s, s:{s:s}, s:s, s:o}",
	    "apiVersion", "v1", "kind", "Secret", "metadata", "name", c->app,
	    "type", "servicebinding.io/postgresql", "stringData",
	    credentials_binding(c));

	(void)err;
	emit_yaml(secret, sb);
	return 0;
}
