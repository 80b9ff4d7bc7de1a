/* SPDX-License-Identifier: Apache-2.0 */
/*
 * missing - what was asked for by name and is not there: the error, and the
 * verb that shows what is. All return -1.
 */

#ifndef BASE_MISSING_H
#define BASE_MISSING_H

struct error;

int missing_application(const char *name, struct error *);
int missing_machine(const char *id, struct error *);
int missing_model(const char *controller, const char *name, struct error *);
int missing_operation(const char *id, struct error *);
/* `meant` may be NULL; `verb` is the one that shows them, as "config web". */
int missing_option(const char *name, const char *meant, const char *verb,
    struct error *);
int missing_relation(const char *name, struct error *);
int missing_task(const char *id, struct error *);
int missing_unit(const char *name, struct error *);

/* For what is there still, but is being removed: the hint only. */
int missing_soon(const char *application, struct error *);

#endif /* BASE_MISSING_H */
