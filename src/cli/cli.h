/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli - one run of the client: what every verb uses to talk to tenond and to
 * the person in front of it. Data goes to standard output, information to
 * standard error.
 */

#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct args;
struct client;
struct cmd;
struct error;
struct strbuf;

struct cli {
	const char *prog; /* What we were called as: "tenon" or "juju". */
	const struct cmd *cmd;
	const struct args *args;
	char *model;  /* Percent-encoded, "-" for the current one. */
	char *home;   /* The state directory. */
	char *socket; /* Of tenond. */
	struct client *client;
	bool is_quiet; /* Asked for before the verb; see cli_is_quiet(). */
};

/* Everything: returns the exit status. */
int cli_main(int argc, char **argv);

/* Show no information? */
bool cli_is_quiet(const struct cli *);

/* Connect at the first call; start tenond if the verb may. */
int cli_get(struct cli *, const char *path, json_t **reply, struct error *);

/* The body is stolen. */
int cli_post(struct cli *, const char *path, json_t *body, json_t **reply,
    struct error *);

/* The client, connected to nothing yet. */
int cli_open(struct cli *, struct error *);
/* The model that a variable names for all commands, and which that is; or NULL. */
const char *cli_environment_model(const char **variable);

/*
 * "/v1/models/<model>/<rest>", owned by the caller. Names in `rest` must have
 * gone through client_encode().
 */
char *cli_path(const struct cli *, const char *, ...)
    __attribute__((malloc, format(printf, 2, 3)));

/* The same below applications/<application>, which is encoded here. */
char *cli_app_path(const struct cli *, const char *application,
    const char *rest) __attribute__((malloc));

/* Work on that model, [controller:][user/]model, instead of --model's. */
void cli_set_model(struct cli *, const char *name);

/* The same where the controller, if it is named, has to be ours. */
int cli_use_model(struct cli *, const char *name, struct error *);

/* Is that the controller? NULL is. */
int cli_check_controller(struct cli *, const char *name, struct error *);

/* The controller of GET /v1, or an error if there is none; *root is owned. */
int cli_controller(struct cli *, json_t **root, struct error *);

/* Standard output, as it is. */
void cli_print(const char *, ...) __attribute__((format(printf, 1, 2)));

/* A line on standard error, unless --quiet. */
void cli_say(const struct cli *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* "ERROR message" and the hint on standard error. */
void cli_error(const struct cli *, const struct error *);

/* The member "messages" of an answer, a line each, as cli_say(). */
void cli_say_messages(const struct cli *, const json_t *reply);

/*
 * Data in the format of --format: "yaml" and "json" sort the keys naturally.
 * Goes to the file of -o if the verb has that flag and it is given.
 */
int cli_emit(const struct cli *, const json_t *data, const char *format,
    struct error *);
int cli_emit_text(const struct cli *, const char *text, struct error *);

/* The same of data whose keys are in the order in which Juju has them. */
int cli_emit_ordered(const struct cli *, const json_t *data, const char *format,
    struct error *);

/* Ask on standard error, read standard input; an error unless "y" or "yes". */
int cli_confirm(const struct cli *, const char *what, struct error *);
/* The same of what has been told already. */
int cli_confirm_told(const struct cli *, struct error *);

/* The same, but as Juju 3 does if output is to look like its: by its name. */
int cli_confirm_destroying(const struct cli *, const char *what,
    const char *kind, const char *name, struct error *);

#endif /* CLI_CLI_H */
