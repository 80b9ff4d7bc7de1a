/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_parts - what a document of a bundle says, part by part. */

#ifndef CLI_BUNDLE_PARTS_H
#define CLI_BUNDLE_PARTS_H

#include <jansson.h>
#include <stdint.h>

struct args;
struct error;

/* Why something is left out. */
#define BUNDLE_ONE_HOST   "each unit has a machine of its own on this host"
#define BUNDLE_NOT_READ   "nothing here reads them"
#define BUNDLE_ONE_SYSTEM "units run on the system of this host"

/* The key is taken, and means nothing here. */
void bundle_ignore(json_t *bundle, const char *key, const char *why);

/* An application, on top of what is known of it. `dir` is that of the file. */
int bundle_take_application(json_t *bundle, const char *name,
    const json_t *value, const char *dir, struct error *);

/*
 * An option into an object of texts; "include-file://motd" is what is in the
 * file, "include-base64://key" the same in base64.
 */
int bundle_take_option(json_t *options, const char *key, const json_t *value,
    const char *dir, struct error *);

/* ---- bundle_machines.c ---- */

int bundle_take_machines(json_t *bundle, const json_t *value, struct error *);
/* "0" and "new"; containers and company are refused. */
int bundle_take_to(json_t *app, const json_t *value, struct error *);
/* When all documents are merged: does each unit have a machine of its own? */
int bundle_check_machines(json_t *bundle, struct error *);

/* ---- bundle_place.c ---- */

/* --map-machines: which machines of the model those of the bundle are. */
int bundle_map_machines(json_t *bundle, const struct args *, struct error *);
/*
 * Where units of the application that are not there yet are to be: numbers of
 * machines, or "new"; `there` is what the model has of it, or NULL. A new
 * reference.
 */
json_t *bundle_places(const json_t *bundle, const json_t *model,
    const json_t *app, const json_t *there);
/*
 * Into the body of a request for so many units. As a text, "machines 3, new",
 * owned by the caller; NULL if all are on new ones.
 */
char *bundle_put_places(json_t *body, json_t *stolen_places, int64_t units);

#endif /* CLI_BUNDLE_PARTS_H */
