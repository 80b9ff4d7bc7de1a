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
add_model_gauge(struct strbuf *out, const char *name, const char *model,
    size_t n)
{
	strbuf_addf(out, "%s{", name);
	add_label(out, "model", model);
	strbuf_addf(out, "} %zu\n", n);
}

static size_t
count_units(json_t *status, const char *workload)
{
	const char *name;
	json_t *app, *unit;
	size_t n = 0;

	json_object_foreach(json_object_get(status, "applications"), name,
	    app) {
		json_object_foreach(json_object_get(app, "units"), name, unit) {
			const json_t *state = json_object_get(unit, "workload");

			n += strcmp(json_text(state, "current", "unknown"),
				 workload) == 0;
		}
	}
	return n;
}

static void
add_units(struct strbuf *out, const char *model, json_t *status)
{
	for (size_t i = 0; i < nitems(workload_states); i++) {
		strbuf_adds(out, "tenon_units{");
		add_label(out, "model", model);
		strbuf_addc(out, ',');
		add_label(out, "workload", workload_states[i]);
		strbuf_addf(out, "} %zu\n",
		    count_units(status, workload_states[i]));
	}
}

/* An array of {"name", "status"}, owned; models that cannot be read are not. */
static json_t *
ask_models(struct api_server *s)
{
	struct engine_call ask = { 0 };
	struct error err = { 0 };
	json_t *models = json_array(), *model;
	size_t i;

	/* A tenond without a controller has no models; that is no error here. */
	(void)server_ask(s, "/v1/models", &ask, &err);
	json_array_foreach(json_object_get(ask.reply, "models"), i, model) {
		struct engine_call one = { 0 };

		one.model = json_text(model, "name", "");
		if (server_ask(s, "/v1/models/{model}/status", &one, &err) == 0)
			json_array_append_new(models,
			    json_pack("{s:s, s:O?}", "name", one.model,
				"status", one.reply));
		json_decref(one.reply);
	}
	json_decref(ask.reply);
	return models;
}

static void
add_models(struct strbuf *out, json_t *models)
{
	json_t *model;
	size_t i;

	add_help(out, "tenon_models", "gauge", "Models of the controller.");
	strbuf_addf(out, "tenon_models %zu\n", json_array_size(models));
	add_help(out, "tenon_applications", "gauge", "Applications.");
	json_array_foreach(models, i, model) {
		add_model_gauge(out, "tenon_applications",
		    json_text(model, "name", ""),
		    json_object_size(
			json_object_get(json_object_get(model, "status"),
			    "applications")));
	}
	add_help(out, "tenon_relations", "gauge",
	    "Relations, peer relations included.");
	json_array_foreach(models, i, model) {
		add_model_gauge(out, "tenon_relations",
		    json_text(model, "name", ""),
		    json_array_size(
			json_object_get(json_object_get(model, "status"),
			    "relations")));
	}
	add_help(out, "tenon_units", "gauge", "Units by workload status.");
	json_array_foreach(models, i, model) {
		add_units(out, json_text(model, "name", ""),
		    json_object_get(model, "status"));
	}
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
	json_auto_t *models = ask_models(s);

	add_help(out, "tenon_up", "gauge", "1 while tenond serves.");
	strbuf_adds(out, "tenon_up 1\n");
	add_help(out, "process_start_time_seconds", "gauge",
	    "When tenond started, in seconds since 1970.");
	strbuf_addf(out, "process_start_time_seconds %llu.%03u\n",
	    (unsigned long long)(s->started_ms / 1000),
	    (unsigned)(s->started_ms % 1000));
	add_models(out, models);
	add_requests(out, s);
}
