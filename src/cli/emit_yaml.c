/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/emit.h"
#include "cli/text.h"

#define YAML_INDENT 2

/* A reader need not look further than 1024 bytes for the colon after a key. */
#define YAML_SIMPLE_KEY 128
#define DIGITS          "0123456789"

/* Words that a YAML 1.1 reader takes for a boolean, a null or a number. */
static const char *const yaml_words[] = {
	"",
	"~",
	"null",
	"Null",
	"NULL",
	"y",
	"Y",
	"yes",
	"Yes",
	"YES",
	"on",
	"On",
	"ON",
	"true",
	"True",
	"TRUE",
	"n",
	"N",
	"no",
	"No",
	"NO",
	"off",
	"Off",
	"OFF",
	"false",
	"False",
	"FALSE",
	".nan",
	".NaN",
	".NAN",
	".inf",
	".Inf",
	".INF",
	"+.inf",
	"+.Inf",
	"+.INF",
	"-.inf",
	"-.Inf",
	"-.INF",
	"<<",
	"=",
};

static bool
yaml_is_word(const char *s)
{
	for (size_t i = 0; i < nitems(yaml_words); i++) {
		if (strcmp(s, yaml_words[i]) == 0)
			return true;
	}
	return false;
}

/* 0x1f, 0o17, 0b101, 1_000, 017: integers of YAML 1.1 and of Go. */
static bool
yaml_is_integer(const char *s)
{
	static const struct {
		const char *prefix, *digits;
	} bases[] = {
		{ "0x", DIGITS "abcdefABCDEF_" },
		{ "0X", DIGITS "abcdefABCDEF_" },
		{ "0o", "01234567_" },
		{ "0O", "01234567_" },
		{ "0b", "01_" },
		{ "0B", "01_" },
	};

	for (size_t i = 0; i < nitems(bases); i++) {
		if (strncmp(s, bases[i].prefix, 2) == 0)
			return s[2] != '\0' &&
			    s[2 + strspn(s + 2, bases[i].digits)] == '\0';
	}
	return s[0] != '_' && s[0] != '\0' && s[strspn(s, DIGITS "_")] == '\0';
}

static bool
yaml_is_float(const char *s)
{
	size_t whole = strspn(s, DIGITS "_"), part = 0;
	const char *start = s;

	s += whole;
	if (*s == '.') {
		part = strspn(s + 1, DIGITS "_");
		s += 1 + part;
	}
	if (whole + part == 0 || start[0] == '_')
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '+' || *s == '-';
		if (strspn(s, DIGITS) == 0)
			return false;
		s += strspn(s, DIGITS);
	}
	return *s == '\0';
}

/* 22:30 and 1:30:00.5 are base 60 in YAML 1.1. */
static bool
yaml_is_sexagesimal(const char *s)
{
	size_t n = strspn(s, DIGITS "_");

	if (n == 0 || s[0] == '_' || s[n] != ':')
		return false;
	for (s += n; *s == ':'; s += n) {
		s++;
		n = strspn(s, DIGITS);
		if (n == 0 || n > 2 || (n == 2 && s[0] > '5'))
			return false;
	}
	if (*s == '.')
		s += 1 + strspn(s + 1, DIGITS "_");
	return *s == '\0';
}

/* `n` groups of up to `max` digits with these separators in front. */
static const char *
yaml_skip_groups(const char *s, const char *separators, size_t max)
{
	for (; *separators != '\0'; separators++) {
		size_t n = strspn(s, DIGITS);

		if (n == 0 || n > max || s[n] != *separators)
			return NULL;
		s += n + 1;
	}
	return s;
}

/* 2001-12-14, 2001-12-14 21:59:43.10, 2001-12-14t21:59:43Z. */
static bool
yaml_is_time(const char *s)
{
	size_t n;

	if (strspn(s, DIGITS) != 4)
		return false;
	s = yaml_skip_groups(s, "--", 4);
	if (s == NULL)
		return false;
	n = strspn(s, DIGITS);
	if (n == 0 || n > 2)
		return false;
	s += n;
	if (*s == '\0')
		return true;
	if (strchr("Tt ", *s) == NULL)
		return false;
	s = yaml_skip_groups(s + 1, "::", 2);
	if (s == NULL || strspn(s, DIGITS) == 0)
		return false;
	s += strspn(s, DIGITS ".");
	return s[strspn(s, "Zz+-:" DIGITS)] == '\0';
}

