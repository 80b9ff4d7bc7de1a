/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charm - write a charm in C: handlers in two tables, and the hook tools as
 * functions.
 *
 *	static int
 *	on_install(struct hook *h, struct error *err)
 *	{
 *		return hook_status(h, "active", "", err);
 *	}
 *
 *	static const struct charm_handler hooks[] = {
 *		{ "install", on_install },
 *		{ NULL, NULL },
 *	};
 *
 *	int
 *	main(void)
 *	{
 *		return charm_main(&(const struct charm_program){ .hooks = hooks });
 *	}
 *
 * charm_main() speaks the charm protocol (docs/charm-protocol.md) on the
 * descriptor named by TENON_CHARM_FD. The process stays alive between the hooks
 * of its unit and exits when tenond closes the descriptor, so a handler may
 * keep connections in charm_program.state. Code is straight-line and may block.
 *
 * Hooks run at least once: a handler is idempotent. What a handler writes
 * (databags, state, ports) becomes visible to others, all at once, when it
 * returns 0, and is dropped when it returns -1. Taking effect at once are:
 * status, version, log, action log and services.
 *
 * Every fallible function returns 0 or -1, or NULL, with the error filled in.
 */

#ifndef CHARM_H
#define CHARM_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

struct strbuf;

/* One event that is delivered to the charm. Borrowed for the handler's time. */
struct hook {
	const char *name; /* "database-relation-changed"; NULL in an action. */
	const char *action; /* "get-credentials"; NULL in a hook. */

	/* Relation hooks; NULL where there is none. */
	const char *endpoint;       /* "database" */
	const char *relation;       /* "database:3" */
	const char *remote_app;     /* "data-integrator" */
	const char *remote_unit;    /* "data-integrator/0" */
	const char *departing_unit; /* In departed: who goes. */

	const char *service;  /* In service-changed: which one. */
	const char *secret;   /* In secret-changed: "secret:<id>". */
	const char *label;    /* ... and what the unit calls it, or NULL. */
	const json_t *params; /* In an action: an object, defaults filled in. */

	/*
	 * Nothing is to be done: only say what would be, hook_plan_sql(). What
	 * is written ends up nowhere, and services cannot be started.
	 */
	bool is_plan;

	/* The same in every event of this process. */
	const char *unit; /* "postgresql/0" */
	const char *app;  /* "postgresql" */
	const char *model;
	const char *model_uuid;
	const char *charm_dir;
	const char *unit_dir; /* The unit's own directory, 0711. */

	void *state;                   /* charm_program.state */
	struct charm_channel *channel; /* Private. */
	json_t *config;                /* Private: once asked for. */
};

typedef int charm_handler_fn(struct hook *, struct error *);

struct charm_handler {
	const char *name; /* As in the charm's metadata; NULL ends the table. */
	charm_handler_fn *run;
};

struct charm_program {
	const struct charm_handler *hooks;   /* An absent hook succeeds. */
	const struct charm_handler *actions; /* May be NULL. */
	void *state;

	/*
	 * Endpoints, up to a NULL, at whose other end only the application says
	 * something: a changed hook for a unit's bag there succeeds. Or NULL.
	 */
	const char *const *application_endpoints;
};

/* Returns the exit status for main(). */
int charm_main(const struct charm_program *);

/*
 * Any hook tool by name. `args` is stolen and may be NULL; the answer is a new
 * reference, or NULL.
 */
json_t *hook_call(struct hook *, const char *tool, json_t *stolen_args,
    struct error *);

/* ---- status and log; at once ---- */

/* word: maintenance, waiting, blocked or active. */
int hook_status(struct hook *, const char *word, const char *message,
    struct error *);
int hook_application_status(struct hook *, const char *word,
    const char *message, struct error *);
