/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place - units on machines: each on one of its own, a new one unless an empty
 * one is named. A machine is an address, kept from others; it goes with its
 * unit.
 */

#ifndef ENGINE_PLACE_H
#define ENGINE_PLACE_H

#include <jansson.h>
#include <stdint.h>

struct application;
struct engine_call;
struct error;
struct machine;
struct model;

/* In place of the number of a machine: one that is made for the unit. */
#define PLACE_NEW "new"

/*
 * As many as the argument "units" says, the first of them on the machines of
 * "to"; their names are added to `units`. Touches only: on -1 the caller rolls
 * back.
 */
int place_units(struct engine_call *, struct application *, json_t *units,
    json_t *messages, struct error *);
/* Are the two arguments such that one can begin? With so many units at least. */
int place_check(const struct engine_call *, int64_t least, struct error *);

/* A new machine on which the ports (0-terminated, or NULL) are free; or NULL. */
struct machine *place_machine(struct engine_call *, struct model *,
    const int *ports, json_t *messages, struct error *);
/* The machine of the model with the number that is this text; or NULL. */
struct machine *place_find(struct model *, const char *number, struct error *);
/* -1 if there is a unit on it. */
int place_check_empty(const struct machine *, struct error *);

#endif /* ENGINE_PLACE_H */
