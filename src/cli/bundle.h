/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle - what a model is to hold, as a YAML file says it: Juju's bundles
 * (juju-spec 1.4), with overlays. Files, models and plans have one shape here:
 *
 *	{"applications": {NAME: {"charm": TEXT, "channel": TEXT, "units": N,
 *	    "options": {KEY: TEXT}, "expose": BOOL, "trust": BOOL,
 *	    "constraints": TEXT, "to": [TEXT], "offers": {NAME: {"endpoints": [TEXT]}}}},
 *	 "machines": {NUMBER: {}}, "saas": {NAME: {"url": TEXT}},
 *	 "relations": [["web:backend", "db"]],
 *	 "ignored": {KEY: REASON}}
 *
 * A member of an application that a file does not mention is missing, and not
 * compared. A model also has "effective", its options with the defaults,
 * "secrets", those of them that name one, and "machines" in place of "to":
 * those of the units that are there to stay.
 */

#ifndef CLI_BUNDLE_H
#define CLI_BUNDLE_H

#include <jansson.h>
#include <stdbool.h>

struct args;
struct cli;
struct error;
struct strbuf;

/* Does the argument of deploy mean a bundle: a file, or a directory with one? */
bool bundle_is_path(const char *word);

/* The file and those of all --overlay, merged. A new reference, or NULL. */
json_t *bundle_read(const char *path, const struct args *, struct error *);
/* One document on top of what there is. */
int bundle_merge(json_t *bundle, const json_t *document, const char *dir,
    struct error *);

/*
 * An overlay says null of an application or a saas, as `kind` says, that is not
 * wanted: its relations go along.
 */
void bundle_drop(json_t *bundle, const char *kind, const char *name);

/* What the model holds. A new reference, or NULL. */
json_t *bundle_of_model(struct cli *, struct error *);

/*
 * What is to be done to the model: an array of {"what", "path", "body"}, the
 * steps of a rehearsal; the path is below that of the model. Nothing is ever
 * removed. A new reference; NULL if it cannot be done.
 */
json_t *bundle_plan(const json_t *bundle, const json_t *model, struct error *);

/* In the shape of Juju's diff-bundle; empty if nothing differs. */
json_t *bundle_diff(const json_t *bundle, const json_t *model);

/* As a file of its own, from a model. */
json_t *bundle_document(const json_t *model, const char *options);

/* Does an application that follows the one follow the other already? */
bool bundle_same_channel(const char *want, const char *have);

/* The relation of the model that a pair of the bundle means, or NULL. */
const json_t *bundle_find_relation(const json_t *relations, const json_t *pair);

/* `tenon deploy` with a bundle. Returns the exit status, or -1. */
int bundle_deploy(struct cli *, const struct args *, struct error *);

#endif /* CLI_BUNDLE_H */
