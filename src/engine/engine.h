/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine - makes the model come true: commits changes, asks the resolver what
 * each unit does next, runs it in the unit's charm, and runs its services.
 *
 *	engine_new -> engine_start -> ... -> engine_stop -> engine_free
 */

#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

struct charm;
struct error;
struct engine;

struct engine_spec {
	uv_loop_t *loop;
	const char *home;       /* State: tenon.db, machines/, storage/. */
	const char *charms_dir; /* Of the built-in charms. */
	const char *tools_dir;  /* Of the hook tools; or NULL. */
	const char *socket;     /* Where they reach us; or NULL. */
	const char *version;    /* Ours, e.g. "2.9.42". */
};

/* Opens the store and reads the model back; starts nothing. */
struct engine *engine_new(const struct engine_spec *, struct error *);

/* Re-adopt services, and go on where the units were. */
void engine_start(struct engine *);

/*
 * Let charm processes end (kill them), leave services running. Calls `done`
 * once, later, when no charm process is left.
 */
void engine_stop(struct engine *, void (*done)(void *arg), void *arg);
/* If the controller has been destroyed, its state on disk goes too. */
void engine_free(struct engine *);

struct engine_call;
struct model;
typedef int engine_then(struct engine_call *, struct model *, struct error *);

struct engine_step;

/* One request of a client: what the routes of the API call. */
struct engine_call {
	struct engine *engine; /* Set by the caller. */
	const char *model;     /* From the path, or NULL. Borrowed. */
	const char *subject;   /* From the path: "postgresql", "20"; or NULL. */
	json_t *args;          /* Borrowed object: body and query together. */
	uid_t uid;             /* Who asks. */
	const char *user;      /* His name, or NULL. Borrowed. */
	struct engine_step *steps; /* Of verb_rehearse. Borrowed. */
	size_t nsteps;

	/* Out, owned by the caller: the answer, or NULL for an empty object. */
	json_t *reply;
	char *text; /* Or the text of one that is large. */

	/*
	 * Out: if not NULL, the answer has to wait. The caller calls it again
	 * after each change until it returns 1 (the reply is complete) or -1
	 * (an error), or until timeout_ms (0: none) have passed; then the reply
	 * is ERROR_TIMEOUT. The arguments live as long.
	 */
	int (*until)(struct engine_call *, struct error *);
	uint64_t timeout_ms;

	/* Private to the verb: what it waits for, and the model's uuid. */
	int64_t waits_for;
	char waits_in[40];
	int64_t journal_from; /* What it reports was journaled later. */
	engine_then *then;    /* What is done when a charm agrees: check.h. */
	bool is_step;         /* Others follow it, and all are planned. */
	bool is_agreed;       /* The charm has been asked already. */
	struct charm *before; /* Out, of a step: what a refresh replaced. */
};

typedef int engine_verb(struct engine_call *, struct error *);

/* One of several changes that are tried one after the other. All borrowed. */
struct engine_step {
	engine_verb *verb;
	const char *subject;
	json_t *args;
	const char *what; /* "cannot <what>: ..." says why it is refused. */

	/* Private to verb_rehearse: its charm is asked, and has agreed. */
	bool is_asked, is_agreed;
	struct charm *before; /* Held: to be given back. */
};

/*
 * Run a verb for whoever has asked. With the argument `dry-run`, which each verb
 * understands by that, it changes nothing, and the reply is what would happen.
 */
int engine_run(engine_verb *, struct engine_call *, struct error *);

/* The verbs: docs/api.md describes each beside its route. */
engine_verb verb_show_controller, verb_bootstrap, verb_destroy_controller;
engine_verb verb_list_models, verb_add_model, verb_show_model,
    verb_destroy_model, verb_switch, verb_get_model_config,
    verb_set_model_config;
engine_verb verb_ssh_keys, verb_add_ssh_keys, verb_remove_ssh_keys;
engine_verb verb_clouds, verb_set_cloud, verb_remove_cloud;
engine_verb verb_credentials, verb_set_credential, verb_remove_credential;
engine_verb verb_get_model_defaults, verb_set_model_defaults;
engine_verb verb_get_model_constraints, verb_set_model_constraints,
    verb_get_constraints, verb_set_constraints;
engine_verb verb_status, verb_settled, verb_journal, verb_controller_journal;
engine_verb verb_doctor, verb_status_log, verb_log;
engine_verb verb_charms, verb_show_charm;
engine_verb verb_show_application, verb_show_unit, verb_why;
engine_verb verb_deploy, verb_add_unit, verb_remove_units,
    verb_remove_application, verb_get_config, verb_set_config, verb_actions,
    verb_expose, verb_trust, verb_refresh, verb_add_machines,
    verb_remove_machines;
engine_verb verb_relate, verb_remove_relation;
engine_verb verb_offer, verb_list_offers, verb_find_offers, verb_remove_offer,
    verb_consume, verb_remove_saas;
engine_verb verb_run_action, verb_show_task, verb_cancel_task, verb_resolved;
engine_verb verb_operations, verb_show_operation;
engine_verb verb_secrets, verb_show_secret, verb_add_secret, verb_update_secret,
    verb_remove_secret, verb_grant_secret, verb_revoke_secret;
engine_verb verb_hook_tool, verb_exec;
/* The steps of the call, as with `dry-run`, in a model that has those before. */
engine_verb verb_rehearse;

/*
 * Watch for changes: `fn` is called, never from within a verb, after each
 * commit and each change of what a unit is doing. Several changes may share one
 * call. Returns a handle for engine_unwatch().
 */
typedef void engine_watch_fn(void *arg);
struct engine_watch *engine_watch(struct engine *, engine_watch_fn *,
    void *arg);
void engine_unwatch(struct engine_watch *);

/* Has the controller been destroyed, so that tenond should end? */
bool engine_is_over(const struct engine *);

#endif /* ENGINE_ENGINE_H */
