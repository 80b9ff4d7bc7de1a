/* SPDX-License-Identifier: Apache-2.0 */
/* Variables: libpq's own (PostgreSQL, 34.15), and DATABASE_URL. */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/credentials.h"
#include "cli/quote.h"
#include "cli/text.h"

static void
put_hosts(json_t *env, const char *key, const struct credentials *c,
    enum host_part part)
{
	autostrbuf sb = { 0 };

	credentials_add_hosts(&sb, c, HOSTS_TO_WRITE, part);
	json_put_text(env, key, strbuf_cstr(&sb));
}

json_t *
credentials_environment(const struct credentials *c)
{
	json_t *env = json_object();
	struct error ignored = { 0 };
	autostrbuf uri = { 0 };

	put_hosts(env, "PGHOST", c, HOST_NAME);
	put_hosts(env, "PGPORT", c, HOST_PORT);
	json_put_text(env, "PGDATABASE", c->database);
	json_put_text(env, "PGUSER", c->username);
	json_put_text(env, "PGPASSWORD", c->password);
	json_put_text(env, "PGTARGETSESSIONATTRS", "read-write");
	(void)credentials_uri(c, &uri, &ignored);
	strbuf_truncate(&uri, uri.len - 1);
	json_put_text(env, "DATABASE_URL", strbuf_cstr(&uri));
	return env;
}

void
credentials_clear_environment(void)
{
	static const char *const before[] = { "PGHOSTADDR", "PGPASSWORD",
		"PGSERVICE" };

	for (size_t i = 0; i < nitems(before); i++)
		(void)unsetenv(before[i]);
}

typedef int quote_fn(struct strbuf *, const char *, struct error *);

static int
add_variables(struct strbuf *sb, const struct credentials *c, quote_fn *quote,
    struct error *err)
{
	json_auto_t *env = credentials_environment(c);
	const char *key;
	json_t *value;

	json_object_foreach(env, key, value) {
		strbuf_addf(sb, "%s=", key);
		if (quote(sb, json_string_value(value), err) == -1)
			return -1;
		strbuf_addc(sb, '\n');
	}
	return 0;
}

static int
sh_value(struct strbuf *sb, const char *text, struct error *err)
{
	(void)err;
	quote_sh(sb, text);
	return 0;
}

static int
systemd_value(struct strbuf *sb, const char *text, struct error *err)
{
	(void)err;
	quote_systemd(sb, text);
	return 0;
}

int
credentials_dotenv(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	return add_variables(sb, c, quote_dotenv, err);
}

/* For `. FILE` and for eval "$(...)": the variables reach child processes. */
int
credentials_sh(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	json_auto_t *env = credentials_environment(c);
	const char *key;
	json_t *value;

	if (add_variables(sb, c, sh_value, err) == -1)
		return -1;
	strbuf_adds(sb, "export");
	json_object_foreach(env, key, value)
		strbuf_addf(sb, " %s", key);
	strbuf_addc(sb, '\n');
	return 0;
}

int
credentials_systemd_env(const struct credentials *c, struct strbuf *sb,
    struct error *err)
{
	return add_variables(sb, c, systemd_value, err);
}
