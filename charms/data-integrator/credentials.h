/* SPDX-License-Identifier: Apache-2.0 */
/* credentials - the action get-credentials. */

#ifndef DATA_INTEGRATOR_CREDENTIALS_H
#define DATA_INTEGRATOR_CREDENTIALS_H

struct error;
struct hook;

int credentials_get(struct hook *, struct error *);

#endif /* DATA_INTEGRATOR_CREDENTIALS_H */
