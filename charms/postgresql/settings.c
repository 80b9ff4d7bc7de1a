/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf.h"
#include "memory.h"
#include "settings.h"

#define CONNECTIONS       "200"
#define WORKERS           8
#define WORKERS_PER_CPU   2
#define WORKERS_LEAST     2
#define WORKERS_MOST_EACH 10 /* Per processor. */

/* Options whose setting has another name than they say. */
static const struct {
	const char *option, *setting;
} renamed[] = {
	{ "experimental_max_connections", "max_connections" },
	{ "request_date_style", "datestyle" },
	{ "request_time_zone", "timezone" },
};

/* What follows the group is a setting. */
static const char *const groups[] = { "connection_", "cpu_", "durability_",
	"instance_", "logging_", "memory_", "optimizer_", "request_",
	"response_", "session_", "storage_", "vacuum_" };

/* Where the server takes more than is good here. */
static const struct {
	const char *option, *words[4];
	const char *reason;
} choices[] = {
	{ "durability_synchronous_commit",
	    { "on", "remote_apply", "remote_write" },
	    "has to be on, remote_apply or remote_write" },
	{ "instance_password_encryption", { "scram-sha-256" },
	    "has to be scram-sha-256, since pg_hba.conf asks for that" },
	{ "profile", { "production", "testing" },
	    "has to be production or testing" },
};

/* A standby does not start with less than its primary has. */
static const struct {
	const char *name, *control; /* As pg_controldata calls it. */
} hot_standby[] = {
	{ "max_connections", "max_connections setting:" },
	{ "max_locks_per_transaction", "max_locks_per_xact setting:" },
	{ "max_prepared_transactions", "max_prepared_xacts setting:" },
	{ "max_worker_processes", "max_worker_processes setting:" },
};

/* NULL if the option is about something else. */
static const char *
setting_of(const char *option)
{
	for (size_t i = 0; i < nitems(renamed); i++)
		if (strcmp(option, renamed[i].option) == 0)
			return renamed[i].setting;
	for (size_t i = 0; i < nitems(groups); i++)
		if (strncmp(option, groups[i], strlen(groups[i])) == 0)
			return option + strlen(groups[i]);
	return NULL;
}

static void
refuse(json_t *refused, const char *option, char *stolen_reason)
{
	autofree char *reason = stolen_reason;

	/* The first one is the most telling. */
	if (json_object_get(refused, option) == NULL)
		json_put_text(refused, option, reason);
}

/* As it stands in a file; owned by the caller. */
static char *
text_of(const json_t *value)
{
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "on" : "off");
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	return json_line(value);
}

static void
check_choices(const json_t *config, json_t *refused)
{
	for (size_t i = 0; i < nitems(choices); i++) {
		const char *value = json_text(config, choices[i].option, NULL);
		bool found = value == NULL;

		for (const char *const *w = choices[i].words; *w != NULL; w++)
			found = found || strcmp(value, *w) == 0;
		if (!found)
			refuse(refused, choices[i].option,
			    xasprintf("is \"%s\", and %s", value,
				choices[i].reason));
	}
}

/* ---- processes in the background ---- */

/* What "auto" stands for, or the number; -1 if it is refused. */
static int
workers(const json_t *config, const char *option, int automatic, int cpus,
    json_t *refused)
{
	const char *text = json_text(config, option, "auto");
	int most = cpus * WORKERS_MOST_EACH;
	char *end;
	long n;

	if (strcmp(text, "auto") == 0)
		return automatic;
	errno = 0;
	n = strtol(text, &end, 10);
	if (end != text && *end == '\0' && errno == 0 && n >= WORKERS_LEAST &&
	    n <= most)
		return (int)n;
	refuse(refused, option,
	    xasprintf("is \"%s\", and has to be auto, or from %d to %d", text,
		WORKERS_LEAST, most));
	return -1;
}

static void
add_number(json_t *settings, const char *name, int n)
{
	autofree char *text = xasprintf("%d", n);

	json_put_text(settings, name, text);
}

