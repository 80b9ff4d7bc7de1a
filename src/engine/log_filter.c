/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "engine/log_filter.h"

#define ROOT "<root>"

/* A part of the text; not terminated. */
struct span {
	const char *at;
	size_t len;
};

struct rule {
	struct span module;
	struct span level;
};

static struct span
trimmed(const char *from, const char *to)
{
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return (struct span){ from, (size_t)(to - from) };
}

/* The rule that begins at *text, which is moved to the next. */
static struct rule
next_rule(const char **text)
{
	const char *end = *text + strcspn(*text, ";");
	const char *equals = memchr(*text, '=', (size_t)(end - *text));
	struct rule rule = { .module = { ROOT, strlen(ROOT) } };

	if (equals != NULL)
		rule.module = trimmed(*text, equals);
	rule.level = trimmed(equals != NULL ? equals + 1 : *text, end);
	*text = end + (*end == ';');
	return rule;
}

static bool
span_is(const struct span *s, const char *word)
{
	return strlen(word) == s->len && strncasecmp(s->at, word, s->len) == 0;
}

/* MESSAGE_LEVEL_COUNT for one that is none; *unspecified says so. */
static enum message_level
rule_level(const struct rule *rule, bool *unspecified)
{
	autofree char *word = xasprintf("%.*s", (int)rule->level.len,
	    rule->level.at);

	*unspecified = strcasecmp(word, "UNSPECIFIED") == 0;
	if (strcasecmp(word, "WARN") == 0)
		return MESSAGE_WARNING;
	for (char *c = word; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	return message_level_parse(word);
}

bool
log_filter_is_valid(const char *text)
{
	bool unspecified;

	do {
		const struct rule rule = next_rule(&text);

		if (rule.module.len == 0 ||
		    (rule_level(&rule, &unspecified) == MESSAGE_LEVEL_COUNT &&
			!unspecified))
			return false;
	} while (*text != '\0');
	return true;
}

/* How much of the module's name it names, and one; 0 if it is another. */
static size_t
rule_reach(const struct rule *rule, const char *module)
{
	size_t len = rule->module.len;

	if (span_is(&rule->module, ROOT))
		return 1;
	if (strncasecmp(rule->module.at, module, len) != 0 ||
	    (module[len] != '\0' && module[len] != '.'))
		return 0;
	return len + 1;
}

bool
log_filter_passes(const char *text, const char *module,
    enum message_level level)
{
	enum message_level least = MESSAGE_TRACE;
	size_t best = 0;

	while (*text != '\0') {
		const struct rule rule = next_rule(&text);
		size_t reach = rule_reach(&rule, module);
		bool unspecified;
		enum message_level says = rule_level(&rule, &unspecified);

		if (reach == 0 || reach < best || unspecified)
			continue;
		best = reach;
		least = says;
	}
	return level >= least;
}
