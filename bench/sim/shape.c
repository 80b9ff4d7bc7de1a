/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape - what is built, by the verbs that the API calls.
 *
 * Half of the applications are clients, which have few units; the others are
 * clusters and share the rest. A client has 20 endpoints, and relates each of
 * them to the next cluster, then to the one after that, and so on: what one
 * unit sees is the same at every size.
 */

#include <stdio.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "bench/sim/sim.h"
#include "engine/internal.h"

#define ENDPOINTS 20

static void
write_file(const char *dir, const char *name, const char *text)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	struct error err;

	if (dir_make(dir, 0755, &err) == -1 ||
	    file_write(path, 0644, text, &err) == -1)
		sim_fail("%s", err.msg);
}

static void
make_charm(const struct sim *sim, const char *name, const char *metadata)
{
	autofree char *dir = xasprintf("%s/%s", sim->charms, name);

	write_file(dir, "metadata.yaml", metadata);
	write_file(dir, "config.yaml",
	    "options: {size: {type: int, default: 3}}\n");
}

void
shape_make_charms(struct sim *sim)
{
	autostrbuf client = { 0 };

	strbuf_adds(&client,
	    "name: client\n"
	    "tenon: {resident: true}\n"
	    "requires:\n");
	for (int i = 0; i < ENDPOINTS; i++)
		strbuf_addf(&client, "  db%02d: {interface: sql}\n", i);
	make_charm(sim, "client", strbuf_cstr(&client));
	make_charm(sim, "cluster",
	    "name: cluster\n"
	    "tenon: {resident: true}\n"
	    "peers: {members: {interface: members}}\n"
	    "provides: {database: {interface: sql}}\n"
	    "storage: {data: {type: filesystem}}\n");
}

static int64_t
count_clients(const struct sim *sim)
{
	return sim->options.applications / 2;
}

static int64_t
count_clusters(const struct sim *sim)
{
	return sim->options.applications - count_clients(sim);
}

/* By its directory, so that any tenond can take the store over. */
static void
deploy(struct sim *sim, const char *charm, int64_t n, int64_t units)
{
	autofree char *dir = xasprintf("%s/%s", sim->charms, charm);
	char name[64];

	(void)snprintf(name, sizeof name, "%s%lld", charm, (long long)n);
	json_decref(sim_call(sim, verb_deploy, NULL,
	    json_pack("{s:s, s:s, s:I}", "charm", dir, "name", name, "units",
		(json_int_t)units)));
}

void
shape_deploy(struct sim *sim)
{
	int64_t clients = count_clients(sim), clusters = count_clusters(sim);
	int64_t rest = sim->options.units - clients * sim->options.client_units;

	if (rest < clusters)
		sim_fail("%lld units are too few",
		    (long long)sim->options.units);
	for (int64_t i = 0; i < clusters; i++)
		deploy(sim, "cluster", i,
		    rest / clusters + (i < rest % clusters));
	for (int64_t i = 0; i < clients; i++)
		deploy(sim, "client", i, sim->options.client_units);
}

void
shape_relate(struct sim *sim)
{
	int64_t clients = count_clients(sim), clusters = count_clusters(sim);
	int64_t client, nth;
	char names[2][64];

	if (sim->options.relations > clients * clusters * ENDPOINTS)
		sim_fail("%lld relations are too many",
		    (long long)sim->options.relations);
	for (int64_t i = 0; i < sim->options.relations; i++) {
		client = i % clients;
		nth = i / clients;
		(void)snprintf(names[0], sizeof names[0], "client%lld:db%02d",
		    (long long)client, (int)(nth % ENDPOINTS));
		(void)snprintf(names[1], sizeof names[1],
		    "cluster%lld:database",
		    (long long)((client + nth / ENDPOINTS) % clusters));
		json_decref(sim_call(sim, verb_relate, NULL,
		    json_pack("{s:[s, s]}", "endpoints", names[0], names[1])));
	}
}

void
shape_configure(struct sim *sim)
{
	char name[64];

	for (int64_t i = 0; i < count_clusters(sim); i += 5) {
		(void)snprintf(name, sizeof name, "cluster%lld", (long long)i);
		json_decref(sim_call(sim, verb_set_config, name,
		    json_pack("{s:{s:i}}", "set", "size", 7)));
	}
}

static void
remove_relations(struct sim *sim)
{
	struct model *m = sim_model(sim);
	struct relation *rel;
	json_auto_t *ids = json_array();
	json_t *id;
	size_t i;

	RB_FOREACH(rel, relation_tree, &m->relations) {
		if (rel->nends == 2 && outside_choose(20) == 0)
			json_array_append_new(ids, json_integer(rel->id));
	}
	json_array_foreach(ids, i, id)
		json_decref(sim_call(sim, verb_remove_relation, NULL,
		    json_pack("{s:O}", "id", id)));
}

/* Leaders too; never the last one of a cluster. */
static void
remove_units(struct sim *sim)
{
	struct model *m = sim_model(sim);
	struct application *app;
	struct unit *u;
	json_auto_t *names = json_array();
	json_t *name;
	size_t i;

	RB_FOREACH(app, application_tree, &m->applications) {
		if (strcmp(app->charm_name, "cluster") != 0 ||
		    RB_MIN(unit_tree, &app->units) ==
			RB_MAX(unit_tree, &app->units))
			continue;
		u = RB_MIN(unit_tree, &app->units);
		if (outside_choose(2) == 0)
			u = RB_MAX(unit_tree, &app->units);
		if (outside_choose(3) == 0)
			json_array_append_new(names, json_string(u->name));
	}
	json_array_foreach(names, i, name)
		json_decref(sim_call(sim, verb_remove_units, NULL,
		    json_pack("{s:[O]}", "units", name)));
}

void
shape_remove(struct sim *sim)
{
	remove_relations(sim);
	remove_units(sim);
}
