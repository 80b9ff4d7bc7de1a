/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept - what clients set of the controller, a model or an application and
 * read back: constraints, clouds, credentials, keys. Of these only the defaults
 * of model options change how units are run; see engine/model_option.h. A member
 * for each kind; NULL while there is none.
 */

#ifndef MODEL_KEPT_H
#define MODEL_KEPT_H

#include <jansson.h>

#define KEPT_CLOUDS         "clouds"         /* ctl: name -> definition */
#define KEPT_CONSTRAINTS    "constraints"    /* name -> value */
#define KEPT_CREDENTIAL     "credential"     /* model: its name */
#define KEPT_CREDENTIALS    "credentials"    /* ctl: cloud -> name -> one */
#define KEPT_MODEL_DEFAULTS "model-defaults" /* ctl: option -> text */
#define KEPT_OFFERS         "offers"         /* model: see offers.h */
#define KEPT_PREVIOUS_MODEL "previous-model" /* ctl: for "switch -" */
#define KEPT_SAAS           "saas"           /* model: see offers.h */
#define KEPT_SSH_KEYS       "ssh-keys"       /* model: an array of lines */

/* Borrowed, or NULL. */
json_t *kept_find(const json_t *kept, const char *key);

/* `stolen` NULL or empty: remove it. The caller touches the entity. */
void kept_set(json_t **kept, const char *key, json_t *stolen);

#endif /* MODEL_KEPT_H */
