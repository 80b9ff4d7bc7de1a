/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/internal.h"

#define JOURNAL_USUAL 100

/* The words that `kind` and `result` of an entry can be. */
static const char *const journal_kinds[] = { "request", "hook", "action",
	"service", "forced", "removed", NULL };
static const char *const journal_results[] = { "ok", "failed", "deferred",
	"skipped", "ended", "restarted", NULL };

static int
journal_on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	json_t *entries = arg;
	json_t *entry = json_loads(line, 0, NULL);

	if (entry == NULL)
		return 0;
	json_object_set_new(entry, "id", json_integer(id));
	json_object_set_new(entry, "time", time_text(wall_ms));
	json_put_text(entry, "subject", subject);
	json_array_append_new(entries, entry);
	return 0;
}

static int
check_word(const struct engine_call *call, const char *field,
    const char *const *words, struct error *err)
{
	const char *word = json_text(call->args, field, NULL);
	autostrbuf list = { 0 };

	if (word == NULL)
		return 0;
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return 0;
		strbuf_addf(&list, "%s%s", list.len > 0 ? ", " : "", *words);
	}
	error_set(err, ERROR_USAGE, "the journal has no %s \"%.64s\"", field,
	    word);
	return error_hint(err, "it has %s", strbuf_cstr(&list));
}

/* With the journal of a large controller an answer has to end somewhere. */
static int
call_limit(const struct engine_call *call)
{
	int64_t limit = json_int(call->args, "limit", JOURNAL_USUAL);

	return limit > LIMIT_JOURNAL_ROWS ? LIMIT_JOURNAL_ROWS : (int)limit;
}

static uint64_t
call_since_ms(const struct engine_call *call)
{
	uint64_t age = (uint64_t)json_int(call->args, "age", 0);
	uint64_t now = clock_wall_ms();

	return age == 0 || age > now ? 0 : now - age;
}

/* A relation may be named by its number, and is called by its ends. */
static char *
call_subject(const struct engine_call *call, struct model *m)
{
	const char *subject = json_text(call->args, "subject", NULL);
	const struct relation *rel;
	char *rest;
	long long id;

	if (subject == NULL)
		return NULL;
	id = strtoll(subject, &rest, 10);
	rel = rest == subject || *rest != '\0' ? NULL :
						 model_find_relation(m, id);
	return rel != NULL ? relation_key(rel, m) : xstrdup(subject);
}

static int
not_known(const struct engine_call *call, const struct model *m,
    const char *subject, struct error *err)
{
	if (m == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "the journal of controller \"%s\" knows no \"%.64s\"",
		    call->engine->ctl->name, subject);
		return error_hint(err,
		    "name a model, a cloud or a credential; \"tenon journal "
		    "--of-controller\" shows all that happened");
	}
	error_set(err, ERROR_NOT_FOUND,
	    "the journal of model \"%s\" knows no \"%.64s\"", m->name, subject);
	return error_hint(err,
	    "name an application, a unit, or a relation by its number; "
	    "\"tenon journal\" shows all that happened");
}

/* What is gone is known as long as the journal tells of it. */
static int
check_subject(struct engine_call *call, struct model *m, const char *subject,
    struct error *err)
{
	const struct store_search search = {
		.model = m == NULL ? "" : m->uuid,
		.subject = subject,
		.limit = 1,
	};
	json_auto_t *found = json_array();

	if (subject == NULL ||
	    (m != NULL &&
		(model_find_application(m, subject) != NULL ||
		    model_find_unit(m, subject) != NULL)))
		return 0;
	if (store_journal_search(call->engine->store, &search, journal_on_line,
		found, err) == -1)
		return -1;
	return json_array_size(found) > 0 ? 0 :
					    not_known(call, m, subject, err);
}

/* That of a model; or of the controller, if there is none. */
static int
show_journal(struct engine_call *call, struct model *m, const char *subject,
    struct error *err)
{
	const struct store_search search = {
		.model = m == NULL ? "" : m->uuid,
		.subject = subject,
		.kind = json_text(call->args, "kind", NULL),
		.result = json_text(call->args, "result", NULL),
		.user = json_text(call->args, "user", NULL),
		.since_ms = call_since_ms(call),
		.limit = call_limit(call),
	};
	json_t *entries = json_array();

	call->reply = json_pack("{s:o}", "entries", entries);
	if (check_word(call, "kind", journal_kinds, err) == -1 ||
	    check_word(call, "result", journal_results, err) == -1 ||
	    check_subject(call, m, subject, err) == -1)
		return -1;
	return store_journal_search(call->engine->store, &search,
	    journal_on_line, entries, err);
}

int
verb_journal(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	autofree char *subject = m != NULL ? call_subject(call, m) : NULL;

	return m == NULL ? -1 : show_journal(call, m, subject, err);
}

int
verb_controller_journal(struct engine_call *call, struct error *err)
{
	return show_journal(call, NULL, json_text(call->args, "subject", NULL),
	    err);
}
