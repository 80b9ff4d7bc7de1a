/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
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

static json_t *
doc_machine(const json_t *m, unsigned flags)
{
	const char *address = json_text(m, "address", "");
	const char *since = json_text(m, "since", NULL);
	json_t *doc = json_object();

	json_object_set_new(doc, "juju-status",
	    doc_status(json_text(m, "state", ""), "", since, flags));
	doc_put(doc, "hostname", json_text(m, "instance-id", ""));
	doc_put(doc, "dns-name", address);
	if (address[0] != '\0')
		json_object_set_new(doc, "ip-addresses",
		    json_pack("[s]", address));
	doc_put(doc, "instance-id", json_text(m, "instance-id", ""));
	json_object_set_new(doc, "machine-status",
	    doc_status(json_text(m, "status", ""), json_text(m, "message", ""),
		since, flags));
	doc_put(doc, "series", json_text(m, "series", ""));
	return doc;
}

static json_t *
doc_unit(const json_t *unit, unsigned flags)
{
	json_t *doc = json_object();
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
		json_text(is_error ? agent : workload, "since", NULL), flags));
	json_object_set_new(doc, "juju-status",
	    doc_status(status_unit_agent(unit),
		is_error ? "" : json_text(agent, "message", ""),
		json_text(agent, "since", NULL), flags));
	if (json_bool(unit, "leader", false))
		json_object_set_new(doc, "leader", json_true());
	doc_put(doc, "machine", json_text(unit, "machine", ""));
	if (json_array_size(ports) > 0)
		json_object_set_new(doc, "open-ports", json_deep_copy(ports));
	doc_put(doc, "public-address", json_text(unit, "address", ""));
	return doc;
}

static json_t *
doc_units(const json_t *app, unsigned flags)
{
	json_t *doc = json_object(), *unit;
	const char *name;

	json_object_foreach(json_child(app, "units", JSON_OBJECT), name, unit)
		json_object_set_new(doc, name, doc_unit(unit, flags));
	return doc;
}

static json_t *
doc_app(const json_t *app, unsigned flags)
{
	const char *charm = json_text(app, "charm", "");
	const char *origin = json_text(app, "charm-origin", "");
	autofree char *local = xasprintf("local:%s-%lld", charm,
	    (long long)json_int(app, "charm-rev", 0));
	bool is_local = strcmp(origin, "local") == 0;
	const char *life = json_text(app, "life", "alive");
	json_t *doc = json_object();

	json_put_text(doc, "charm", is_local ? local : charm);
	json_put_text(doc, "charm-origin", origin);
	json_put_text(doc, "charm-name", charm);
	json_object_set_new(doc, "charm-rev",
	    json_integer(json_int(app, "charm-rev", 0)));
	if (!is_local)
		doc_put(doc, "charm-channel", json_text(app, "channel", ""));
	json_object_set_new(doc, "exposed",
	    json_boolean(json_bool(app, "exposed", false)));
	if (strcmp(life, "alive") != 0)
		json_put_text(doc, "life", life);
	json_object_set_new(doc, "application-status",
	    doc_status_of(app, "status", flags));
	doc_put_object(doc, "relations",
	    json_deep_copy(json_child(app, "relations", JSON_OBJECT)));
	doc_put_object(doc, "units", doc_units(app, flags));
	doc_put(doc, "version", json_text(app, "version", ""));
	return doc;
}

json_t *
status_document(const json_t *status, unsigned flags)
{
	json_t *machines = json_object(), *apps = json_object(), *member;
	char time[TIMETEXT_SIZE];
	const char *key;

	json_object_foreach(json_child(status, "machines", JSON_OBJECT), key,
	    member)
		json_object_set_new(machines, key, doc_machine(member, flags));
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    key, member)
		json_object_set_new(apps, key, doc_app(member, flags));
	timetext(json_text(status, "timestamp", NULL),
	    (flags & STATUS_UTC) != 0 ? TIMETEXT_CLOCK_UTC : TIMETEXT_CLOCK,
	    time);
	return json_pack("{s:o, s:o, s:o, s:{}, s:{s:s}}", "model",
	    doc_model(json_child(status, "model", JSON_OBJECT), flags),
	    "machines", machines, "applications", apps, "storage", "controller",
	    "timestamp", time);
}
