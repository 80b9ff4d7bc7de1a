/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charm - what a charm says about itself: metadata.yaml, config.yaml and
 * actions.yaml (and charmcraft.yaml in their place), read as JSON by the
 * caller and checked here.
 *
 * Beside Juju's keys a charm may have in metadata.yaml:
 *
 *	tenon:
 *	  listen: [5432]	TCP ports that have to be free on its address
 *	  resident: true	`dispatch` speaks the charm protocol, see charm.h
 *	  check: true		`dispatch check <channel>` is asked before deploy
 *	  plan: [start]		hooks and actions that it foresees; true: all
 *
 * Once read it does not change: applications that came from the same texts
 * share one.
 */

#ifndef MODEL_CHARM_H
#define MODEL_CHARM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

struct charm_endpoint {
	char *name, *interface;
	int role;  /* enum endpoint_role */
	int limit; /* Most relations at once; 0 for any number. */
};

enum option_type {
	OPTION_STRING,
	OPTION_INT,
	OPTION_FLOAT,
	OPTION_BOOL,
	OPTION_SECRET /* "secret:<id>" */
};

struct charm_option {
	char *name, *description;
	enum option_type type;
	json_t *initial; /* Owned; NULL if the charm gives no default. */
	bool has_range;
	int64_t minimum, maximum; /* Of an int. */
};

struct charm_action {
	char *name, *description;
	json_t *params;   /* Owned: name -> JSON schema; NULL for none. */
	json_t *required; /* Owned array of names; NULL for none. */
	bool closed;      /* additionalProperties: false */
};

struct charm {
	int holders; /* How many have it. */
	char *name, *summary, *description;
	int revision;
	bool resident;
	bool check; /* `dispatch check <channel>` says whether it can be had. */
	int *listen;   /* Owned; 0-terminated. NULL for none. */
	json_t *plan;  /* Owned: names, or true for all; NULL for none. */
	char *storage; /* Name of its one filesystem storage; NULL for none. */
	struct charm_endpoint *endpoints; /* In order of name within a role. */
	size_t nendpoints;
	struct charm_option *options; /* In order of name. */
	size_t noptions;
	struct charm_action *actions; /* In order of name. */
	size_t nactions;
};

/*
 * config and actions may be NULL. Returns NULL with ERROR_INVALID naming the
 * file and the key.
 */
struct charm *charm_parse(const json_t *metadata, const json_t *config,
    const json_t *actions, int revision, struct error *);
/* One more has it: the same charm. */
struct charm *charm_hold(struct charm *);
/* One has it no more; it goes with the last one. */
void charm_free(struct charm *);

const struct charm_endpoint *charm_find_endpoint(const struct charm *,
    const char *name);
const struct charm_option *charm_find_option(const struct charm *,
    const char *name);
/* Which one of its options may be meant by what is none; or NULL. Borrowed. */
const char *charm_suggest_option(const struct charm *, const char *name);
const struct charm_action *charm_find_action(const struct charm *,
    const char *name);

/* Can it be asked what it would do in that hook or action? */
bool charm_can_plan(const struct charm *, const char *name);

const char *option_type_name(enum option_type);

/*
 * A value for an option, from the text of a command line or from JSON: a new
 * reference, or NULL with `option "port" expected int, got "abc"`. JSON's null
 * for one that is to have no value.
 */
json_t *charm_option_value(const struct charm_option *, const json_t *given,
    struct error *);

/* Check action parameters against the schema and add its defaults. */
int charm_action_check(const struct charm_action *, json_t *params,
    struct error *);

#endif /* MODEL_CHARM_H */