/* Would a reader take this for something other than a string? */
static bool
yaml_resolves(const char *s)
{
	const char *digits = s + (*s == '+' || *s == '-');

	return yaml_is_word(s) || yaml_is_integer(digits) ||
	    yaml_is_float(digits) || yaml_is_sexagesimal(digits) ||
	    yaml_is_time(s);
}

static bool
yaml_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\0';
}

/* What a reader takes for the end of a line, or refuses. */
static const struct {
	const char *bytes, *escape;
} yaml_escapes[] = {
	{ "\xc2\x85", "\\N" },         /* U+0085 */
	{ "\xe2\x80\xa8", "\\L" },     /* U+2028 */
	{ "\xe2\x80\xa9", "\\P" },     /* U+2029 */
	{ "\xef\xbb\xbf", "\\uFEFF" }, /* The byte order mark. */
	{ "\xef\xbf\xbe", "\\uFFFE" },
	{ "\xef\xbf\xbf", "\\uFFFF" },
};

/* The index of the one that stands here, or nitems() for none. */
static size_t
yaml_find_escape(const char *s)
{
	size_t i = 0;

	while (i < nitems(yaml_escapes) &&
	    strncmp(s, yaml_escapes[i].bytes, strlen(yaml_escapes[i].bytes)) !=
		0)
		i++;
	return i;
}

static bool
yaml_is_special(const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			return true;
		/* U+0080..U+009F */
		if (c == 0xc2 && (unsigned char)s[1] < 0xa0)
			return true;
		if (c >= 0x80 && yaml_find_escape(s) < nitems(yaml_escapes))
			return true;
	}
	return false;
}

/* May the text of one line stand without quotes? */
static bool
yaml_is_plain(const char *s)
{
	size_t len = strlen(s);

	if (strchr("#,[]{}&*!|>'\"%@`", s[0]) != NULL)
		return false;
	if (strchr("-?:", s[0]) != NULL && yaml_is_blank(s[1]))
		return false;
	if (strncmp(s, "---", 3) == 0 || strncmp(s, "...", 3) == 0)
		return false;
	if (s[0] == ' ' || s[len - 1] == ' ')
		return false;
	for (size_t i = 1; i < len; i++) {
		if (s[i] == ':' && yaml_is_blank(s[i + 1]))
			return false;
		if (s[i] == '#' && yaml_is_blank(s[i - 1]))
			return false;
	}
	return true;
}

/* One character as it stands between double quotes; what follows it. */
static const char *
yaml_add_escaped(const char *s, struct strbuf *sb)
{
	static const char shorts[] = "\"\"\\\\\nn\rr\tt\aa\bb\vv\ff\x1b"
				     "e";
	size_t i = yaml_find_escape(s);
	const char *p = strchr(shorts, *s);

	if (i < nitems(yaml_escapes)) {
		strbuf_adds(sb, yaml_escapes[i].escape);
		return s + strlen(yaml_escapes[i].bytes);
	}
	/* The even places are characters, the odd ones letters. */
	while (p != NULL && (p - shorts) % 2 == 1)
		p = strchr(p + 1, *s);
	if (p != NULL)
		strbuf_addf(sb, "\\%c", p[1]);
	else if ((unsigned char)*s < 0x20 || *s == 0x7f)
		strbuf_addf(sb, "\\x%02X", (unsigned char)*s);
	else if ((unsigned char)*s == 0xc2 && (unsigned char)s[1] < 0xa0)
		strbuf_addf(sb, "\\x%02X", (unsigned char)*++s);
	else
		strbuf_addc(sb, *s);
	return s + 1;
}

static void
yaml_add_double(const char *s, struct strbuf *sb)
{
	strbuf_addc(sb, '"');
	while (*s != '\0')
		s = yaml_add_escaped(s, sb);
	strbuf_addc(sb, '"');
}

static void
yaml_add_single(const char *s, struct strbuf *sb)
{
	strbuf_addc(sb, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			strbuf_addc(sb, '\'');
		strbuf_addc(sb, *s);
	}
	strbuf_addc(sb, '\'');
}

