/* SPDX-License-Identifier: Apache-2.0 */

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/debug_log.h"
#include "cli/names.h"

#define CLOCK_SIZE 32

/* In the order of their weight, with the colours that Juju gives them. */
static const struct {
	const char *word, *colour;
} levels[] = {
	{ "TRACE", "\033[39m" },
	{ "DEBUG", "\033[32m" },
	{ "INFO", "\033[94m" },
	{ "WARNING", "\033[33m" },
	{ "ERROR", "\033[91m" },
	{ "CRITICAL", "\033[37;41m" },
};

static size_t
level_find(const char *word)
{
	size_t i = 0;

	while (i < nitems(levels) && strcasecmp(levels[i].word, word) != 0)
		i++;
	return i;
}

/* ---- which ---- */

int
debug_log_filter_init(struct debug_log_filter *f, const struct args *args,
    struct error *err)
{
	const char *word = args_text(args, "level", "TRACE");
	int64_t age = 0;

	if (level_find(word) >= level_find("CRITICAL"))
		return error_set(err, ERROR_USAGE,
		    "level value \"%s\" is not one of \"TRACE\", \"DEBUG\", "
		    "\"INFO\", \"WARNING\", \"ERROR\"",
		    word);
	if (args_duration(args, "since", &age, err) == -1)
		return -1;
	f->args = args;
	f->usual = !args_has(args, "level");
	f->level = (unsigned)level_find(word);
	f->since_ms = args_has(args, "since") ?
	    clock_wall_ms() - (uint64_t)age :
	    0;
	return 0;
}

/* What a person calls it, as a pattern of fnmatch() with FNM_EXTMATCH. */
static char *
entity_pattern(const char *name)
{
	const char *slash = strchr(name, '/');

	if (slash != NULL)
		return xasprintf("unit-%.*s-%s", (int)(slash - name), name,
		    slash + 1);
	if (names_is_machine(name))
		return xasprintf("machine-%s", name);
	if (strchr(name, '*') == NULL && names_is_application(name) &&
	    strncmp(name, "unit-", 5) != 0 &&
	    strncmp(name, "machine-", 8) != 0 &&
	    strncmp(name, "controller-", 11) != 0)
		return xasprintf("unit-%s-+([0-9])", name);
	return xstrdup(name);
}

bool
debug_log_names(const char *pattern, const char *entity)
{
	autofree char *full = entity_pattern(pattern);

	return fnmatch(full, entity, FNM_EXTMATCH) == 0;
}

/* "juju.worker" is "juju.worker.uniter" too, and not "juju.workers". */
static bool
module_is(const char *pattern, const char *module)
{
	size_t len = strlen(pattern);

	return strncmp(pattern, module, len) == 0 &&
	    (module[len] == '\0' || module[len] == '.');
}

typedef bool fits_fn(const char *pattern, const char *value);

static bool
any_fits(const struct args *args, const char *flag, fits_fn *fits,
    const char *value)
{
	const char *pattern;
	size_t pos = 0;

	while ((pattern = args_next(args, flag, &pos)) != NULL) {
		if (fits(pattern, value))
			return true;
	}
	return false;
}

bool
debug_log_wants(const struct debug_log_filter *f, const json_t *entry)
{
	static const struct {
		const char *field, *include, *exclude;
		fits_fn *fits;
	} sides[] = {
		{ "entity", "include", "exclude", debug_log_names },
		{ "module", "include-module", "exclude-module", module_is },
	};

	if ((f->usual && !json_bool(entry, "usual", true)) ||
	    level_find(json_text(entry, "level", "")) < f->level ||
	    (f->since_ms > 0 &&
		clock_parse(json_text(entry, "timestamp", "")) < f->since_ms))
		return false;
	for (size_t i = 0; i < nitems(sides); i++) {
		const char *value = json_text(entry, sides[i].field, "");

		if ((args_has(f->args, sides[i].include) &&
			!any_fits(f->args, sides[i].include, sides[i].fits,
			    value)) ||
		    any_fits(f->args, sides[i].exclude, sides[i].fits, value))
			return false;
	}
	return true;
}

/* ---- how ---- */

static void
add_time(struct strbuf *sb, const char *timestamp, unsigned flags)
{
	uint64_t ms = clock_parse(timestamp);
	time_t seconds = (time_t)(ms / 1000);
	char text[CLOCK_SIZE];
	struct tm tm;

	if ((flags & DEBUG_LOG_UTC) != 0)
		(void)gmtime_r(&seconds, &tm);
	else
		(void)localtime_r(&seconds, &tm);
	if ((flags & DEBUG_LOG_DATE) != 0 &&
	    strftime(text, sizeof text, "%Y-%m-%d ", &tm) > 0)
		strbuf_adds(sb, text);
	if (strftime(text, sizeof text, "%H:%M:%S", &tm) > 0)
		strbuf_adds(sb, text);
	if ((flags & DEBUG_LOG_MS) != 0)
		strbuf_addf(sb, ".%03u", (unsigned)(ms % 1000));
}

/* A message may have several lines, and must not move the cursor. */
static void
add_message(struct strbuf *sb, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		strbuf_addc(sb,
		    (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f ? ' ' :
									*text);
	}
}

static void
add_level(struct strbuf *sb, const char *word, unsigned flags)
{
	size_t level = level_find(word);

	if ((flags & DEBUG_LOG_COLOUR) != 0 && level < nitems(levels))
		strbuf_addf(sb, "%s%s\033[0m", levels[level].colour, word);
	else
		strbuf_adds(sb, word);
}

void
debug_log_add(struct strbuf *sb, const json_t *entry, unsigned flags)
{
	if ((flags & DEBUG_LOG_JSON) != 0) {
		json_add(sb, entry);
		strbuf_addc(sb, '\n');
		return;
	}
	strbuf_addf(sb, "%s: ", json_text(entry, "entity", ""));
	add_time(sb, json_text(entry, "timestamp", ""), flags);
	strbuf_addc(sb, ' ');
	add_level(sb, json_text(entry, "level", ""), flags);
	strbuf_addf(sb, " %s ", json_text(entry, "module", ""));
	add_message(sb, json_text(entry, "message", ""));
	strbuf_addc(sb, '\n');
}
