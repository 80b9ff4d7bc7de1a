/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal - what the files of the engine share.
 *
 * One rule keeps the model and the store in step: code that changes the model
 * calls engine_commit() before it returns to the loop, and nobody is told of
 * the change before that has succeeded.
 */

#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include <uv.h>

#include "base/error.h"
#include "engine/engine.h"
#include "machine/logbook.h"
#include "machine/supervisor.h"
#include "model/model.h"
#include "store/store.h"

struct agent;

struct engine_watch {
	TAILQ_ENTRY(engine_watch) entry;
	struct engine *engine; /* Borrowed. */
	engine_watch_fn *fn;
	void *arg;
	bool told; /* Of the change that is being told. */
};

TAILQ_HEAD(agent_queue, agent);
TAILQ_HEAD(watch_list, engine_watch);

/* Its patience; tests have less. */
struct engine_timing {
	uint64_t linger_ms;     /* A resident charm without work stays. */
	uint64_t grace_ms;      /* Then, told to exit, before it is killed. */
	uint64_t hang_ms;       /* A charm at work that says nothing. */
	uint64_t hang_dying_ms; /* The same if its unit is being removed. */
	uint64_t check_ms;      /* A charm that is asked before deploy. */
	uint64_t plan_ms;       /* One that is asked what it would do. */
	uint64_t retry_ms;      /* Between tries to write what is owed. */
};

