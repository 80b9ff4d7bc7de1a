/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_offers - what a bundle says of other models: offers and saas. */

#ifndef CLI_BUNDLE_OFFERS_H
#define CLI_BUNDLE_OFFERS_H

#include <jansson.h>
#include <stdbool.h>

struct error;

/* "offers" of the application of that name, as a document has them. */
int bundle_take_offers(json_t *app, const char *name, const json_t *value,
    struct error *);
/* "saas" of a document; those that are null are not in it. */
int bundle_take_saas(json_t *bundle, const json_t *value, struct error *);

/* Those of a model's status; its applications are in the model already. */
void bundle_add_offers(json_t *model, const json_t *status);

/* Do two URLs mean one offer? The user of either may be left out. */
bool bundle_same_offer(const char *a, const char *b);

#endif /* CLI_BUNDLE_OFFERS_H */