/* A literal keeps its lines only if no blank stands before their end. */
static bool
yaml_can_be_literal(const char *s)
{
	return !yaml_is_special(s) && strstr(s, " \n") == NULL &&
	    s[strlen(s) - 1] != ' ';
}

static void
yaml_add_literal(const char *s, size_t indent, struct strbuf *sb)
{
	size_t len = strlen(s), n;

	strbuf_addc(sb, '|');
	if (s[0] == ' ' || s[0] == '\n')
		strbuf_addf(sb, "%d", YAML_INDENT);
	if (s[len - 1] != '\n')
		strbuf_addc(sb, '-');
	else if (len == 1 || s[len - 2] == '\n')
		strbuf_addc(sb, '+');
	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		strbuf_addc(sb, '\n');
		if (n > 0)
			strbuf_pad(sb, ' ', indent);
		strbuf_addn(sb, s, n);
	}
}

static void
yaml_add_line(const char *s, struct strbuf *sb)
{
	if (yaml_resolves(s) || strchr(s, '\n') != NULL || yaml_is_special(s))
		yaml_add_double(s, sb);
	else if (yaml_is_plain(s))
		strbuf_adds(sb, s);
	else
		yaml_add_single(s, sb);
}

static void
yaml_add_scalar(const json_t *value, size_t indent, struct strbuf *sb)
{
	const char *s = json_string_value(value);
	autofree char *text = NULL;

	if (s == NULL) {
		text = json_dumps(value, JSON_ENCODE_ANY);
		strbuf_adds(sb, text);
	} else if (strchr(s, '\n') != NULL && yaml_can_be_literal(s)) {
		yaml_add_literal(s, indent, sb);
	} else {
		yaml_add_line(s, sb);
	}
}

static void yaml_add_block(const json_t *, size_t indent, struct strbuf *);

static bool
yaml_is_container(const json_t *value)
{
	return json_object_size(value) > 0 || json_array_size(value) > 0;
}

static void
yaml_add_member(const char *key, const json_t *value, size_t indent,
    struct strbuf *sb)
{
	bool is_long = strlen(key) > YAML_SIMPLE_KEY;

	if (is_long)
		strbuf_adds(sb, "? ");
	yaml_add_line(key, sb);
	if (is_long) {
		strbuf_addc(sb, '\n');
		strbuf_pad(sb, ' ', indent);
	}
	strbuf_addc(sb, ':');
	if (yaml_is_container(value)) {
		strbuf_addc(sb, '\n');
		yaml_add_block(value,
		    indent + (json_is_object(value) ? YAML_INDENT : 0), sb);
		return;
	}
	strbuf_addc(sb, ' ');
	yaml_add_block(value, indent + YAML_INDENT, sb);
}

static void
yaml_add_object(const json_t *object, size_t indent, struct strbuf *sb)
{
	bool is_first = true;
	const char *key;
	json_t *member;

	json_object_foreach(text_json(object), key, member) {
		/* The first line of an item is indented by its dash. */
		if (!is_first || sb->len == 0 || sb->buf[sb->len - 1] == '\n')
			strbuf_pad(sb, ' ', indent);
		yaml_add_member(key, member, indent, sb);
		is_first = false;
	}
}

static void
yaml_add_array(const json_t *array, size_t indent, struct strbuf *sb)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		if (i > 0 || sb->len == 0 || sb->buf[sb->len - 1] == '\n')
			strbuf_pad(sb, ' ', indent);
		strbuf_adds(sb, "- ");
		yaml_add_block(item, indent + YAML_INDENT, sb);
	}
}

/* Ends with a newline. `indent` is that of the lines of the value. */
static void
yaml_add_block(const json_t *value, size_t indent, struct strbuf *sb)
{
	if (json_object_size(value) > 0) {
		yaml_add_object(value, indent, sb);
		return;
	}
	if (json_array_size(value) > 0) {
		yaml_add_array(value, indent, sb);
		return;
	}
	if (json_is_object(value))
		strbuf_adds(sb, "{}");
	else if (json_is_array(value))
		strbuf_adds(sb, "[]");
	else
		yaml_add_scalar(value, indent, sb);
	strbuf_addc(sb, '\n');
}

void
emit_yaml(const json_t *value, struct strbuf *sb)
{
	yaml_add_block(value, 0, sb);
}
