/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "api/internal.h"
#include "base/json.h"
#include "base/mem.h"

static const char *const workload_states[] = { "active", "blocked", "error",
	"maintenance", "terminated", "unknown", "waiting" };

/* A label's value, as the format wants it. */
static void
add_label(struct strbuf *out, const char *name, const char *value)
{
	strbuf_addf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			strbuf_adds(out, "\\n");
		else if (*value == '"' || *value == '\\')
			strbuf_addf(out, "\\%c", *value);
		else
			strbuf_addc(out, *value);
	}
	strbuf_addc(out, '"');
}

static void
add_help(struct strbuf *out, const char *name, const char *type,
    const char *help)
{
	strbuf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	    type);
}

static void
add_counts(struct strbuf *out, const char *name, const char *member,
    const json_t *models)
{
	json_t *model;
	size_t i;

	json_array_foreach(models, i, model) {
		strbuf_addf(out, "%s{", name);
		add_label(out, "model", json_text(model, "name", ""));
		strbuf_addf(out, "} %lld\n",
		    (long long)json_int(model, member, 0));
	}
}

static void
add_units(struct strbuf *out, const json_t *model)
{
	const json_t *counts = json_object_get(model, "workloads");

	for (size_t i = 0; i < nitems(workload_states); i++) {
		strbuf_adds(out, "tenon_units{");
		add_label(out, "model", json_text(model, "name", ""));
		strbuf_addc(out, ',');
		add_label(out, "workload", workload_states[i]);
		strbuf_addf(out, "} %lld\n",
		    (long long)json_int(counts, workload_states[i], 0));
	}
}

static void
add_models(struct strbuf *out, const json_t *models)
{
	json_t *model;
	size_t i;

	add_help(out, "tenon_models", "gauge", "Models of the controller.");
	strbuf_addf(out, "tenon_models %zu\n", json_array_size(models));
	add_help(out, "tenon_applications", "gauge", "Applications.");
	add_counts(out, "tenon_applications", "applications", models);
	add_help(out, "tenon_relations", "gauge",
	    "Relations, peer relations included.");
	add_counts(out, "tenon_relations", "relations", models);
	add_help(out, "tenon_units", "gauge", "Units by workload status.");
	json_array_foreach(models, i, model)
		add_units(out, model);
}

static void
add_requests(struct strbuf *out, const struct api_server *s)
{
	add_help(out, "tenon_http_requests_total", "counter",
	    "Requests answered, by route and status.");
	for (size_t i = 0; i < s->ncounts; i++) {
		const struct api_count *count = &s->counts[i];
		const struct api_route *route = count->route;

		strbuf_adds(out, "tenon_http_requests_total{");
		add_label(out, "method", route != NULL ? route->method : "");
		strbuf_addc(out, ',');
		add_label(out, "route", route != NULL ? route->path : "");
		strbuf_addf(out, ",code=\"%d\"} %llu\n", count->status,
		    (unsigned long long)count->n);
	}
}

void
metrics_render(struct api_server *s, struct strbuf *out)
{
	struct engine_call ask = { 0 };
	struct error err = { 0 };

	/* A tenond without a controller has no models; that is no error here. */
	(void)server_ask(s, "/v1/models", &ask, &err);
	add_help(out, "tenon_up", "gauge", "1 while tenond serves.");
	strbuf_adds(out, "tenon_up 1\n");
	add_help(out, "process_start_time_seconds", "gauge",
	    "When tenond started, in seconds since 1970.");
	strbuf_addf(out, "process_start_time_seconds %llu.%03u\n",
	    (unsigned long long)(s->started_ms / 1000),
	    (unsigned)(s->started_ms % 1000));
	add_models(out, json_object_get(ask.reply, "models"));
	json_decref(ask.reply);
	add_requests(out, s);
}
