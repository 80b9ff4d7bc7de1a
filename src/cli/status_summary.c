/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/emit.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/text.h"

#define SUMMARY_PORTS_PER_LINE 3

struct summary {
	json_t *nets;     /* {"127": "127.33.7.1/8"}, the first of each. */
	json_t *ports;    /* As a set. */
	json_t *machines; /* How many, by state; ... */
	json_t *units;    /* ... and by workload. */
	size_t nunits;
};

static void
summary_count(json_t *counts, const char *key)
{
	json_object_set_new(counts, key,
	    json_integer(json_int(counts, key, 0) + 1));
}

/* Juju takes an address for one of a network of its class. */
static void
summary_add_address(struct summary *s, const char *address)
{
	struct in_addr in;
	uint32_t ip;
	unsigned bits;
	char key[24], net[INET_ADDRSTRLEN + 4];

	if (inet_pton(AF_INET, address, &in) != 1)
		return;
	ip = ntohl(in.s_addr);
	bits = ip >> 31 == 0 ? 8 : ip >> 30 == 2 ? 16 : 24;
	(void)snprintf(key, sizeof key, "%u/%u", ip >> (32 - bits), bits);
	(void)snprintf(net, sizeof net, "%s/%u", address, bits);
	if (json_object_get(s->nets, key) == NULL)
		json_put_text(s->nets, key, net);
}

static void
summary_add_unit(struct summary *s, const json_t *unit)
{
	const json_t *port;
	size_t i;

	summary_add_address(s, json_text(unit, "address", ""));
	summary_count(s->units, status_unit_workload(unit));
	json_array_foreach(json_child(unit, "ports", JSON_ARRAY), i, port)
		json_object_set_new(s->ports, json_string_value(port),
		    json_true());
	s->nunits++;
}

static void
summary_collect(struct summary *s, const json_t *machines, const json_t *apps)
{
	const char *key, *name;
	const json_t *m, *app, *unit;

	json_object_foreach(text_json(machines), key, m) {
		summary_add_address(s, json_text(m, "address", ""));
		summary_count(s->machines, json_text(m, "state", "pending"));
	}
	json_object_foreach(text_json(apps), key, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit)
			summary_add_unit(s, unit);
	}
}

/* Three ports in a line, those that follow under them. */
static void
summary_put_ports(const struct summary *s, struct table *t)
{
	json_auto_t *sorted = emit_sorted(s->ports);
	const char *title = " Utilizing ports:", *port;
	autostrbuf line = { 0 };
	size_t n = 0, all = json_object_size(sorted);
	json_t *value;

	json_object_foreach(sorted, port, value) {
		strbuf_adds(&line, port);
		strbuf_adds(&line, ++n < all ? ", " : "");
		if (n % SUMMARY_PORTS_PER_LINE != 0 || n == all)
			continue;
		table_row(t, title, strbuf_cstr(&line), "");
		strbuf_truncate(&line, 0);
		title = "";
	}
	table_row(t, title, strbuf_cstr(&line), "");
}

static void
summary_put_head(const struct summary *s, struct strbuf *sb)
{
	autostrbuf nets = { 0 };
	autotable t = { 0 };
	const char *key;
	json_t *net;

	json_object_foreach(s->nets, key, net)
		strbuf_addf(&nets, "%s%s", nets.len > 0 ? ", " : "",
		    json_string_value(net));
	table_row(&t, "Running on subnets:", strbuf_cstr(&nets), "");
	summary_put_ports(s, &t);
	table_render(&t, TABLE_PLAIN, sb);
}

static void
summary_put_title(struct table *t, const char *title, size_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "(%zu)", n);
	table_row(t, title, text, "");
}

static void
summary_put_counts(struct table *t, const char *title, size_t n,
    const json_t *counts)
{
	json_auto_t *sorted = emit_sorted(counts);
	const char *key;
	json_t *count;

	summary_put_title(t, title, n);
	json_object_foreach(sorted, key, count) {
		autofree char *label = xasprintf("%s:", key);
		autofree char *text = xasprintf(" %lld ",
		    (long long)json_integer_value(count));

		table_row(t, label, text, "");
	}
	table_row(t, " ", "");
}

/* How many of them are exposed: all or none. */
static void
summary_put_apps(struct table *t, const json_t *apps)
{
	const char *name;
	const json_t *app;

	summary_put_title(t, "# Applications:", json_object_size(apps));
	json_object_foreach(text_json(apps), name, app)
		table_row(t, name,
		    json_bool(app, "exposed", false) ? "1/1" : "0/1", "exposed",
		    "");
	table_row(t, " ", "");
}

static void
summary_put_remote(struct table *t, const json_t *saas)
{
	json_auto_t *sorted = emit_sorted(saas);
	const char *alias;
	const json_t *one;

	summary_put_title(t, "# Remote:", json_object_size(saas));
	json_object_foreach(sorted, alias, one)
		table_row(t, alias, "", json_text(one, "url", ""), "");
}

void
status_summary(const json_t *status, struct strbuf *sb)
{
	const json_t *apps = json_child(status, "applications", JSON_OBJECT);
	const json_t *machines = json_child(status, "machines", JSON_OBJECT);
	json_auto_t *nets = json_object(), *ports = json_object();
	json_auto_t *states = json_object(), *units = json_object();
	struct summary s = { nets, ports, states, units, 0 };
	autotable t = { .right = ~0u, .pads_before = true };

	summary_collect(&s, machines, apps);
	summary_put_head(&s, sb);
	summary_put_counts(&t, "# Machines:", json_object_size(machines),
	    states);
	summary_put_counts(&t, "# Units:", s.nunits, units);
	summary_put_apps(&t, apps);
	summary_put_remote(&t, json_child(status, "saas", JSON_OBJECT));
	table_render(&t, TABLE_PLAIN, sb);
	strbuf_addc(sb, '\n');
}
