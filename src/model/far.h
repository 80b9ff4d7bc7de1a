/* SPDX-License-Identifier: Apache-2.0 */
/*
 * far - what is in another model of the controller, and how it is called here.
 *
 * A relation may join two models: one offers an application, the other has
 * consumed it. It is one object, belongs to the model that offers, and has an
 * id that is free in both. Each end has the name that the other model knows it
 * by: where it was consumed, the alias that the user chose; in the model that
 * offers, "web.app", the application "app" of the model "web". No application
 * can have such a name.
 */

#ifndef MODEL_FAR_H
#define MODEL_FAR_H

#include "model/model.h"

/* "app", or "web.app" for one of another model; owned by the caller. */
char *application_name_in(const struct application *, const struct model *);
/* What the model calls the application at this end of a relation. Borrowed. */
const char *end_name(const struct relation_end *, const struct model *);
/* The same for a unit of that application; owned by the caller. */
char *end_unit_name(const struct relation_end *, const struct unit *,
    const struct model *);

/* "app/0", or "web.app/0" for a unit of another model; by the caller owned. */
char *unit_name_in(const struct unit *, const struct model *);
/* The unit of such a name, or NULL. */
struct unit *model_find_far_unit(struct model *, const char *name);

/*
 * The models that relations lead a unit to, one after the other, one maybe
 * more than once: begin with `*end` NULL; NULL at the end.
 */
struct model *unit_next_far_model(const struct unit *,
    struct relation_end **end);
/* Of its own model, or of one of those. */
struct secret *unit_find_secret(const struct unit *, const char *id);

#endif /* MODEL_FAR_H */
