/* SPDX-License-Identifier: Apache-2.0 */
/* What a model has consumed of others, and what it offers them. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/text.h"

void
status_saas(const json_t *saas, unsigned flags, struct strbuf *sb)
{
	static const char *const names[] = { "SAAS", "Status", "Store", "URL",
		NULL };
	autotable t = { 0 };
	const char *alias;
	json_t *one;

	if (json_object_size(saas) == 0)
		return;
	status_header(&t, flags, names);
	json_object_foreach(text_json(saas), alias, one) {
		table_cell(&t, alias, COLOUR_NONE);
		status_cell(&t,
		    json_text(json_child(one, "status", JSON_OBJECT), "current",
			""));
		table_cell(&t, "local", COLOUR_NONE);
		table_cell(&t, json_text(one, "url", ""), COLOUR_NONE);
		table_end_row(&t);
	}
	status_section(&t, flags, sb);
}

static int64_t
offer_active(const json_t *offer)
{
	const json_t *one;
	int64_t n = 0;
	size_t i;

	json_array_foreach(json_child(offer, "connections", JSON_ARRAY), i,
	    one) {
		if (strcmp(json_text(one, "status", ""), "joined") == 0)
			n++;
	}
	return n;
}

static size_t
offer_total(const json_t *offer)
{
	return json_array_size(json_child(offer, "connections", JSON_ARRAY));
}

/* The second endpoint and those after it are below the first. */
static void
status_offer(const char *name, const json_t *offer, struct table *t)
{
	const char *app = json_text(offer, "application", "");
	const char *charm = json_text(offer, "charm", ""), *endpoint;
	autofree char *rev = xasprintf("%lld",
	    (long long)json_int(offer, "charm-rev", 0));
	autofree char *connected = xasprintf("%lld/%zu",
	    (long long)offer_active(offer), offer_total(offer));
	bool is_first = true;
	json_t *ep;

	json_object_foreach(json_child(offer, "endpoints", JSON_OBJECT),
	    endpoint, ep) {
		table_row(t, is_first ? name : "", is_first ? app : "",
		    is_first ? charm : "", is_first ? rev : "",
		    is_first ? connected : "", endpoint,
		    json_text(ep, "interface", ""), json_text(ep, "role", ""));
		is_first = false;
	}
}

void
status_offers(const json_t *offers, unsigned flags, struct strbuf *sb)
{
	static const char *const names[] = { "Offer", "Application", "Charm",
		"Rev", "Connected", "Endpoint", "Interface", "Role", NULL };
	autotable t = { 0 };
	const char *name;
	json_t *offer;

	if (json_object_size(offers) == 0)
		return;
	status_header(&t, flags, names);
	json_object_foreach(text_json(offers), name, offer)
		status_offer(name, offer, &t);
	status_section(&t, flags, sb);
}

json_t *
status_offer_document(const json_t *offer)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:O}", "application",
	    json_text(offer, "application", ""), "charm",
	    json_text(offer, "charm", ""), "total-connected-count",
	    (json_int_t)offer_total(offer), "active-connected-count",
	    (json_int_t)offer_active(offer), "endpoints",
	    json_child(offer, "endpoints", JSON_OBJECT));
}
