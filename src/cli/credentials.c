/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/credentials.h"
#include "cli/quote.h"
#include "cli/text.h"

#define DEFAULT_PORT "5432"

const struct credentials_format credentials_formats[] = {
	{ "uri", "libpq and its drivers, to write", credentials_uri },
	{ "uri-ro", "the same, to read from a standby", credentials_uri_ro },
	{ "kv", "libpq's keywords and values", credentials_kv },
	{ "jdbc", "pgJDBC, as Java properties", credentials_jdbc },
	{ "pgpass", "lines of ~/.pgpass", credentials_pgpass },
	{ "service", "a section of ~/.pg_service.conf", credentials_service },
	{ "dotenv", "a .env file", credentials_dotenv },
	{ "sh", "a shell's source command", credentials_sh },
	{ "systemd-env", "EnvironmentFile= of a unit",
	    credentials_systemd_env },
	{ "servicebinding", "a directory of files, with --write", NULL },
	{ "k8s-secret", "kubectl apply -f -", credentials_k8s_secret },
	{ "django", "DATABASES in settings.py", credentials_django },
	{ "sqlalchemy", "create_engine()", credentials_sqlalchemy },
	{ "rails", "config/database.yml", credentials_rails },
	{ "spring", "application.properties", credentials_spring },
	{ "prisma", "Prisma's .env file", credentials_prisma },
	{ "npgsql", ".NET", credentials_npgsql },
	{ "json", "programs", credentials_json },
	{ "yaml", "people, the default", credentials_yaml },
	{ 0 },
};

const struct credentials_format *
credentials_format(const char *name)
{
	const struct credentials_format *f = credentials_formats;

	while (f->name != NULL && strcmp(f->name, name) != 0)
		f++;
	return f->name != NULL ? f : NULL;
}

static void
hosts_release(struct hosts *hosts)
{
	for (size_t i = 0; i < hosts->n; i++) {
		free(hosts->v[i].name);
		free(hosts->v[i].port);
	}
	free(hosts->v);
}

void
credentials_release(struct credentials *c)
{
	free(c->app);
	free(c->username);
	mem_wipe(c->password);
	free(c->database);
	hosts_release(&c->primary);
	hosts_release(&c->standbys);
	json_decref(c->fields);
	*c = (struct credentials){ 0 };
}

/* "name:port" of `len` bytes; the port may be missing. */
static struct host
host_read(const char *text, size_t len)
{
	autofree char *all = text_part(text, len);
	char *end = all[0] == '[' ? strchr(all, ']') : NULL;
	char *colon = strrchr(end != NULL ? end : all, ':');
	struct host host = { .port = xstrdup(DEFAULT_PORT) };

	if (colon != NULL) {
		*colon = '\0';
		xreplace(&host.port, colon + 1);
	}
	if (end != NULL)
		*end = '\0';
	host.name = xstrdup(end != NULL ? all + 1 : all);
	return host;
}

static void
hosts_read(struct hosts *hosts, const char *list)
{
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		if (len == 0)
			continue;
		hosts->v = xrealloc(hosts->v,
		    (hosts->n + 1) * sizeof *hosts->v);
		hosts->v[hosts->n++] = host_read(list, len);
	}
}

/* The product's fields; there is one product in a relation. */
static const json_t *
find_fields(const json_t *results)
{
	const json_t *value;
	const char *key;

	json_object_foreach(text_json(results), key, value)
		if (json_is_object(value))
			return value;
	return NULL;
}

static int
no_login(const char *app, struct error *err)
{
	error_set(err, ERROR_CONFLICT, "%s has no user that can log in", app);
	return error_hint(err, "see \"tenon status %s\"", app);
}

int
credentials_read(const char *app, const json_t *results, struct credentials *c,
    struct error *err)
{
	const json_t *fields = find_fields(results);
	const char *user = json_text(fields, "username",
	    json_text(fields, "entity-name", NULL));
	const char *password = json_text(fields, "password",
	    json_text(fields, "entity-password", NULL));
	struct hosts *primary = &c->primary;

	*c = (struct credentials){ 0 };
	if (user == NULL || password == NULL)
		return no_login(app, err);
	hosts_read(primary, json_text(fields, "endpoints", ""));
	if (primary->n == 0)
		return no_login(app, err);
	hosts_read(&c->standbys, json_text(fields, "read-only-endpoints", ""));
	c->app = xstrdup(app);
	c->username = xstrdup(user);
	c->password = xstrdup(password);
	c->database = xstrdup(json_text(fields, "database", user));
	c->fields = json_incref(text_json(fields));
	return 0;
}

/* ---- for the emitters ---- */

static void
add_host(struct strbuf *sb, const struct host *host, enum host_part part)
{
	bool is_v6 = strchr(host->name, ':') != NULL;

	switch (part) {
	case HOST_AND_PORT:
		strbuf_addf(sb, "%s%s%s:%s", is_v6 ? "[" : "", host->name,
		    is_v6 ? "]" : "", host->port);
		break;
	case HOST_NAME:
		strbuf_adds(sb, host->name);
		break;
	case HOST_PORT:
		strbuf_adds(sb, host->port);
		break;
	}
}

void
credentials_add_hosts(struct strbuf *sb, const struct credentials *c,
    enum host_order order, enum host_part part)
{
	const struct hosts first = { c->primary.v, 1 }, none = { 0 };
	const struct hosts *const orders[][2] = {
		[HOSTS_TO_WRITE] = { &c->primary, &c->standbys },
		[HOSTS_TO_READ] = { &c->standbys, &c->primary },
		[HOSTS_PRIMARY] = { &first, &none },
	};
	const char *separator = "";

	for (size_t i = 0; i < 2; i++) {
		const struct hosts *hosts = orders[order][i];

		for (size_t k = 0; k < hosts->n; k++) {
			strbuf_adds(sb, separator);
			add_host(sb, &hosts->v[k], part);
			separator = ",";
		}
	}
}

void
credentials_add_jdbc(struct strbuf *sb, const struct credentials *c)
{
	strbuf_adds(sb, "jdbc:postgresql://");
	credentials_add_hosts(sb, c, HOSTS_TO_WRITE, HOST_AND_PORT);
	strbuf_addc(sb, '/');
	strbuf_add_percent(sb, c->database);
	strbuf_adds(sb, "?targetServerType=primary");
}
