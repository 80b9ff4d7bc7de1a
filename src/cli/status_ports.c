/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/status.h"

/* "5432/tcp", "8774-8775/tcp" or "icmp", whose first and last are -1. */
struct port_range {
	const char *protocol;
	long first, last;
};

static struct port_range
port_parse(const char *text)
{
	const char *slash = strchr(text, '/');
	struct port_range range = { text, -1, -1 };
	char *end;

	if (slash == NULL)
		return range;
	range.protocol = slash + 1;
	range.first = strtol(text, &end, 10);
	range.last = *end == '-' ? strtol(end + 1, NULL, 10) : range.first;
	return range;
}

/* Juju puts protocols without ports last. */
static int
port_compare_protocols(const struct port_range *x, const struct port_range *y)
{
	if ((x->first < 0) != (y->first < 0))
		return x->first < 0 ? 1 : -1;
	return strcmp(x->protocol, y->protocol);
}

static int
port_compare(const void *a, const void *b)
{
	const struct port_range *x = a, *y = b;
	int order = port_compare_protocols(x, y);

	if (order != 0)
		return order;
	return (x->first > y->first) - (x->first < y->first);
}

/* Neighbours become one range; the number of those that are left. */
static size_t
ports_join(struct port_range *ranges, size_t n)
{
	size_t last = 0;

	for (size_t i = 1; i < n; i++) {
		struct port_range *range = &ranges[last];

		if (port_compare_protocols(range, &ranges[i]) == 0 &&
		    ranges[i].first <= range->last + 1) {
			if (ranges[i].last > range->last)
				range->last = ranges[i].last;
			continue;
		}
		ranges[++last] = ranges[i];
	}
	return n > 0 ? last + 1 : 0;
}

static void
port_put(const struct port_range *range, struct strbuf *sb)
{
	if (range->first < 0)
		return;
	strbuf_addf(sb, "%ld", range->first);
	if (range->last > range->first)
		strbuf_addf(sb, "-%ld", range->last);
}

/* Each protocol once, behind all its ports. */
static void
ports_grouped(const json_t *ports, struct strbuf *sb)
{
	size_t n = json_array_size(ports);
	autofree struct port_range *ranges = xcalloc(n + 1, sizeof *ranges);
	const json_t *port;
	size_t i;

	json_array_foreach(ports, i, port)
		ranges[i] = port_parse(json_string_value(port));
	qsort(ranges, n, sizeof *ranges, port_compare);
	n = ports_join(ranges, n);
	for (i = 0; i < n; i++) {
		const char *slash = ranges[i].first < 0 ? "" : "/";
		bool is_last = i + 1 == n;

		port_put(&ranges[i], sb);
		if (!is_last &&
		    port_compare_protocols(&ranges[i], &ranges[i + 1]) == 0)
			strbuf_addc(sb, ',');
		else
			strbuf_addf(sb, "%s%s%s", slash, ranges[i].protocol,
			    is_last ? "" : " ");
	}
}

void
status_unit_ports(const json_t *unit, unsigned flags, struct strbuf *sb)
{
	const json_t *ports = json_child(unit, "ports", JSON_ARRAY), *port;
	size_t i;

	if ((flags & STATUS_3) != 0) {
		ports_grouped(ports, sb);
		return;
	}
	json_array_foreach(ports, i, port)
		strbuf_addf(sb, "%s%s", i > 0 ? "," : "",
		    json_string_value(port));
}