int hook_version(struct hook *, const char *version, struct error *);
/* level: DEBUG, INFO, WARNING or ERROR. Failing to log is not an error. */
void hook_log(struct hook *, const char *level, const char *, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- the unit and its application ---- */

/*
 * All options that have a value: a new reference to what everybody gets who asks
 * during this event, and nobody changes.
 */
json_t *hook_config(struct hook *, struct error *);
int hook_is_leader(struct hook *, bool *leader, struct error *);
/* The address of the unit's machine, owned by the caller. */
char *hook_address(struct hook *, struct error *);
/* Where the storage of that name is mounted, owned by the caller. */
char *hook_storage(struct hook *, const char *name, struct error *);
int hook_open_port(struct hook *, int port, struct error *);

/* The unit's own key-value store: a new reference; values are any JSON. */
json_t *hook_state(struct hook *, struct error *);
/* Set the members of `stolen_values`; a null removes its key. */
int hook_state_set(struct hook *, json_t *stolen_values, struct error *);

/*
 * Have the hook update-status run, once, in that many seconds; 0: right after
 * this hook. Of several requests the soonest counts.
 */
int hook_update_status_after(struct hook *, int seconds, struct error *);

/*
 * This hook of a relation cannot be completed yet, and `err` says why: it is
 * dropped, and comes again after so many seconds; meanwhile the unit goes on
 * with its other hooks. Returns -1, for the hook to return.
 */
int hook_defer(struct hook *, int seconds, struct error *err);

/* ---- relations ---- */

/* Array of "database:3": a new reference. */
json_t *hook_relations(struct hook *, const char *endpoint, struct error *);
/* Array of remote unit names, sorted: a new reference. */
json_t *hook_remote_units(struct hook *, const char *relation, struct error *);
/* Name of the remote application, owned by the caller. */
char *hook_remote_app(struct hook *, const char *relation, struct error *);
/* The bag of a unit ("x/0") or an application ("x"): a new reference. */
json_t *hook_bag(struct hook *, const char *relation, const char *whose,
    struct error *);
/* Set keys of our unit's bag, or of our application's (leader only). */
int hook_bag_set(struct hook *, const char *relation, json_t *stolen_values,
    struct error *);
int hook_app_bag_set(struct hook *, const char *relation, json_t *stolen_values,
    struct error *);

/* ---- secrets: sealed in the store; written with the hook's end ---- */

/*
 * A new one of the application (leader only), with a label that is unlike its
 * others': "secret:<id>", owned by the caller. `content` is {key: text}.
 */
char *hook_secret_add(struct hook *, const char *label, json_t *stolen_content,
    struct error *);
/* Other content: a new revision, unless it is the same. */
int hook_secret_set(struct hook *, const char *secret, json_t *stolen_content,
    struct error *);
int hook_secret_remove(struct hook *, const char *secret, struct error *);
/* The application at the other end of the relation may read it. */
int hook_secret_grant(struct hook *, const char *secret, const char *relation,
    struct error *);
/* The latest content: a new reference. For owners, and who was granted it. */
json_t *hook_secret(struct hook *, const char *secret, struct error *);
/* Of an own one: {label, revision, owner, ...}: a new reference. */
json_t *hook_secret_info(struct hook *, const char *secret, struct error *);
/* Array of the ids of our own: a new reference. */
json_t *hook_secret_ids(struct hook *, struct error *);
/* The labels of our own, null for none, by their ids: a new reference. */
json_t *hook_secret_labels(struct hook *, struct error *);

/* ---- actions ---- */

/* Set results; dots nest: "postgresql.username". */
int hook_action_set(struct hook *, json_t *stolen_values, struct error *);
int hook_action_fail(struct hook *, const char *message, struct error *);
int hook_action_log(struct hook *, const char *message, struct error *);

/* ---- services: processes that tenond runs for the unit; at once ---- */

/*
 * Declare a service: { "argv": [..], "env": {..}, "user": "postgres" (ignored
 * unless tenond is root), "dir": "/", "stop-signal": "INT", "stop-timeout-ms":
 * 60000, "restart": true, "log": "/path" }. It is not started or restarted.
 */
int hook_service_set(struct hook *, const char *name, json_t *stolen_spec,
    struct error *);
/* Returns when it has been spawned, or at once if it runs already. */
int hook_service_start(struct hook *, const char *name, struct error *);
/* Returns when it is gone; after its stop-timeout it is killed. */
int hook_service_stop(struct hook *, const char *name, struct error *);
/* { "state": "running|stopped|backoff|failed", "pid": n, "detail": "…" }. */
json_t *hook_service(struct hook *, const char *name, struct error *);

/* ---- plans: of hooks and actions that the metadata names ---- */

/* A statement that would be carried out there; without passwords. */
int hook_plan_sql(struct hook *, const char *server, const char *database,
    const char *sql, struct error *);
/* What else there is to be said of it, for people. */
int hook_plan_note(struct hook *, const char *note, struct error *);

/* ---- helpers ---- */

/*
 * Run a program to its end as `user` (ignored unless we are root; NULL for
 * ourselves), argv[0] an absolute path. The last lines of its output go into
 * the error. Returns 0 if it exited with 0. `input`, if not
 * NULL, is what it reads on descriptor 3: for a secret that may stand neither
 * in its arguments nor in its environment. The program dies with us.
 */
struct charm_command {
	const char *const *argv; /* NULL-terminated. */
	const char *const *env;  /* Added to a minimal one; may be NULL. */
	const char *user;
	const char *dir; /* NULL for "/". */
	const char *input;
	int timeout_ms; /* 0 for none. */
	bool is_told;   /* In a plan: said, and not run. */

	/* Gets all that it writes, to 64 KiB; may be NULL. */
	struct strbuf *output;

	/* Called about once per second while it runs; may be NULL. */
	void (*tick)(void *arg);
	void *arg;
};
int charm_run(struct hook *, const struct charm_command *, struct error *);

#endif /* CHARM_H */