static void
add_workers(json_t *settings, const json_t *config, int cpus, json_t *refused)
{
	static const char *const dependent[] = {
		"cpu_max_logical_replication_workers",
		"cpu_max_parallel_maintenance_workers",
		"cpu_max_parallel_workers",
		"cpu_max_sync_workers_per_subscription",
	};
	int automatic = cpus * WORKERS_PER_CPU;
	int all = workers(config, "cpu_max_worker_processes",
	    automatic < WORKERS ? automatic : WORKERS, cpus, refused);

	if (all != -1)
		add_number(settings, "max_worker_processes", all);
	for (size_t i = 0; i < nitems(dependent); i++) {
		int n = workers(config, dependent[i], all, cpus, refused);
		const char *name = setting_of(dependent[i]);

		if (all != -1 && n > all &&
		    strcmp(name, "max_parallel_workers") == 0)
			n = all;
		if (n != -1)
			add_number(settings, name, n);
	}
}

/* ---- memory ---- */

static void
add_memory(json_t *settings, const json_t *config,
    const struct resources *resources, json_t *refused)
{
	const struct memory_wish wish = {
		.bytes = resources->memory_bytes,
		.limit_mb = json_int(config, "profile_limit_memory", 0),
		.profile = strcmp(json_text(config, "profile", ""),
			       "testing") == 0 ?
		    MEMORY_TESTING :
		    MEMORY_PRODUCTION,
		.shared_buffers = json_int(config, "memory_shared_buffers", 0),
	};
	struct memory_plan plan;

	if (json_object_get(refused, "profile") != NULL)
		return;
	memory_plan(&wish, &plan);
	if (wish.shared_buffers > plan.most) {
		refuse(refused, "memory_shared_buffers",
		    xasprintf("is %lld, and has to be at most %lld, 40 %% of "
			      "the memory",
			(long long)wish.shared_buffers, (long long)plan.most));
		return;
	}
	json_object_set_new(settings, "shared_buffers",
	    json_sprintf("%lld", (long long)plan.shared_buffers));
	json_object_set_new(settings, "effective_cache_size",
	    json_sprintf("%lld", (long long)plan.effective_cache_size));
}

/* ---- all of them ---- */

json_t *
settings_wanted(json_t *config, const struct resources *resources,
    json_t *refused)
{
	json_t *settings = json_object();
	const char *option;
	json_t *value;

	json_put_text(settings, "max_connections", CONNECTIONS);
	check_choices(config, refused);
	json_object_foreach(config, option, value) {
		const char *setting = setting_of(option);
		autofree char *text = NULL;

		if (setting == NULL ||
		    json_object_get(refused, option) != NULL ||
		    strncmp(option, "cpu_max_", strlen("cpu_max_")) == 0 ||
		    strcmp(setting, "shared_buffers") == 0)
			continue;
		text = text_of(value);
		json_put_text(settings, setting, text);
	}
	add_workers(settings, config, resources->cpus, refused);
	add_memory(settings, config, resources, refused);
	return settings;
}

static bool
is_less(const json_t *settings, const json_t *than, const char *name)
{
	const char *ours = json_text(settings, name, "0");
	const char *theirs = json_text(than, name, "0");

	return strtoll(ours, NULL, 10) < strtoll(theirs, NULL, 10);
}

void
settings_raise(json_t *settings, const json_t *least)
{
	for (size_t i = 0; i < nitems(hot_standby); i++) {
		const char *name = hot_standby[i].name;

		if (is_less(settings, least, name))
			json_put_text(settings, name,
			    json_text(least, name, "0"));
	}
}

bool
settings_lowers(const json_t *settings, const json_t *before)
{
	for (size_t i = 0; i < nitems(hot_standby); i++)
		if (is_less(settings, before, hot_standby[i].name))
			return true;
	return false;
}

json_t *
settings_read_control(const char *output)
{
	json_t *settings = json_object();

	for (size_t i = 0; i < nitems(hot_standby); i++) {
		const char *found = strstr(output, hot_standby[i].control);
		autofree char *value = NULL;

		if (found == NULL)
			continue;
		found += strlen(hot_standby[i].control);
		found += strspn(found, " ");
		value = xasprintf("%.*s", (int)strcspn(found, "\n"), found);
		json_put_text(settings, hot_standby[i].name, value);
	}
	return settings;
}

static int
compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

