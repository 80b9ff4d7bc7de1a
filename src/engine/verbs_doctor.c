/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the host has what the engine and its charms need. */

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/proc.h"
#include "engine/check.h"
#include "engine/internal.h"
#include "machine/host.h"

/* Nobody is given that one. */
#define DOCTOR_ADDRESS "127.255.255.253"
#define DOCTOR_PORT    49151

struct doctor {
	struct engine *engine;
	json_t *findings; /* Borrowed. */
};

static void
doctor_on_finding(void *arg, const struct finding *f)
{
	const struct doctor *d = arg;
	json_t *entry = json_object();

	json_put_text(entry, "check", f->check);
	json_put_text(entry, "level", finding_level_name(f->level));
	json_put_text(entry, "message", f->text);
	json_put_text(entry, "hint", f->hint);
	json_array_append_new(d->findings, entry);
}

typedef void unit_fn(void *arg, struct unit *);

static void
each_unit(struct engine *e, unit_fn *fn, void *arg)
{
	struct application *app;
	struct model *m;
	struct unit *u;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(app, application_tree, &m->applications) {
			RB_FOREACH(u, unit_tree, &app->units)
				fn(arg, u);
		}
	}
}

/* ---- addresses ---- */

static bool
unit_has_process(struct unit *u)
{
	struct service *s;

	RB_FOREACH(s, service_tree, &u->services) {
		if (s->pid != 0)
			return true;
	}
	return false;
}

/* A server that does not run needs its ports; one that does has them. */
static void
doctor_ports(void *arg, struct unit *u)
{
	struct doctor *d = arg;
	const int *port = u->app->charm->listen;
	struct error err = { 0 };
	autofree char *text = NULL;

	if (port == NULL || u->machine == NULL || unit_has_process(u))
		return;
	for (; *port != 0; port++) {
		if (proc_port_free(u->machine->address, *port, &err) == 0)
			continue;
		text = xasprintf("%s cannot start: %s", u->name, err.msg);
		doctor_on_finding(d,
		    &(struct finding){
			.check = "addresses",
			.level = FINDING_ERROR,
			.text = text,
			.hint = "end the process that has the port",
		    });
		return;
	}
}

/* Any address of 127.0.0.0/8 has to be ours to take. */
static void
doctor_addresses(struct doctor *d)
{
	struct error err = { 0 };
	bool taken = proc_port_free(DOCTOR_ADDRESS, DOCTOR_PORT, &err) == -1;
	autofree char *text = xasprintf(taken ?
		"addresses of 127.0.0.0/8 cannot be used: %s" :
		"addresses of 127.0.0.0/8 can be used%s",
	    taken ? err.msg : "");

	doctor_on_finding(d,
	    &(struct finding){
		.check = "addresses",
		.level = taken ? FINDING_ERROR : FINDING_OK,
		.text = text,
		.hint = taken ? "\"ip address show lo\" has to name "
				"127.0.0.1/8" :
				NULL,
	    });
	each_unit(d->engine, doctor_ports, d);
}

/* ---- the host ---- */

struct pids {
	pid_t *pids; /* Owned. */
	size_t n;
};

static void
collect_pids(void *arg, struct unit *u)
{
	struct pids *all = arg;
	struct service *s;

	RB_FOREACH(s, service_tree, &u->services) {
		if (s->pid == 0)
			continue;
		all->pids = xrealloc(all->pids, (all->n + 1) * sizeof(pid_t));
		all->pids[all->n++] = s->pid;
	}
}

static int
newest_on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	uint64_t *newest = arg;

	(void)id;
	(void)subject;
	(void)line;
	*newest = wall_ms;
	return 0;
}

static uint64_t
newest_ms(struct engine *e)
{
	struct error ignored = { 0 };
	uint64_t newest = 0, one;
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		one = 0;
		(void)store_journal(e->store, m->uuid, NULL, 1, newest_on_line,
		    &one, &ignored);
		if (one > newest)
			newest = one;
	}
	return newest;
}

static void
doctor_host(struct doctor *d)
{
	struct pids services = { 0 };
	struct host_spec spec = {
		.home = d->engine->home,
		.newest_ms = newest_ms(d->engine),
		.fn = doctor_on_finding,
		.arg = d,
	};

	each_unit(d->engine, collect_pids, &services);
	spec.services = services.pids;
	spec.nservices = services.n;
	host_check(&spec);
	free(services.pids);
}

static void
doctor_store(struct doctor *d)
{
	const struct error *fault = &d->engine->fault;
	bool refuses = fault->code != ERROR_NONE;

	doctor_on_finding(d,
	    &(struct finding){
		.check = "store",
		.level = refuses ? FINDING_ERROR : FINDING_OK,
		.text = refuses ? fault->msg : "the store can be written",
		.hint = refuses ? "it is tried every two seconds" : NULL,
	    });
}

/* ---- the workload, of which its charm knows ---- */

/* The charm's own check of what is installed here. */
static int
doctor_until_checked(struct engine_call *call, struct error *err)
{
	struct doctor d = { call->engine,
		json_object_get(call->reply, "findings") };
	struct error why = { 0 };
	autofree char *found = NULL;
	int result = check_result(call->engine, call->waits_for, &found, &why);

	(void)err;
	if (result == 0)
		return 0;
	doctor_on_finding(&d,
	    &(struct finding){
		.check = "postgresql",
		.level = result == 1 ? FINDING_OK : FINDING_ERROR,
		.text = result == 1 ? found : why.msg,
		.hint = why.hint[0] != '\0' ? why.hint : NULL,
	    });
	return 1;
}

int
verb_doctor(struct engine_call *call, struct error *err)
{
	json_t *findings = json_array();
	struct doctor d = { call->engine, findings };
	autofree char *dir = charm_find_dir(call->engine, "postgresql", err);

	call->reply = json_pack("{s:o}", "findings", findings);
	if (dir == NULL)
		return -1;
	doctor_host(&d);
	doctor_addresses(&d);
	doctor_store(&d);
	call->waits_for = check_start(call->engine, dir, "", err);
	if (call->waits_for == -1)
		return -1;
	call->until = doctor_until_checked;
	return 0;
}
