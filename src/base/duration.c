/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/mem.h"

#define DURATION_MAX_MS (1e15)

static const struct {
	const char *name;
	double ms;
} duration_units[] = {
	{ "ns", 1e-6 },
	{ "us", 1e-3 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 3600 * 1000 },
	{ "d", 24.0 * 3600 * 1000 },
};

/* Digits with at most one point; strtod alone would take "1e3" and "inf". */
static const char *
duration_number(const char *p, double *number)
{
	size_t digits = strspn(p, "0123456789.");
	char *end;

	if (digits == 0 || digits > 20)
		return NULL;
	*number = strtod(p, &end);
	return end == p + digits ? end : NULL;
}

static const char *
duration_unit(const char *p, double *ms)
{
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < nitems(duration_units); i++) {
		if (strlen(duration_units[i].name) == len &&
		    memcmp(p, duration_units[i].name, len) == 0) {
			*ms = duration_units[i].ms;
			return p + len;
		}
	}
	return NULL;
}

int
duration_parse(const char *text, int64_t *ms)
{
	double total = 0, number, unit;
	const char *p = text;

	if (strcmp(text, "0") == 0) {
		*ms = 0;
		return 0;
	}
	do {
		p = duration_number(p, &number);
		if (p == NULL)
			return -1;
		p = duration_unit(p, &unit);
		if (p == NULL)
			return -1;
		total += number * unit;
	} while (*p != '\0');
	if (total > DURATION_MAX_MS)
		return -1;
	*ms = total > 0 && total < 1 ? 1 : (int64_t)(total + 0.5);
	return 0;
}

void
duration_format(int64_t ms, char text[DURATION_TEXT_SIZE])
{
	long long s;

	if (ms < 0)
		ms = 0;
	s = ms / 1000;
	if (ms < 10 * 1000)
		(void)snprintf(text, DURATION_TEXT_SIZE, "%lld.%lld s", s,
		    (long long)(ms % 1000 / 100));
	else if (s < 60)
		(void)snprintf(text, DURATION_TEXT_SIZE, "%lld s", s);
	else if (s < 3600)
		(void)snprintf(text, DURATION_TEXT_SIZE, "%lld m %02lld s",
		    s / 60, s % 60);
	else
		(void)snprintf(text, DURATION_TEXT_SIZE, "%lld h %02lld m",
		    s / 3600, s / 60 % 60);
}