void
settings_render(struct strbuf *sb, json_t *settings)
{
	size_t n = 0, len = json_object_size(settings);
	autofree const char **names = xcalloc(len + 1, sizeof *names);
	const char *name;
	json_t *value;

	json_object_foreach(settings, name, value)
		names[n++] = name;
	qsort(names, n, sizeof *names, compare_names);
	strbuf_adds(sb,
	    "# Written by Tenon from the options of the "
	    "application: changes are lost.\n");
	for (size_t i = 0; i < n; i++)
		conf_add(sb, names[i], json_text(settings, names[i], ""));
}

/* What conf_add() has quoted. */
static char *
unquote(const char *text, size_t len)
{
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < len; i++) {
		if ((text[i] == '\'' || text[i] == '\\') && i + 1 < len)
			i++;
		strbuf_addc(&sb, text[i]);
	}
	return strbuf_detach(&sb);
}

json_t *
settings_parse(const char *text)
{
	static const char equals[] = " = '";
	autofree char *copy = xstrdup(text);
	json_t *settings = json_object();
	char *next = copy, *line;

	while ((line = strsep(&next, "\n")) != NULL) {
		char *middle = strstr(line, equals);
		const char *from = middle == NULL ? NULL :
						    middle + strlen(equals);
		size_t len = from == NULL ? 0 : strlen(from);
		autofree char *value = NULL;

		if (*line == '#' || len == 0 || from[len - 1] != '\'')
			continue;
		value = unquote(from, len - 1);
		*middle = '\0';
		json_put_text(settings, line, value);
	}
	return settings;
}

char *
settings_changed(json_t *settings, json_t *before)
{
	json_auto_t *all = json_object();
	autostrbuf sb = { 0 };
	const char *name;
	json_t *value;

	(void)json_object_update(all, before);
	(void)json_object_update(all, settings);
	json_object_foreach(all, name, value) {
		if (!json_equal(json_object_get(settings, name),
			json_object_get(before, name)))
			strbuf_addf(&sb, "%s%s", sb.len > 0 ? ", " : "", name);
	}
	return strbuf_detach(&sb);
}

char *
settings_option(json_t *config, const char *setting)
{
	const char *option;
	json_t *value;

	json_object_foreach(config, option, value) {
		const char *name = setting_of(option);

		if (name != NULL && strcasecmp(name, setting) == 0)
			return xstrdup(option);
	}
	return NULL;
}

/* ---- what the server says ---- */

/* "<time> [pid] LOG:  text" */
static const char *
after_word(const char *line, const char *word)
{
	const char *found = strstr(line, word);

	return found == NULL ? NULL : found + strlen(word);
}

/* The option that the line is about, owned by the caller, or NULL. */
static char *
option_in(const char *line, json_t *config)
{
	const char *name = after_word(line, "parameter \"");
	autofree char *setting = NULL;

	if (name == NULL)
		return NULL;
	setting = xasprintf("%.*s", (int)strcspn(name, "\""), name);
	return settings_option(config, setting);
}

static void
refusal_more(json_t *refused, const char *option, const char *text)
{
	autofree char *reason = xasprintf("%s; %s",
	    json_text(refused, option, ""), text);

	json_put_text(refused, option, reason);
}

void
settings_read_refusals(const char *output, json_t *config, json_t *refused)
{
	static const char *const more[] = { "DETAIL:  ", "HINT:  " };
	autofree char *copy = xstrdup(output);
	autofree char *option = NULL;
	char *next = copy, *line;

	while ((line = strsep(&next, "\n")) != NULL) {
		const char *text = after_word(line, "LOG:  ");

		if (text != NULL) {
			free(option);
			option = option_in(text, config);
			if (option != NULL)
				json_put_text(refused, option, text);
		}
		for (size_t i = 0; option != NULL && i < nitems(more); i++) {
			text = after_word(line, more[i]);
			if (text != NULL)
				refusal_more(refused, option, text);
		}
	}
}

size_t
settings_drop_unknown(const char *output, json_t *settings)
{
	static const char words[] = "unrecognized configuration parameter \"";
	size_t n = 0;

	while ((output = after_word(output, words)) != NULL) {
		autofree char *name = xasprintf("%.*s",
		    (int)strcspn(output, "\""), output);

		if (json_object_del(settings, name) == 0)
			n++;
	}
	return n;
}

/* FNV-1a: it has to tell texts of our own apart, no more. */
char *
settings_digest_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return xasprintf("%016" PRIx64, hash);
}

char *
settings_digest(const json_t *object)
{
	autofree char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);

	return settings_digest_text(text == NULL ? "" : text);
}