struct engine {
	uv_loop_t *loop;
	char *home, *charms_dir, *version;
	char *series; /* Of this host, "bookworm": what all machines are. */
	char *tools_dir, *socket; /* For hook tools that are programs. */
	struct store *store;
	struct store_batch *batch; /* Journal lines of the next commit. */
	json_t *told; /* Lines of the journal, for the log; see messages.c. */
	struct logbook_file log_file;
	bool log_failing;
	json_t *owed; /* Rows to be written: key -> text, null to delete. */
	struct error fault; /* Why the store refused; or nothing. */
	uint64_t mended_ms; /* When it last took something again; or 0. */
	struct engine_timing timing;
	struct ctl *ctl;
	struct supervisor *supervisor;
	RB_HEAD(agent_tree, agent)
	agents;                   /* By unit. */
	struct agent_queue ready; /* To be asked for their next step. */
	struct agent_queue
	    ended; /* Their operations' ends are to be written. */
	struct agent_queue restless; /* All whose units may have work. */
	struct agent_queue
	    idle;               /* Processes without work, the longest first; */
	size_t nprocesses;      /* Of charms, idle or not. */
	size_t nidle, idle_max; /* ... how many, and how many may stay. */
	uint64_t looks; /* How often an application has been looked at. */
	struct watch_list watches;
	uv_idle_t wake;   /* Runs while there is somebody to wake. */
	uv_timer_t retry; /* Runs while the store refuses. */
	int handles;      /* Of these two, how many are not closed. */
	bool changed;     /* The watches have to be told. */
	bool stopping;    /* Nothing new is started. */
	bool rehearsing;  /* A verb is run dry: what it commits is not. */
	bool over;        /* The controller has been destroyed. */
	TAILQ_HEAD(check_list, check)
	checks;             /* See check.h. */
	int64_t next_check; /* Its number. */
	TAILQ_HEAD(plan_list, plan)
	plans;             /* See plan.h. */
	int64_t next_plan; /* Its number. */
	TAILQ_HEAD(takeout_list, takeout)
	takeouts; /* See takeout.c. */
	TAILQ_HEAD(stop_list, stop)
	stops;                /* Charms that wait for one; see services.c. */
	int64_t next_context; /* Its number. */
	TAILQ_HEAD(charm_shelf, shelved)
	shelf; /* Of charms; see charms.c. */
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* ---- commit.c ---- */

/*
 * Write what was touched, in one transaction; then wake the units it concerns.
 * On -1 the model is as it was before.
 */
int engine_commit(struct engine *, struct error *);

/*
 * The same where there is nobody to answer to: if the store refuses, the change
 * stays in the model and is owed to the store, which is tried again.
 */
void engine_commit_late(struct engine *);

/* Is there anything in the model that a crash would undo? */
bool engine_owes(const struct engine *);
/* Try to write what is owed. */
void engine_pay(struct engine *);

/* Is it the store that a hook has failed because of? */
bool failure_is_of_store(const char *why);

/* Take back what was touched since the last commit. */
void engine_rollback(struct engine *);

/* Add a line to the journal with the next commit. `stolen` gets no secrets. */
void engine_journal(struct engine *, const struct model *, const char *subject,
    json_t *stolen);

/* What goes with the next commit, besides the rows. */
struct store_batch *commit_batch(struct engine *);

/* ---- history.c: what statuses were, for verb_status_log ---- */

/* Write down what is new in the status of an entity that was touched. */
void history_note(struct entity *, struct store_batch *);
/* A model is there, or is to go. */
void history_model(const struct model *, struct store_batch *);
/* The agent's hook has ended: what its beginning said of the unit. */
void history_announcement(struct agent *, const struct unit *);

/* ---- engine.c ---- */

/* End the stop that is in progress when nothing is left to wait for. */
void engine_check_stopped(struct engine *);

/* ---- agent_end.c ---- */

/*
 * Write the ends of all operations that have ended, in one transaction; then
 * go on with their units.
 */
void agents_end(struct engine *);

/* ---- tasks.c ---- */

/* A command is run as an action of this name. */
#define EXEC_ACTION "juju-exec"

/* The oldest task that waits for the unit, or NULL. */
struct task *unit_next_task(struct unit *);
/* Tasks that were cut off by a restart have failed. */
void tasks_forget_running(struct engine *);
/* Drop the oldest ended tasks beyond LIMIT_TASKS. */
void tasks_prune(struct model *);
void task_end(struct task *, enum task_state, const char *message,
    uint64_t now_ms);

/* Tell the watches, soon. */
void engine_changed(struct engine *);

/* Start the idle handle that steps agents and tells watches. */
void engine_wake(struct engine *);

/* ---- services.c ---- */

extern const struct supervisor_calls engine_supervisor_calls;
struct model *engine_find_model(struct engine *, const char *uuid, size_t len);
/* "<model uuid>/<unit>/<service>", owned by the caller. */
char *service_key(const struct service *);
struct service *engine_find_service(struct engine *, const char *key);
/* Take back, or start again, everything that should run. */
void engine_adopt_services(struct engine *);
/* Nobody waits for services any more; the supervisor is gone. */
void stops_free(struct engine *);

/* ---- places.c: where things are on disk; all owned by the caller ---- */

char *unit_dir(const struct engine *, const struct unit *);
char *unit_storage_dir(const struct engine *, const struct unit *);
/* Where the storage of a unit that is gone is kept. */
char *unit_detached_dir(const struct engine *, const struct unit *);
/* How the names of such directories begin. */
char *model_detached_prefix(const struct model *);
int unit_make_dirs(const struct engine *, const struct unit *, struct error *);

/* ---- takeout.c ---- */

/* The last hook of the unit has run: stop its services, take it out. */
void unit_take_out(struct engine *, struct unit *);
/* Its last unit has gone: destroy the storage that was kept, delete it. */
void model_take_out(struct engine *, struct model *);
/* Begin with models; what was decided has been committed by now. */
void takeouts_begin(struct engine *);
/* Is a thread working for one? */
bool takeouts_are_at_work(const struct engine *);
/* Forget those that wait for services; the supervisor is gone. */
void takeouts_free(struct engine *);

/* ---- removal.c ---- */

/* Mark as dying, with all that goes along. The caller commits. */
void unit_condemn(struct unit *);
void application_condemn(struct application *);
void relation_condemn(struct relation *);
/*
 * Delete dying parents that have lost their last child: among what was touched
 * since the last commit; or because a unit of the application was freed; or
 * wherever they are.
 */
void engine_reap(struct engine *);
void engine_reap_application(struct engine *, struct application *);
void engine_reap_all(struct engine *);
void model_delete(struct engine *, struct model *);

/* ---- force.c ---- */

/*
 * Leave out the hooks that the unit, which is dying, still has; or those that
 * units have because of the relation, which is. The caller commits, and then
 * ends what runs of them.
 */
void unit_force(struct engine *, struct unit *);
void relation_force(struct engine *, struct relation *);
/* Say in the journal and the log which hooks of the unit were left out. */
void engine_journal_forced(struct engine *, const struct unit *,
    const char *skipped);
/* Kill the charms whose operation is not wanted any more. */
void engine_drop_forced(struct engine *);
/* The commit has failed: they go on. */
void engine_spare_forced(struct engine *);

/* ---- settle.c ---- */

/* 1: nothing to do; 0: something; -1: a unit is in error. */
int model_settled(struct engine *, struct model *, struct application *,
    struct error *);
/* May the unit's action start, as far as its relations are concerned? */
bool unit_relations_settled(struct engine *, struct unit *);

/* ---- charms.c ---- */

/*
 * The charm of a directory, or NULL. Held by the caller too: applications of
 * one directory share it as long as its files say the same.
 */
struct charm *charm_load(struct engine *, const char *dir, struct error *);
/*
 * A row_charm_fn, `arg` is the engine: the charm of a source. Rows are read at
 * one moment, so what one of them has read is not looked at again. One that is
 * gone is as if it had nothing in it, so that only its own units are in error.
 */
struct charm *charm_load_source(void *arg, const char *source, struct error *);
/* Where the application's charm is now; owned by the caller. */
char *application_charm_dir(const struct engine *, const struct application *);
void shelf_free(struct engine *);
/*
 * Where a charm comes from there is one revision of it only: is it the one that
 * is wanted? -1 is any.
 */
int charm_check_revision(const char *charm, int there, int64_t wanted,
    struct error *);
/* Those that are built in, in order; others may be beside them. */
#define CHARMS_BUILT_IN 2
extern const char *const charms_built_in[CHARMS_BUILT_IN];
/* A built-in's name or a directory: its directory, owned, or NULL. */
char *charm_find_dir(const struct engine *, const char *charm, struct error *);

/* ---- verbs_charm.c: what a charm says of itself; new references ---- */

json_t *charm_endpoints_json(const struct charm *);
json_t *charm_actions_json(const struct charm *);
json_t *charm_option_json(const struct charm_option *);

/* ---- names.c ---- */

int application_name_check(const char *, struct error *);
int model_name_check(const char *, struct error *);
/* "", "edge", "15", "15/stable" or "15/stable/fix": a track is any word. */
int channel_check(const char *, struct error *);
/* Is the word, of that length, a risk, as edge? */
bool channel_is_risk(const char *word, size_t len);

/* ---- infer.c ---- */

/*
 * The two endpoints that "app[:endpoint]" and "app[:endpoint]" mean; the
 * requirer first. All is borrowed. A name may also be the alias of what the
 * model has consumed, or an offer's URL, which consumes it.
 */
struct inferred {
	struct application *app[2];
	const char *name[2]; /* What the model calls it. */
	const struct charm_endpoint *endpoint[2];
	const char *offer; /* NULL if both are of the model. */
};
int endpoints_infer(struct model *, const char *const names[2],
    struct inferred *, struct error *);
/* The relation between two such names that exists, or NULL. */
struct relation *endpoints_find_relation(struct model *,
    const char *const names[2], struct error *);

/* ---- verbs ---- */

/* The call's model; "-" and NULL are the current one. */
struct model *call_model(const struct engine_call *, struct error *);
/* -1 with the error for a state directory without one. */
int call_no_controller(struct error *);
/* "localhost" or "localhost/localhost": there is no other cloud or region. */
int cloud_check(const char *place, struct error *);
struct application *call_application(const struct engine_call *, struct model *,
    struct error *);
/*
 * The answer has to wait until `until` is content with the model: the same one,
 * whichever is current by then, or has its name. NULL when it is gone.
 */
void call_wait(struct engine_call *, const struct model *,
    int (*until)(struct engine_call *, struct error *));
struct model *call_waiting_model(const struct engine_call *);
/*
 * The same for a removal. Who ends it then adds to the messages of the reply
 * which hooks have been left out since.
 */
void call_wait_removal(struct engine_call *, const struct model *,
    int (*until)(struct engine_call *, struct error *));
int call_report_removal(struct engine_call *, struct error *);
/* Will what the call has brought about stay, whatever happens? */
bool call_is_durable(const struct engine_call *);
/* A required text argument; NULL with `field "name" is missing`. */
const char *call_text(const struct engine_call *, const char *name,
    struct error *);
/* RFC 3339, as a new JSON string. */
json_t *time_text(uint64_t wall_ms);

/* ---- rehearse.c ---- */

/* Is it only asked what the change would lead to? */
bool call_is_dry(const struct engine_call *);
/*
 * Write what the call has changed in the model, and add the generation to the
 * reply. One that is dry gets the plan instead, and all is taken back: pointers
 * to what is new are gone then.
 */
int call_commit(struct engine_call *, struct model *, struct error *);
/*
 * The latter; the reply is there. The call may have to wait for the plan. After
 * a step of several it is left to who runs them, and nothing is taken back.
 */
int call_plan(struct engine_call *, struct model *, struct error *);
/* What differs from what is written, a text each; a new reference. */
json_t *engine_differences(struct engine *);

/* ---- asked.c ---- */

/*
 * Note in the journal what was asked for, and by whom; and with the application,
 * the unit or the relation of that name, for the hooks that it will lead to.
 */
void call_journal(const struct engine_call *, struct model *,
    const char *subject, const char *verb);
/* The same of an action: its unit is not changed by it. */
void call_journal_task(const struct engine_call *, struct task *);

/* The same as a member, unless it has not come yet (0). */
void call_put_time(json_t *object, const char *key, uint64_t wall_ms);

/* ---- verbs_action.c ---- */

/* {operation, tasks: [{id, unit, machine?}]}; a new reference. */
json_t *operation_reply(struct model *, int64_t operation);

/* ---- verbs_task.c ---- */

/* Which machine was asked for, if one was. */
void task_put_machine(json_t *, const struct task *);
/* All that there is to say of it; a new reference. */
json_t *task_json(const struct task *);

/* Make it the current model; the one before is remembered. */
void ctl_focus(struct ctl *, const char *model);

/* ---- verbs_cloud.c ---- */

/* The one that needs nothing: every model has it unless told otherwise. */
#define CREDENTIAL_HERE "localhost"

/* Is there a credential of that name for this host? */
int credential_check(const struct ctl *, const char *name, struct error *);

/* ---- verbs_deploy.c ---- */

/* Options by name, as texts; all of them are checked. Touches nothing. */
int application_set_options(struct application *, json_t *config,
    struct error *);
/* The peer relations that it has not yet, in the order of the metadata. */
void application_add_peers(struct application *);

/* ---- verbs_relation.c ---- */

/* -1 if a unit in error keeps the relation: else one would wait for ever. */
int relation_check_blockers(struct relation *, struct error *);

/* ---- verbs_offer.c ---- */

/* Remove what was consumed, which is there, and its relations. */
int saas_remove(struct engine_call *, struct model *, const char *alias,
    struct error *);

/* ---- verbs_model.c ---- */

/* As the arguments "destroy-storage" and "force" say. */
void call_destroy_model(const struct engine_call *, struct model *,
    json_t *messages);

/* ---- verbs_action.c ---- */

/* "x/0", or "x/leader" for the unit that leads; or NULL. */
struct unit *model_find_target(struct model *, const char *name,
    struct error *);

/* ---- status.c ---- */

enum status_scope {
	STATUS_ALL,
	STATUS_WITHOUT_RELATIONS
};

/* {current, message, since}; new references. */
json_t *status_json(const char *word, const char *message, uint64_t since_ms);
json_t *application_status(struct application *);
/* "joining", "joined" or "broken". */
const char *relation_word(const struct relation *);
/* One entity of it; new references. */
json_t *unit_json(const struct unit *);
json_t *application_json(const struct engine *, struct application *,
    enum status_scope);
/* The text of an object, owned by the caller. */
char *model_status(struct engine *, struct model *, enum status_scope);
/* What it says of its workload, or that it is in error. */
enum workload unit_workload(const struct unit *);
/* Why the unit is in error: which hook, and what the charm said. */
char *unit_failure(const struct unit *);

#endif /* ENGINE_INTERNAL_H */
