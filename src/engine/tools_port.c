/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hook tools of ports. A unit has a set of ranges, "5432/tcp", "8000-8010/udp"
 * or "icmp", of which no two overlap.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"

#define ICMP "icmp"

/* icmp has no numbers: 0 and 0. */
struct range {
	long first, last;
	const char *protocol; /* Borrowed: static. */
};

/* The protocol behind the numbers, or NULL. */
static const char *
find_protocol(const char *text)
{
	static const char *const protocols[] = { "tcp", "udp" };

	for (size_t i = 0; i < nitems(protocols); i++) {
		if (*text == '/' && strcmp(text + 1, protocols[i]) == 0)
			return protocols[i];
	}
	return NULL;
}

/* 0 if there is none. */
static long
read_port(const char **text)
{
	char *end;
	long number;

	if (**text < '1' || **text > '9')
		return 0;
	number = strtol(*text, &end, 10);
	*text = end;
	return number <= 65535 ? number : 0;
}

static bool
range_parse(const char *text, struct range *r)
{
	*r = (struct range){ .protocol = ICMP };
	if (strcmp(text, ICMP) == 0)
		return true;
	r->first = r->last = read_port(&text);
	if (*text == '-') {
		text++;
		r->last = read_port(&text);
	}
	r->protocol = find_protocol(text);
	return r->protocol != NULL && r->first > 0 && r->first <= r->last;
}

/* In the one way it is written. */
static char *
range_text(const struct range *r)
{
	if (r->first == 0)
		return xstrdup(r->protocol);
	if (r->first == r->last)
		return xasprintf("%ld/%s", r->first, r->protocol);
	return xasprintf("%ld-%ld/%s", r->first, r->last, r->protocol);
}

static bool
ranges_overlap(const struct range *a, const struct range *b)
{
	return strcmp(a->protocol, b->protocol) == 0 && a->first <= b->last &&
	    b->first <= a->last;
}

/* Those of the unit, as the hook sees them: a new reference. */
static json_t *
ports_seen(const struct tool_call *call)
{
	json_t *ports = json_copy(call->unit->ports);

	ports_apply(ports, call->context->ports);
	return ports;
}

/* The same range is no conflict: it is open already, or to be closed. */
static int
check_conflict(const struct tool_call *call, const char *what,
    const struct range *wanted, struct error *err)
{
	json_auto_t *ports = ports_seen(call);
	autofree char *text = range_text(wanted);
	const json_t *port;
	size_t i;

	json_array_foreach(ports, i, port) {
		const char *open = json_string_value(port);
		struct range one;

		if (strcmp(open, text) != 0 && range_parse(open, &one) &&
		    ranges_overlap(&one, wanted))
			return error_set(err, ERROR_CONFLICT,
			    "cannot %s %s (unit \"%s\"): port range conflicts "
			    "with %s",
			    what, text, call->unit->name, open);
	}
	return 0;
}

static json_t *
tool_port(struct tool_call *call, bool open, struct error *err)
{
	const char *port = tool_text(call, "port", err);
	autofree char *text = NULL;
	struct range range;

	if (port == NULL)
		return NULL;
	if (!range_parse(port, &range)) {
		error_set(err, ERROR_USAGE,
		    "invalid port \"%.32s\", expected one like \"5432/tcp\", "
		    "\"8000-8010/udp\" or \"icmp\"",
		    port);
		return NULL;
	}
	if (check_conflict(call, open ? "open" : "close", &range, err) == -1)
		return NULL;
	text = range_text(&range);
	json_object_set_new(call->context->ports, text, json_boolean(open));
	return json_null();
}

json_t *
tool_open_port(struct tool_call *call, struct error *err)
{
	return tool_port(call, true, err);
}

json_t *
tool_close_port(struct tool_call *call, struct error *err)
{
	return tool_port(call, false, err);
}

json_t *
tool_opened_ports(struct tool_call *call, struct error *err)
{
	(void)err;
	return ports_seen(call);
}
