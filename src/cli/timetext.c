/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/timetext.h"

/* What strftime() cannot write: '#' is the offset as +01:00, '@@@' the ms. */
static const struct {
	const char *format;
	bool is_utc;
} timetext_forms[] = {
	[TIMETEXT_CLOCK] = { "%H:%M:%S#", false },
	[TIMETEXT_CLOCK_UTC] = { "%H:%M:%SZ", true },
	[TIMETEXT_SINCE] = { "%d %b %Y %H:%M:%S#", false },
	[TIMETEXT_SINCE_UTC] = { "%Y-%m-%d %H:%M:%SZ", true },
	[TIMETEXT_SINCE_MS] = { "%d %b %Y %H:%M:%S.@@@#", false },
	[TIMETEXT_SINCE_MS_UTC] = { "%Y-%m-%d %H:%M:%S.@@@Z", true },
	[TIMETEXT_GO] = { "%Y-%m-%d %H:%M:%S %z %Z", false },
	[TIMETEXT_GO_UTC] = { "%Y-%m-%d %H:%M:%S +0000 UTC", true },
	[TIMETEXT_PLAIN] = { "%Y-%m-%d %H:%M:%S", false },
	[TIMETEXT_ISO] = { "%Y-%m-%dT%H:%M:%S", false },
	[TIMETEXT_ISO_UTC] = { "%Y-%m-%dT%H:%M:%S", true },
};

static void
timetext_offset(long seconds, char *text, size_t size)
{
	long minutes = labs(seconds) / 60;

	(void)snprintf(text, size, "%c%02ld:%02ld", seconds < 0 ? '-' : '+',
	    minutes / 60 % 100, minutes % 60);
}

static void
timetext_ms(char *text, unsigned ms)
{
	char *at = strstr(text, "@@@");

	if (at == NULL)
		return;
	at[0] = (char)('0' + ms / 100);
	at[1] = (char)('0' + ms / 10 % 10);
	at[2] = (char)('0' + ms % 10);
}

const char *
timetext(const char *rfc3339, enum timetext_form form, char text[TIMETEXT_SIZE])
{
	uint64_t ms = rfc3339 != NULL ? clock_parse(rfc3339) : 0;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	text[0] = '\0';
	if (ms == 0)
		return text;
	if (timetext_forms[form].is_utc)
		(void)gmtime_r(&seconds, &tm);
	else
		(void)localtime_r(&seconds, &tm);
		/* The formats are the constants above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = strftime(text, TIMETEXT_SIZE, timetext_forms[form].format, &tm);
#pragma GCC diagnostic pop
	timetext_ms(text, (unsigned)(ms % 1000));
	if (n > 0 && text[n - 1] == '#')
		timetext_offset(tm.tm_gmtoff, text + n - 1, TIMETEXT_SIZE - n);
	return text;
}

const char *
timetext_ago(const char *rfc3339, char text[TIMETEXT_SIZE])
{
	static const struct {
		uint64_t from_s, unit_s;
		const char *unit;
	} steps[] = {
		{ 3600, 3600, "hour" },
		{ 60, 60, "minute" },
		{ 2, 1, "second" },
	};
	uint64_t then = clock_parse(rfc3339), now = clock_wall_ms();
	uint64_t ago_s = now > then ? (now - then) / 1000 : 0;

	(void)snprintf(text, TIMETEXT_SIZE, "just now");
	if (ago_s >= 86400)
		(void)snprintf(text, TIMETEXT_SIZE, "%.10s", rfc3339);
	for (size_t i = 0; ago_s < 86400 && i < nitems(steps); i++) {
		uint64_t n = ago_s / steps[i].unit_s;

		if (ago_s < steps[i].from_s)
			continue;
		(void)snprintf(text, TIMETEXT_SIZE, "%llu %s%s ago",
		    (unsigned long long)n, steps[i].unit, n == 1 ? "" : "s");
		break;
	}
	return text;
}
