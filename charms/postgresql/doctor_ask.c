/* SPDX-License-Identifier: Apache-2.0 */

#include <libpq-fe.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "conn.h"
#include "doctor_ask.h"

void
doctor_say(const struct doctor *d, const char *check, const char *level,
    const char *message, const char *hint)
{
	json_t *entry = json_object();

	json_put_text(entry, "check", check);
	json_put_text(entry, "level", level);
	json_put_text(entry, "message", message);
	json_put_text(entry, "hint", hint);
	json_array_append_new(d->findings, entry);
}

int
doctor_ask(const struct doctor *d, const struct doctor_question *q,
    struct conn *c, const char *unit, struct error *err)
{
	const char *const params[] = { d->about[q->about], NULL };
	autoresult *rows = conn_query(c, q->sql,
	    q->about != ABOUT_NOTHING ? params : NULL, err);

	if (rows == NULL)
		return error_wrap(err, "%s", q->check);
	for (int i = 0; i < PQntuples(rows); i++) {
		autofree char *text = xasprintf("%s%s%s",
		    unit != NULL ? unit : "", unit != NULL ? ": " : "",
		    PQgetvalue(rows, i, 1));

		doctor_say(d, q->check, PQgetvalue(rows, i, 0), text,
		    PQgetisnull(rows, i, 2) ? NULL : PQgetvalue(rows, i, 2));
	}
	return 0;
}

void
doctor_well(const struct doctor *d, const struct doctor_question *q,
    size_t before)
{
	if (json_array_size(d->findings) == before && q->well != NULL)
		doctor_say(d, q->check, "ok", q->well, NULL);
}
