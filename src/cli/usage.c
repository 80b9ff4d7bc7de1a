/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/strv.h"
#include "cli/text.h"
#include "cli/usage.h"

/* The length of the word that begins here: up to a blank outside brackets. */
static size_t
word_len(const char *p)
{
	int depth = 0;
	size_t n;

	for (n = 0; p[n] != '\0' && (p[n] != ' ' || depth > 0); n++) {
		if (p[n] == '[' || p[n] == '<')
			depth++;
		else if (p[n] == ']' || p[n] == '>')
			depth--;
	}
	return n;
}

static void
add_once(struct strv *found, const char *text, size_t len)
{
	autofree char *name = text_part(text, len);

	for (size_t i = 0; i < found->n; i++) {
		if (strcmp(found->v[i], name) == 0)
			return;
	}
	strv_add(found, name);
}

/* Its alternatives, without what is behind the first of each. */
static void
add_word(const char *word, size_t len, struct strv *found)
{
	static const char glue[] = "[]| .";
	const char *end = word + len, *p = word;
	bool is_first = true, is_left_out = false;
	size_t n;

	while (p < end) {
		if (strchr(glue, *p) != NULL) {
			/* "[<user>@]<unit>" begins with either. */
			is_left_out |= *p == '[' && is_first;
			is_first |= *p == '|' || *p == ' ' ||
			    (*p == ']' && is_left_out);
			is_left_out &= *p != ']';
			p++;
			continue;
		}
		n = *p == '<' ? strcspn(p, ">") + 1 : strcspn(p, "[]| <:=");
		if (is_first && p + n <= end)
			add_once(found, p, n);
		p += n > 0 ? n : 1;
		is_first = false;
	}
}

/* "[...]" stands for the word before it. */
static const char *
meant_by(const char *word, size_t *len, const char *before, size_t before_len)
{
	static const char again[] = "[...]";

	if (before == NULL || *len != sizeof again - 1 ||
	    memcmp(word, again, *len) != 0)
		return word;
	*len = before_len;
	return before;
}

/* Within one form of the arguments. From "..." on, each of the rest may come. */
static void
form_at(const char *form, size_t len, size_t n, struct strv *found)
{
	const char *before = NULL;
	size_t before_len = 0, i = 0;
	bool is_repeated = false;

	for (const char *p = form; p < form + len;) {
		size_t w = word_len(p), meant_len = w;
		const char *meant = meant_by(p, &meant_len, before, before_len);

		if (w == 0) {
			p++;
			continue;
		}
		/* "a[,...]" goes on within the argument. */
		is_repeated |= i <= n && memmem(p, w, "...", 3) != NULL &&
		    memmem(p, w, ",...", 4) == NULL;
		if (i == n || is_repeated)
			add_word(meant, meant_len, found);
		before = p;
		before_len = w;
		i++;
		p += w;
	}
}

/* Whether it may begin so: with a placeholder, or with that very word. */
static bool
form_begins(const char *form, const char *first)
{
	autostrv words = { 0 };

	form += strspn(form, " ");
	if (first == NULL || *form == '<' || *form == '[')
		return true;
	add_word(form, word_len(form), &words);
	for (size_t i = 0; i < words.n; i++)
		if (strcmp(words.v[i], first) == 0)
			return true;
	return false;
}

void
usage_at(const char *args, const char *first, size_t n, struct strv *found)
{
	const char *form = args, *p = args;

	while (*p != '\0') {
		size_t w = word_len(p);

		if (w == 1 && *p == '|') {
			if (n == 0 || form_begins(form, first))
				form_at(form, (size_t)(p - form), n, found);
			form = p + 1;
		}
		p += w > 0 ? w : 1;
	}
	if (n == 0 || form_begins(form, first))
		form_at(form, strlen(form), n, found);
}
