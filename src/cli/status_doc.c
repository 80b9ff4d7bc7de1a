/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/compat.h"
#include "cli/status.h"
#include "cli/timetext.h"

/* Members that are empty are left out, as Juju's `omitempty` does. */
static void
doc_put(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_put_text(object, key, text);
}

static void
doc_put_object(json_t *object, const char *key, json_t *member)
{
	if (json_object_size(member) > 0)
		json_object_set_new(object, key, member);
	else
		json_decref(member);
}

struct doc {
	unsigned flags;
	const char *version; /* Of the agents. */
	const json_t *related;
};

/* What clients of Juju 2.9 read of a series, and those of 3. */
static void
doc_put_base(json_t *object, const char *series, unsigned flags)
{
	struct compat_base base = compat_base(series);

	if (series[0] == '\0')
		return;
	if ((flags & STATUS_3) == 0)
		json_put_text(object, "series", series);
	if ((flags & STATUS_2) == 0)
		json_object_set_new(object, "base",
		    json_pack("{s:s, s:s}", "name", base.name, "channel",
			base.channel));
}

/* {current, message, since} as of a member of the API's status. */
static json_t *
doc_status(const char *current, const char *message, const char *since,
    unsigned flags)
{
	json_t *status = json_object();
	char time[TIMETEXT_SIZE];

	doc_put(status, "current", current);
	doc_put(status, "message", message);
	doc_put(status, "since",
	    timetext(since,
		(flags & STATUS_UTC) != 0 ? TIMETEXT_SINCE_UTC : TIMETEXT_SINCE,
		time));
	return status;
}

static json_t *
doc_status_of(const json_t *entity, const char *kind, unsigned flags)
{
	const json_t *s = json_child(entity, kind, JSON_OBJECT);

	return doc_status(json_text(s, "current", ""),
	    json_text(s, "message", ""), json_text(s, "since", NULL), flags);
}

static json_t *
doc_model(const json_t *m, unsigned flags)
{
	json_t *doc = json_object();

	json_put_text(doc, "name", json_text(m, "name", ""));
	json_put_text(doc, "type", json_text(m, "type", "iaas"));
	json_put_text(doc, "controller", json_text(m, "controller", ""));
	json_put_text(doc, "cloud", json_text(m, "cloud", ""));
	doc_put(doc, "region", json_text(m, "region", ""));
	json_put_text(doc, "version", json_text(m, "version", ""));
	doc_put_object(doc, "model-status", doc_status_of(m, "status", flags));
	doc_put(doc, "sla", json_text(m, "sla", ""));
	return doc;
}

/* Units have addresses of the loopback interface. */
static json_t *
doc_interfaces(const char *address)
{
	return json_pack("{s:{s:[s], s:s, s:b}}", "lo", "ip-addresses", address,
	    "mac-address", "00:00:00:00:00:00", "is-up", 1);
}

static json_t *
doc_machine(const json_t *m, const struct doc *d)
{
	const char *address = json_text(m, "address", "");
	const char *since = json_text(m, "since", NULL);
	json_t *doc = json_object(), *agent;

	agent = doc_status(json_text(m, "state", ""), "", since, d->flags);
	json_object_set_new(doc, "juju-status", agent);
	doc_put(agent, "version", d->version);
	doc_put(doc, "hostname", json_text(m, "instance-id", ""));
	doc_put(doc, "dns-name", address);
	if (address[0] != '\0')
		json_object_set_new(doc, "ip-addresses",
		    json_pack("[s]", address));
	doc_put(doc, "instance-id", json_text(m, "instance-id", ""));
	json_object_set_new(doc, "machine-status",
	    doc_status(json_text(m, "status", ""), json_text(m, "message", ""),
		since, d->flags));
	doc_put_base(doc, json_text(m, "series", ""), d->flags);
	if (address[0] != '\0')
		json_object_set_new(doc, "network-interfaces",
		    doc_interfaces(address));
	return doc;
}

static json_t *
doc_unit(const json_t *unit, const struct doc *d)
{
	json_t *doc = json_object(), *status;
	const json_t *ports = json_child(unit, "ports", JSON_ARRAY);
	const json_t *workload = json_child(unit, "workload", JSON_OBJECT);
	const json_t *agent = json_child(unit, "agent", JSON_OBJECT);
	autostrbuf message = { 0 };
	bool is_error = strcmp(json_text(agent, "current", ""), "error") == 0;

	if (is_error)
		status_unit_message(unit, &message);
	else
		strbuf_adds(&message, json_text(workload, "message", ""));
	json_object_set_new(doc, "workload-status",
	    doc_status(status_unit_workload(unit), strbuf_cstr(&message),
		json_text(is_error ? agent : workload, "since", NULL),
		d->flags));
	status = doc_status(status_unit_agent(unit),
	    is_error ? "" : json_text(agent, "message", ""),
	    json_text(agent, "since", NULL), d->flags);
	json_object_set_new(doc, "juju-status", status);
	doc_put(status, "version", d->version);
	if (json_bool(unit, "leader", false))
		json_object_set_new(doc, "leader", json_true());
	doc_put(doc, "machine", json_text(unit, "machine", ""));
	if (json_array_size(ports) > 0)
		json_object_set_new(doc, "open-ports", json_deep_copy(ports));
	doc_put(doc, "public-address", json_text(unit, "address", ""));
	return doc;
}

