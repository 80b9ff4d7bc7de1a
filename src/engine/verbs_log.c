/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/log_filter.h"
#include "engine/messages.h"
#include "engine/model_option.h"
#include "machine/logbook.h"

#define LOG_USUAL 100

struct log_reading {
	json_t *entries;
	const char *filter; /* What is shown to who does not say. */
};

static void
log_on_line(void *arg, const struct logbook_line *line)
{
	struct log_reading *reading = arg;
	json_t *entry = json_object();
	bool usual = log_filter_passes(reading->filter, line->module,
	    message_level_parse(line->level));

	json_object_set_new(entry, "timestamp", time_text(line->wall_ms));
	json_put_text(entry, "entity", line->entity);
	json_put_text(entry, "level", line->level);
	json_put_text(entry, "module", line->module);
	json_put_text(entry, "message", line->message);
	json_object_set_new(entry, "usual", json_boolean(usual));
	json_array_append_new(reading->entries, entry);
}

/* Forward from `after`, or backward from `before`, which is the end if missing. */
static int
log_read(const struct engine_call *call, const char *dir, uint64_t end,
    struct logbook_page *page, struct error *err)
{
	uint64_t before = (uint64_t)json_int(call->args, "before",
	    (int64_t)end);
	uint64_t after = (uint64_t)json_int(call->args, "after", 0);

	if (json_object_get(call->args, "after") != NULL)
		return logbook_after(dir, after < end ? after : end, page, err);
	return logbook_before(dir, before < end ? before : end, page, err);
}

/* Fill in the answer. Returns 1 if it has any lines, or 0. */
static int
log_answer(struct engine_call *call, struct model *m, struct error *err)
{
	autofree char *dir = messages_dir(call->engine, m);
	int64_t limit = json_int(call->args, "limit", LOG_USUAL);
	struct log_reading reading = {
		.entries = json_array(),
		.filter = model_option_text(call->engine->ctl, m,
		    OPTION_LOGGING),
	};
	struct logbook_page page = {
		.limit = limit > LIMIT_LOGBOOK_PAGE_LINES ?
		    LIMIT_LOGBOOK_PAGE_LINES :
		    (size_t)limit,
		.fn = log_on_line,
		.arg = &reading,
	};
	uint64_t end = 0;

	if (messages_end(call->engine, m, &end, err) == -1 ||
	    log_read(call, dir, end, &page, err) == -1) {
		json_decref(reading.entries);
		return -1;
	}
	json_decref(call->reply);
	call->reply = json_pack("{s:o, s:I, s:I, s:I}", "entries",
	    reading.entries, "first", (json_int_t)page.first, "next",
	    (json_int_t)page.next, "end", (json_int_t)end);
	return page.next > page.first;
}

static int
log_until(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);
	uint64_t end;
	int rc;

	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "the model has been destroyed");
	/* Other things change as well: then no file is looked into. */
	if (messages_end(call->engine, m, &end, err) == -1)
		return -1;
	rc = json_int(call->args, "after", -1) == (int64_t)end ?
	    0 :
	    log_answer(call, m, err);
	m->log_awaited |= rc == 0;
	return rc;
}

int
verb_log(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	if (json_bool(call->args, "wait", false)) {
		call_wait(call, m, log_until);
		return 0;
	}
	return log_answer(call, m, err) == -1 ? -1 : 0;
}
