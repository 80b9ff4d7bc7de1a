/* SPDX-License-Identifier: Apache-2.0 */
/* status - what the unit says about itself: a pure function of the view. */

#ifndef DATA_INTEGRATOR_STATUS_H
#define DATA_INTEGRATOR_STATUS_H

struct link;
struct view;

struct status {
	const char *word; /* "blocked" */
	char *message;    /* Owned by the caller. */
};

struct status status_of(const struct view *);

/*
 * Why a link gives no credentials, or NULL when it does. The worst one of all
 * counts: a refusal, then a missing option, then an answer that is awaited.
 */
const struct link *status_worst_link(const struct view *);
struct status status_of_link(const struct view *, const struct link *);

#endif /* DATA_INTEGRATOR_STATUS_H */