static json_t *
doc_units(const json_t *app, const struct doc *d)
{
	json_t *doc = json_object(), *unit;
	const char *name;

	json_object_foreach(json_child(app, "units", JSON_OBJECT), name, unit)
		json_object_set_new(doc, name, doc_unit(unit, d));
	return doc;
}

/* Names for clients of Juju 2.9, objects for those of 3. */
static json_t *
doc_relations(const char *name, const json_t *app, const struct doc *d)
{
	json_t *names = json_child(app, "relations", JSON_OBJECT), *value;
	const json_t *related = json_child(d->related, name, JSON_OBJECT);
	json_t *relations = json_object();
	const char *endpoint;

	json_object_foreach(names, endpoint, value) {
		json_t *objects = json_object_get(related, endpoint);

		json_object_set(relations, endpoint,
		    (d->flags & STATUS_2) != 0 || objects == NULL ? value :
								    objects);
	}
	return relations;
}

static void
doc_put_charm(json_t *doc, const json_t *app)
{
	const char *charm = json_text(app, "charm", "");
	const char *origin = json_text(app, "charm-origin", "");
	int64_t rev = json_int(app, "charm-rev", 0);
	autofree char *local = xasprintf("local:%s-%lld", charm,
	    (long long)rev);
	bool is_local = strcmp(origin, "local") == 0;

	json_put_text(doc, "charm", is_local ? local : charm);
	json_put_text(doc, "charm-origin", origin);
	json_put_text(doc, "charm-name", charm);
	json_object_set_new(doc, "charm-rev", json_integer(rev));
	if (!is_local)
		doc_put(doc, "charm-channel", json_text(app, "channel", ""));
}

static json_t *
doc_app(const char *name, const json_t *app, const struct doc *d)
{
	const char *life = json_text(app, "life", "alive");
	json_t *doc = json_object();

	doc_put_charm(doc, app);
	doc_put_base(doc, json_text(app, "series", ""), d->flags);
	json_object_set_new(doc, "exposed",
	    json_boolean(json_bool(app, "exposed", false)));
	if (strcmp(life, "alive") != 0)
		json_put_text(doc, "life", life);
	json_object_set_new(doc, "application-status",
	    doc_status_of(app, "status", d->flags));
	doc_put_object(doc, "relations", doc_relations(name, app, d));
	doc_put_object(doc, "units", doc_units(app, d));
	doc_put(doc, "version", json_text(app, "version", ""));
	return doc;
}

static json_t *
doc_controller(const json_t *status, unsigned flags)
{
	char time[TIMETEXT_SIZE];

	return json_pack("{s:s}", "timestamp",
	    timetext(json_text(status, "timestamp", NULL),
		(flags & STATUS_UTC) != 0 ? TIMETEXT_CLOCK_UTC : TIMETEXT_CLOCK,
		time));
}

static struct doc
doc_of(const json_t *status, const json_t *related, unsigned flags)
{
	return (struct doc){ .flags = flags,
		.version = json_text(json_child(status, "model", JSON_OBJECT),
		    "version", ""),
		.related = related };
}

json_t *
status_machine_document(const json_t *status, const json_t *machine,
    unsigned flags)
{
	struct doc d = doc_of(status, NULL, flags);

	return doc_machine(machine, &d);
}

static json_t *
doc_saas(const json_t *status, unsigned flags)
{
	json_t *all = json_object(), *one, *doc;
	const char *alias, *life;

	json_object_foreach(json_child(status, "saas", JSON_OBJECT), alias,
	    one) {
		doc = json_pack("{s:s, s:O, s:o}", "url",
		    json_text(one, "url", ""), "endpoints",
		    json_child(one, "endpoints", JSON_OBJECT),
		    "application-status", doc_status_of(one, "status", flags));
		life = json_text(one, "life", "alive");
		if (strcmp(life, "alive") != 0)
			json_put_text(doc, "life", life);
		doc_put_object(doc, "relations",
		    json_incref(json_child(one, "relations", JSON_OBJECT)));
		json_object_set_new(all, alias, doc);
	}
	return all;
}

static json_t *
doc_offers(const json_t *status)
{
	json_t *all = json_object(), *one;
	const char *name;

	json_object_foreach(json_child(status, "offers", JSON_OBJECT), name,
	    one)
		json_object_set_new(all, name, status_offer_document(one));
	return all;
}

json_t *
status_document(const json_t *status, unsigned flags)
{
	json_t *machines = json_object(), *apps = json_object(), *member, *doc;
	json_auto_t *related = status_related(
	    json_child(status, "relations", JSON_ARRAY));
	struct doc d = doc_of(status, related, flags);
	const char *key;

	json_object_foreach(json_child(status, "machines", JSON_OBJECT), key,
	    member)
		json_object_set_new(machines, key, doc_machine(member, &d));
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    key, member)
		json_object_set_new(apps, key, doc_app(key, member, &d));
	doc = json_pack("{s:o, s:o, s:o, s:{}, s:o}", "model",
	    doc_model(json_child(status, "model", JSON_OBJECT), flags),
	    "machines", machines, "applications", apps, "storage", "controller",
	    doc_controller(status, flags));
	doc_put_object(doc, "application-endpoints", doc_saas(status, flags));
	doc_put_object(doc, "offers", doc_offers(status));
	return doc;
}
