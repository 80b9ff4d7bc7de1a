/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - what there is: models, applications, units, machines, relations,
 * services and tasks, as plain structs in one tree.
 *
 *	ctl -> model -> application -> unit -> service
 *	            \-> machine
 *	            \-> relation -> member (a unit within the relation's scope)
 *	            \-> secret
 *	            \-> task
 *
 * It is pure: no I/O, no event loop; time is a parameter. The tree owns its
 * entities and frees them top-down; pointers between branches are borrowed.
 *
 * Every entity begins with a struct entity. Whoever changes a field calls
 * entity_touch(); the engine's commit writes what was touched in one
 * transaction and then forgets the marks. Entities that leave go through
 * entity_delete(); they stay in place, marked, until the commit has succeeded.
 */

#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include "model/charm.h"

enum life {
	LIFE_ALIVE,
	LIFE_DYING /* Being removed; there is no way back. */
};

enum entity_kind {
	ENTITY_CTL,
	ENTITY_MODEL,
	ENTITY_APPLICATION,
	ENTITY_UNIT,
	ENTITY_MACHINE,
	ENTITY_RELATION,
	ENTITY_SERVICE,
	ENTITY_SEEN,
	ENTITY_TASK,
	ENTITY_SECRET
};

struct entity {
	enum entity_kind kind;
	bool touched; /* On ctl.touched, to be written by the next commit. */
	bool fresh;   /* Not in the store yet. */
	bool deleted; /* Gone as soon as the commit has succeeded. */
	struct ctl *ctl;
	TAILQ_ENTRY(entity) touched_entry;
};

TAILQ_HEAD(entity_list, entity);
RB_HEAD(address_tree, machine);
RB_HEAD(application_tree, application);
RB_HEAD(machine_tree, machine);
RB_HEAD(model_tree, model);
RB_HEAD(end_tree, relation_end);
RB_HEAD(open_tree, open_relation);
RB_HEAD(relation_tree, relation);
RB_HEAD(guest_tree, relation);
RB_HEAD(secret_tree, secret);
RB_HEAD(seen_tree, seen_relation);
RB_HEAD(service_tree, service);
RB_HEAD(tie_tree, secret_tie);
RB_HEAD(pending_tree, task);
RB_HEAD(task_tree, task);
RB_HEAD(unit_tree, unit);
RB_HEAD(member_tree, member);
RB_HEAD(seen_member_tree, seen_member);
LIST_HEAD(open_list, open_relation);
LIST_HEAD(tie_list, secret_tie);
TAILQ_HEAD(unit_list, unit);

/* The words a status can say. error, unknown and terminated are ours alone. */
enum workload {
	WORKLOAD_UNKNOWN,
	WORKLOAD_TERMINATED,
	WORKLOAD_ACTIVE,
	WORKLOAD_WAITING,
	WORKLOAD_MAINTENANCE,
	WORKLOAD_BLOCKED,
	WORKLOAD_ERROR,
	WORKLOAD_COUNT
};

const char *workload_name(enum workload);
/* WORKLOAD_COUNT if there is no such word. */
enum workload workload_parse(const char *);

struct status {
	enum workload word;
	char *message; /* Owned; NULL is "". */
	uint64_t since_ms;
	bool is_news; /* Volatile: not yet in the history of statuses. */
};

/* Returns whether anything changed; since_ms moves only when it did. */
bool status_set(struct status *, enum workload, const char *message,
    uint64_t now_ms);

struct ctl {
	struct entity entity;
	char *uuid, *name, *cloud, *region; /* name is NULL before bootstrap. */
	enum life life;      /* LIFE_DYING: gone with its last model. */
	char *current_model; /* By name; NULL for none. */
	json_t *kept;        /* Owned: what clients set; see kept.h. */
	uint64_t created_ms;
	struct entity_list touched;
	struct unit_list stirred;      /* To be asked after the next commit. */
	struct model_tree models;      /* By name. */
	struct address_tree addresses; /* Machines of all models, by address. */
};

struct model {
	struct entity entity;
	RB_ENTRY(model) entry;
	char *uuid, *name, *owner;
	enum life life;
	bool destroy_storage;
	uint64_t created_ms;
	json_t *next_units;          /* Owned: of applications that are gone. */
	json_t *config, *kept;       /* Owned: texts by option; see kept.h. */
	json_t *visits;              /* Owned: see visits.h; NULL: none. */
	uint64_t log_start, log_end; /* Volatile: see engine/messages.c. */
	bool log_awaited;            /* Somebody waits for its next line. */
	int64_t next_machine, next_relation, next_operation;
	uint64_t generation; /* Grows with each commit that touches it. */
	struct application_tree applications; /* By name. */
	struct machine_tree machines;         /* By id. */
	struct relation_tree relations;       /* By id. */
	struct guest_tree guests;             /* Of other models, to ours. */
	struct secret_tree secrets;           /* By id. */
	struct tie_tree ties;                 /* See secret.h. */
	size_t nsecrets;                      /* Its own, none of others. */
	struct task_tree tasks;               /* By id. */
	struct pending_tree pending;          /* Those of them, by unit, id. */
	/* How many there are, with those that are on their way out. */
	size_t napplications, nmachines, nunits, nrelations, ntasks;
};

struct application {
	struct entity entity;
	RB_ENTRY(application) entry;
	struct model *model; /* Borrowed. */
	char *name;
	char *charm_name, *channel;
	char *charm_source;  /* Name of a built-in, or an absolute path. */
	struct charm *charm; /* Shared; read from there at load. */
	int charm_revision;
	enum life life;
	bool destroy_storage, exposed, trusted;
	json_t *config, *kept;  /* Owned: by option; see kept.h. */
	uint64_t config_hash;   /* Of the effective config. */
	struct status status;   /* Set by the leader; since_ms 0: never set. */
	char *version;          /* Of the workload; NULL for none. */
	char *leader;           /* Unit name; NULL for none. */
	int64_t next_unit;      /* Number of the next one. */
	struct unit_tree units; /* By number. */
	size_t nsecrets;        /* Its own and those of its units. */
	struct end_tree relations; /* Its ends of them, by the relation's id. */
	size_t nguests;            /* How many lead to another model. */
	char *asked;               /* Who last asked for a change; or NULL. */
	uint64_t look;             /* Volatile: the last one that met it. */
};

/* A unit at the other end, as it was seen. */
struct seen_member {
	RB_ENTRY(seen_member) entry;
	int64_t number;   /* Its application is that of the other end. */
	uint64_t version; /* Of its bag at the last changed hook. */
	bool changed;     /* The changed hook that follows joined has run. */
};

/*
 * What a unit in the scope of a relation has already seen of it, kept as long
 * as that is not all there is. Most units have seen all, and have none.
 */
struct seen_relation {
	struct entity entity;
	RB_ENTRY(seen_relation) entry;
	struct unit *unit; /* Borrowed. */
	int64_t relation;
	uint64_t app_version;            /* Of the remote application's bag. */
	struct seen_member_tree members; /* By number. */

	/* A hook that the charm has put off; see resolver.h. */
	char *deferred_title;  /* NULL for none. */
	char *deferred_reason; /* What the charm said. */
	uint64_t deferred_at_ms;
	uint64_t deferred_after_ms;
};

/*
 * The unit's local state: with the model it determines the next operation, so
 * no queue of events is kept anywhere. See resolver.h.
 */
struct unit_local {
	bool installed, started, stopped;
	bool leader_elected;  /* The hook has run in this term. */
	bool config_changed;  /* The hook has run at least once. */
	uint64_t config_hash; /* At the last config-changed. */
	int charm_revision;
	struct seen_tree relations; /* By id; see above. */

	/* A hook that failed and is to be tried again. */
	char *failed_hook;   /* "database-relation-changed"; NULL for none. */
	char *failed_reason; /* What the charm said; NULL for none. */
	char *failed_title;  /* As status shows it: `hook failed: "..."`. */
	char *told_failure;  /* Volatile: of the last one in the history. */
	int failures;        /* In a row. */
	uint64_t retry_at_ms;

	/* update-status, for which the charm has asked; see resolver.h. */
	uint64_t update_at_ms; /* 0 if it has not. */
	uint64_t update_after_ms;
};

struct unit {
	struct entity entity;
	RB_ENTRY(unit) entry;
	struct application *app; /* Borrowed. */
	struct machine *machine; /* Borrowed; NULL once it is gone. */
	int64_t number;
	char *name; /* "postgresql/0" */
	enum life life;
	bool destroy_storage;
	struct status status;
	json_t *state; /* Owned: the charm's key-value store. */
	json_t *ports; /* Owned array of "5432/tcp". */
	struct unit_local local;
	struct service_tree services; /* By name. */

	struct open_tree open; /* Relations to look at, by id: see open.h. */
	bool stirred;          /* On ctl.stirred. */
	TAILQ_ENTRY(unit) stirred_entry;

	/* Volatile, for status: what the agent is doing since when. */
	char *doing; /* "running install hook"; NULL when idle. */
	uint64_t doing_since_ms;

	char *asked; /* As the application's. */
};

struct machine {
	struct entity entity;
	RB_ENTRY(machine) entry;
	RB_ENTRY(machine) address_entry;
	struct model *model; /* Borrowed. */
	struct unit *unit;   /* Borrowed; NULL once it is gone. */
	int64_t id;
	char *instance; /* "tenon-a8a31d-0" */
	char *address;  /* "127.33.7.1" */
	json_t *bag; /* Owned: what its unit says in each relation at first. */
	uint64_t created_ms;
};

enum endpoint_role {
	ROLE_PEER,
	ROLE_PROVIDER,
	ROLE_REQUIRER
};

struct relation_end {
	RB_ENTRY(relation_end) entry; /* Of app->relations. */
	struct relation *relation;    /* That it is part of. */
	struct application *app;      /* Borrowed. */
	char *alias;                  /* In the other's model; see far.h. */
	char *endpoint;               /* "database" */
	enum endpoint_role role;
	json_t *bag; /* Owned: the application's databag. */
	uint64_t bag_version;
	struct member_tree members; /* Its units in scope, by number. */
};

/* A unit within the scope of the relation, and what it says there. */
struct member {
	RB_ENTRY(member) entry;
	struct unit *unit; /* Borrowed. */
	json_t *bag;       /* Owned; as long as it is as at first, shared. */
	uint64_t bag_version;
};

struct relation {
	struct entity entity;
	RB_ENTRY(relation) entry;
	struct model *model; /* Borrowed; the one that offers. */
	RB_ENTRY(relation) guest_entry;
	struct model *guest; /* The one that consumes; NULL in one model. */
	char *offer;         /* Its name; NULL in one model. */
	int64_t id;          /* In both. */
	char *interface;
	enum life life;
	uint64_t created_ms;
	int nends; /* 1 for a peer relation, else 2: requirer, provider. */
	struct relation_end ends[2];
	struct open_list open; /* Units that may owe it something. */
	char *asked;           /* As an application's. */
};

enum service_state {
	SERVICE_STOPPED,
	SERVICE_RUNNING,
	SERVICE_BACKOFF, /* Ended by itself; to be started again. */
	SERVICE_FAILED   /* Ended too often; the charm has to decide. */
};

struct service {
	struct entity entity;
	RB_ENTRY(service) entry;
	struct unit *unit; /* Borrowed. */
	char *name;
	json_t *spec; /* Owned; see machine/service_spec.h. */
	bool wanted;  /* Should it run? */
	enum service_state state;
	pid_t pid;           /* 0 for none. */
	uint64_t start_time; /* proc_start_time() of pid. */
	char *detail;        /* How it last ended: "signal 9"; or NULL. */
	uint64_t event;      /* Grows when it changes by itself ... */
	uint64_t event_seen; /* ... and the charm has run service-changed. */
};

enum task_state {
	TASK_PENDING,
	TASK_RUNNING,
	TASK_COMPLETED,
	TASK_FAILED,
	TASK_CANCELLED, /* Before it began. */
	TASK_ABORTED    /* While it ran. */
};

const char *task_state_name(enum task_state);

/*
 * An action on a unit, or a command that is run there. Parameters, commands and
 * results are never written to disk.
 */
struct task {
	struct entity entity;
	RB_ENTRY(task) entry;
	RB_ENTRY(task) pending_entry;
	bool pending;        /* On model->pending. */
	struct model *model; /* Borrowed. */
	int64_t id, operation;
	char *unit, *action;
	json_t *params;  /* Owned; volatile; NULL when it has ended. */
	char *command;   /* For a shell; volatile; NULL for an action. */
	int64_t machine; /* Asked for instead of its unit; volatile; or -1. */
	/* The text of an object: many are kept, and few are asked for again. */
	char *results; /* Owned; volatile; NULL for none. */
	json_t *log;   /* Owned array of {time, message}; volatile. */
	char *message;
	char *asked;           /* Who did; or NULL. */
	enum task_state state; /* Set it as in task.h. */
	uint64_t enqueued_ms, started_ms, completed_ms; /* 0: not yet. */
};

RB_PROTOTYPE(model_tree, model, entry, model_compare)
RB_PROTOTYPE(address_tree, machine, address_entry, address_compare)
RB_PROTOTYPE(application_tree, application, entry, application_compare)
RB_PROTOTYPE(unit_tree, unit, entry, unit_compare)
RB_PROTOTYPE(machine_tree, machine, entry, machine_compare)
RB_PROTOTYPE(end_tree, relation_end, entry, end_compare)
RB_PROTOTYPE(relation_tree, relation, entry, relation_compare)
RB_PROTOTYPE(guest_tree, relation, guest_entry, relation_compare)
RB_PROTOTYPE(member_tree, member, entry, member_compare)
RB_PROTOTYPE(secret_tree, secret, entry, secret_compare)
RB_PROTOTYPE(seen_tree, seen_relation, entry, seen_compare)
RB_PROTOTYPE(seen_member_tree, seen_member, entry, seen_member_compare)
RB_PROTOTYPE(service_tree, service, entry, service_compare)
RB_PROTOTYPE(task_tree, task, entry, task_compare)

/*
 * Mark as changed, or as to be removed, by the next commit. What is below a
 * deleted entity is deleted with it (an application's relations too), and is
 * on ctl.touched before it: freeing along that list is safe. What is fresh is
 * freed from the list's tail.
 */
void entity_touch(struct entity *);
void entity_delete(struct entity *);
/* The store has it as it is: neither touched nor fresh. */
void entity_forget(struct entity *);

struct ctl *ctl_new(void);
void ctl_free(struct ctl *);

/*
 * Make an entity, link it into the tree and touch it. Numbers come from the
 * parent's counters and are never reused. The texts are copied.
 */
struct model *model_add(struct ctl *, const char *name, const char *uuid,
    uint64_t now_ms);
struct application *application_add(struct model *, const char *name,
    struct charm *stolen_charm);
struct machine *machine_add(struct model *, const char *address,
    uint64_t now_ms);
struct unit *unit_add(struct application *, struct machine *, uint64_t now_ms);
/* A peer relation has no second end: pass NULL for app and endpoint. */
struct relation *relation_add(struct model *, const char *interface,
    const struct relation_end ends[2], int nends, uint64_t now_ms);
struct service *service_add(struct unit *, const char *name);
struct task *task_add(struct model *, int64_t operation, const char *unit,
    const char *action, uint64_t now_ms);

/* Unlink and free, with everything below it. */
void entity_free(struct entity *);

/* Has a machine of any model the address, also one that is about to go? */
bool ctl_has_address(struct ctl *, const char *address);

/* Finders: borrowed, or NULL. Deleted entities are not found. */
struct model *ctl_find_model(struct ctl *, const char *name);
struct application *model_find_application(struct model *, const char *name);
struct unit *model_find_unit(struct model *, const char *name);
/* The application that a unit's name begins with, be the unit there or not. */
struct application *model_find_application_of(struct model *, const char *unit);
struct machine *model_find_machine(struct model *, int64_t id);
struct relation *model_find_relation(struct model *, int64_t id);
struct task *model_find_task(struct model *, int64_t id);
struct service *unit_find_service(struct unit *, const char *name);

/* Why its last hook failed, in short; NULL if that did not. */
const char *unit_trouble(const struct unit *);
bool unit_is_leader(const struct unit *);
/* The unit that leads; NULL if there is none. Borrowed. */
struct unit *application_leader(struct application *);
/*
 * Give an application without a living leader a new one; touches it. If all
 * units are dying, the one that leads keeps leading. Returns whether it moved.
 */
bool application_elect(struct application *);
/* The option's value: what the user set, or the charm's default; or NULL. */
json_t *application_option(const struct application *, const char *option);
/* All options that have a value: a new object. */
json_t *application_effective_config(const struct application *);
void application_rehash(struct application *);

/* An option as charm_option_value() has it, without a rehash. */
void application_set_option(struct application *, const char *key,
    json_t *stolen_value);

/* The end of the relation that an application has; NULL if none. */
struct relation_end *relation_end_of(struct relation *,
    const struct application *);
/* The other end; for a peer relation the same one. */
struct relation_end *relation_far_end(struct relation *,
    const struct application *);
struct member *relation_find_member(struct relation *, const struct unit *);
struct member *relation_find_member_name(struct relation *,
    const struct model *seen_from, const char *unit);
struct member *end_find_number(const struct relation_end *, int64_t number);
/* It has seen nothing yet. */
struct member *relation_join(struct relation *, struct unit *);
void relation_leave(struct relation *, struct unit *);
/* The units at the other end that are in the unit's sight, by number. */
struct member *relation_first_visible(struct relation *, const struct unit *);
struct member *relation_next_visible(const struct unit *, struct member *);
/* Has it no unit in its scope? */
bool relation_is_empty(const struct relation *);
/* The first of its units in scope, or NULL; RB_NEXT() has the others. */
struct member *end_first_member(const struct relation_end *);
/* A bag has been written: its version grows, the others have to look at it. */
void relation_app_spoke(struct relation *, struct relation_end *);
void relation_unit_spoke(struct relation *, struct member *);
/* "database:3", as hooks see it; "requirer:ep provider:ep", as people do. */
char *relation_hook_id(struct relation *, const struct application *);
char *relation_key(const struct relation *, const struct model *seen_from);

/*
 * Set one key of a bag; NULL or "" removes it. Returns whether it changed; the
 * caller then says that the application or the unit spoke, once for all.
 * Whoever else holds the bag keeps what was in it: *bag is another one then.
 */
bool bag_set(json_t **bag, const char *key, const char *value);

/* "0" < "2" < "10" for the digits inside names: "a/2" before "a/10". */
int name_compare(const char *, const char *);
/* The number in the name of a unit, "a/2"; -1 for none. */
int64_t name_number(const char *unit);

#endif /* MODEL_MODEL_H */
