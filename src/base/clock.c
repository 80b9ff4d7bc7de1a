/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define CLOCK_LAST_MS 253402300799999 /* The end of the year 9999. */

static uint64_t
clock_read_ms(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* Fails only for an unknown clock. */
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

uint64_t
clock_mono_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}

void
clock_format(uint64_t wall_ms, char text[CLOCK_TEXT_SIZE])
{
	uint64_t ms = wall_ms < CLOCK_LAST_MS ? wall_ms : CLOCK_LAST_MS;
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	size_t n;

	(void)gmtime_r(&seconds, &tm);
	n = strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(text + n, CLOCK_TEXT_SIZE - n, ".%03uZ",
	    (unsigned)(ms % 1000));
}

/* Does text look like the pattern, where '0' stands for any digit? */
static int
clock_matches(const char *text, const char *pattern)
{
	for (; *pattern != '\0'; text++, pattern++) {
		if (*pattern == '0' ? !isdigit((unsigned char)*text) :
				      *text != *pattern)
			return 0;
	}
	return *text == '\0';
}

static int
clock_number(const char *digits, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

uint64_t
clock_parse(const char *text)
{
	char again[CLOCK_TEXT_SIZE];
	struct tm tm = { 0 };
	uint64_t wall_ms = 0;
	time_t seconds;

	if (clock_matches(text, "0000-00-00T00:00:00.000Z"))
		wall_ms = (uint64_t)clock_number(text + 20, 3);
	else if (!clock_matches(text, "0000-00-00T00:00:00Z"))
		return 0;
	tm.tm_year = clock_number(text, 4) - 1900;
	tm.tm_mon = clock_number(text + 5, 2) - 1;
	tm.tm_mday = clock_number(text + 8, 2);
	tm.tm_hour = clock_number(text + 11, 2);
	tm.tm_min = clock_number(text + 14, 2);
	tm.tm_sec = clock_number(text + 17, 2);
	seconds = timegm(&tm);
	if (seconds < 0)
		return 0;
	wall_ms += (uint64_t)seconds * 1000;
	/* timegm() turns 30 February into 2 March; we do not. */
	clock_format(wall_ms, again);
	return strncmp(text, again, strlen("0000-00-00T00:00:00")) == 0 ?
	    wall_ms :
	    0;
}
