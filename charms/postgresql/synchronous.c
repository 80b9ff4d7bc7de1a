/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "later.h"
#include "names.h"
#include "synchronous.h"

#define OPTION_COUNT  "synchronous_node_count"
#define OPTION_STRICT "synchronous_mode_strict"

#define NODES_MOST 1000
#define WATCH_S    10

/* How many of the standbys; -1 if it is no such thing. */
static int
count_wanted(const char *text, size_t nmembers)
{
	char *end;
	long n;

	if (strcmp(text, "all") == 0)
		return nmembers > 0 ? (int)nmembers - 1 : 0;
	/* With the primary more than half of all have it then. */
	if (strcmp(text, "majority") == 0)
		return (int)(nmembers / 2);
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < 0 ||
	    n > NODES_MOST)
		return -1;
	return (int)n;
}

static bool
is_primary(const struct hook *h, const struct cluster *cl)
{
	return cl->primary != NULL && strcmp(cl->primary, h->unit) == 0;
}

/* Those that have ever served: who is being cloned holds up nobody. */
static void
add_standbys(const struct hook *h, const struct cluster *cl, struct strv *slots)
{
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];
		autofree char *slot = name_slot(m->unit);

		if (m->has_data && strcmp(m->unit, h->unit) != 0)
			strv_add(slots, slot);
	}
}

/* "{postgresql_1,postgresql_2}"; the names need no quotes. */
static char *
array_of(const struct strv *slots)
{
	autostrbuf sb = { 0 };

	strbuf_addc(&sb, '{');
	for (size_t i = 0; i < slots->n; i++)
		strbuf_addf(&sb, "%s%s", i > 0 ? "," : "", slots->v[i]);
	strbuf_addc(&sb, '}');
	return strbuf_detach(&sb);
}

/* Those of them that stream; all if the primary cannot be asked. */
static void
add_streaming(struct hook *h, const struct cluster *cl, const struct strv *all,
    struct strv *slots)
{
	autofree char *array = array_of(all);
	const char *const params[] = { array, NULL };
	struct error ignored = { 0 };
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit),
	    &ignored);
	autoresult *rows = c == NULL ?
	    NULL :
	    conn_query(c,
		"SELECT application_name FROM pg_stat_replication WHERE "
		"state = 'streaming' AND application_name = ANY ($1::text[]) "
		"ORDER BY application_name",
		params, &ignored);

	for (int i = 0; rows != NULL && i < PQntuples(rows); i++)
		strv_add(slots, PQgetvalue(rows, i, 0));
	for (size_t i = 0; rows == NULL && i < all->n; i++)
		strv_add(slots, all->v[i]);
}

/* PostgreSQL, 20.6.2, synchronous_standby_names. */
static char *
names_text(size_t n, const struct strv *slots)
{
	autostrbuf sb = { 0 };

	if (n > slots->n)
		n = slots->n;
	if (n == 0)
		return xstrdup("");
	strbuf_addf(&sb, "ANY %zu (", n);
	for (size_t i = 0; i < slots->n; i++)
		strbuf_addf(&sb, "%s\"%s\"", i > 0 ? ", " : "", slots->v[i]);
	strbuf_addc(&sb, ')');
	return strbuf_detach(&sb);
}

static void
refuse_count(json_t *refused, const char *text)
{
	autofree char *reason =
	    xasprintf("is \"%s\", and has to be all, majority or a number",
		text);

	json_put_text(refused, OPTION_COUNT, reason);
}

char *
synchronous_names(struct hook *h, const struct cluster *cl,
    const json_t *config, json_t *refused)
{
	const char *text = json_text(config, OPTION_COUNT, "0");
	int wanted = count_wanted(text, cl->nmembers);
	autostrv all = { 0 }, streaming = { 0 };

	if (wanted == -1)
		refuse_count(refused, text);
	if (wanted <= 0)
		return NULL;
	add_standbys(h, cl, &all);
	if (!is_primary(h, cl))
		return names_text((size_t)wanted, &all);
	add_streaming(h, cl, &all, &streaming);
	if (streaming.n > 0)
		return names_text((size_t)wanted, &streaming);
	return json_bool(config, OPTION_STRICT, true) ? names_text(1, &all) :
							xstrdup("");
}

int
synchronous_watch(struct hook *h, const struct cluster *cl, struct error *err)
{
	json_auto_t *config = NULL;

	if (!is_primary(h, cl) || cl->nmembers < 2)
		return 0;
	config = hook_config(h, err);
	if (config == NULL)
		return -1;
	if (count_wanted(json_text(config, OPTION_COUNT, "0"), cl->nmembers) <=
	    0)
		return 0;
	return later_ask(h, LATER_LOOK, WATCH_S, err);
}
