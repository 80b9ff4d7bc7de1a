/* SPDX-License-Identifier: Apache-2.0 */
/* offer - how offers are named on the command line, and shown. */

#ifndef CLI_OFFER_H
#define CLI_OFFER_H

#include <jansson.h>
#include <stdbool.h>

struct cli;
struct error;

/*
 * Work on the model of "[[<controller>:][<user>/]<model>.]<name>". Returns the
 * name, which is the text's end, or NULL.
 */
const char *offer_use_model(struct cli *, const char *text, struct error *);

/* {endpoint: {interface, role}} of the API's; borrowed. */
json_t *offer_endpoints(const json_t *offer);
/* Is one of them of that interface? */
bool offer_has_interface(const json_t *offer, const char *interface);

#endif /* CLI_OFFER_H */
