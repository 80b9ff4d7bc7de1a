/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "adopt.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "clients.h"
#include "cluster.h"
#include "conn.h"
#include "doctor.h"
#include "hooks.h"
#include "later.h"
#include "names.h"
#include "standby.h"
#include "switchover.h"
#include "users.h"
#include "utf8.h"

#define PASSWORD_LENGTH 32

/* The user an action is about, or NULL when it has been failed. */
static const char *
action_user(struct hook *h, struct error *err)
{
	const char *user = json_text(h->params, "username", "operator");
	autofree char *message = NULL;

	if (name_is_system_user(user))
		return user;
	message = xasprintf("The action can be run only for users used by the "
			    "charm: %s not %s",
	    name_system_users, user);
	(void)hook_action_fail(h, message, err);
	return NULL;
}

static int
show_password(struct hook *h, const char *user, const char *password,
    struct error *err)
{
	autofree char *key = xasprintf("%s-password", user);
	json_t *values = json_object();

	json_put_text(values, key, password);
	return hook_action_set(h, values, err);
}

static int
action_get_primary(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	return hook_action_set(h,
	    json_pack("{s:s}", "primary", cl.primary == NULL ? "" : cl.primary),
	    err);
}

/* What an action before us has left undone. */
static int
repair(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c;
	bool leader;

	if (hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader || cl->primary == NULL)
		return 0;
	c = cluster_connect_primary(h, cl, err);
	return c == NULL ? -1 : users_repair(c, cl, err);
}

static int
action_get_password(struct hook *h, struct error *err)
{
	const char *user = action_user(h, err);
	struct error unreachable = { 0 };
	autocluster cl = { 0 };

	if (user == NULL)
		return err->code == ERROR_NONE ? 0 : -1;
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	/* It is shown all the same: the next hook tries again. */
	(void)repair(h, &cl, &unreachable);
	return show_password(h, user, cluster_password(&cl, user), err);
}

static int
set_password(struct hook *h, const struct cluster *cl, const char *user,
    const char *password, struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autofree char *key = xasprintf("%s-password", user);
	autofree char *serial_key = xasprintf("%s-serial", user);
	autofree char *serial = xasprintf("tenon: password %llu",
	    (unsigned long long)clock_wall_ms());
	struct password p = { user, password, serial };
	json_t *values;

	if (c == NULL || users_set_password(c, &p, err) == -1)
		return -1;
	values = json_object();
	json_put_text(values, key, password);
	json_put_text(values, serial_key, serial);
	if (hook_app_bag_set(h, cl->relation, values, err) == -1)
		return -1;
	/* Nobody tells the leader of it, whose server may need it as well. */
	return later_ask(h, LATER_LOOK, 0, err);
}

/* What may stand in a password file and in a connection string. */
static bool
password_is_fit(const char *password)
{
	return *password != '\0' && strlen(password) <= 256 &&
	    utf8_valid(password) && strpbrk(password, "\r\n") == NULL;
}

static int
action_set_password(struct hook *h, struct error *err)
{
	const char *user = action_user(h, err);
	const char *given = json_text(h->params, "password", NULL);
	char made[PASSWORD_LENGTH + 1];
	autocluster cl = { 0 };
	bool leader;

	if (user == NULL)
		return err->code == ERROR_NONE ? 0 : -1;
	if (hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader)
		return hook_action_fail(h,
		    "The action can be run only on leader unit", err);
	if (given != NULL && !password_is_fit(given))
		return hook_action_fail(h,
		    "The password must be 1 to 256 bytes of text on one line",
		    err);
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (repair(h, &cl, err) == -1)
		return -1;
	random_password(made, PASSWORD_LENGTH);
	if (given == NULL)
		given = made;
	if (strcmp(given, cluster_password(&cl, user)) == 0)
		hook_log(h, "WARNING", "The old and new passwords are equal.");
	else if (set_password(h, &cl, user, given, err) == -1)
		return -1;
	return show_password(h, user, given, err);
}

/* Its end is seen in the status: other units have to act first. */
static int
promote_unit(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	json_t *result;

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL)
		return hook_action_fail(h, "There is no primary yet", err);
	if (strcmp(cl.primary, h->unit) == 0) {
		result = json_pack("{s:s}", "primary", h->unit);
		return hook_action_set(h, result, err);
	}
	if (cl.target != NULL)
		return hook_action_fail(h, "Another switchover is under way",
		    err);
	if (!standby_is_streaming(h, &cl))
		return hook_action_fail(h, "Unit is not sync standby", err);
	if (switchover_wish(h, &cl, err) == -1)
		return -1;
	result = json_pack("{s:s}", "switchover", "started");
	return hook_action_set(h, result, err);
}

static int
action_promote(struct hook *h, struct error *err)
{
	const char *scope = json_text(h->params, "scope", "");

	if (strcmp(scope, "unit") == 0)
		return promote_unit(h, err);
	if (strcmp(scope, "cluster") == 0)
		return hook_action_fail(h,
		    "This cluster does not replicate another one", err);
	return hook_action_fail(h, "Scope should be either cluster or unit",
	    err);
}

/* Why not, for a person. */
static int
adopt_refuse(struct hook *h, const struct error *why, struct error *err)
{
	autofree char *message = xasprintf("%s%s%s", why->msg,
	    *why->hint != '\0' ? "; " : "", why->hint);

	return hook_action_fail(h, message, err);
}

/* Who has asked for it and was refused gets it at once. */
static int
action_adopt(struct hook *h, struct error *err)
{
	const char *name = json_text(h->params, "database", "");
	autofree char *owner = name_owner(name);
	struct error why = { 0 };
	autocluster cl = { 0 };
	size_t handed_over;
	bool leader;

	if (hook_is_leader(h, &leader, err) == -1 ||
	    cluster_read(h, &cl, err) == -1)
		return -1;
	if (!leader || cl.primary == NULL)
		return hook_action_fail(h,
		    leader ? "There is no primary yet" :
			     "The action can be run only on leader unit",
		    err);
	if (adopt_database(h, &cl, name, &handed_over, &why) == -1)
		return adopt_refuse(h, &why, err);
	if (clients_answer(h, &cl, err) == -1)
		return -1;
	return hook_action_set(h,
	    json_pack("{s:s, s:s, s:I}", "database", name, "owner", owner,
		"objects", (json_int_t)handed_over),
	    err);
}

static int
action_doctor(struct hook *h, struct error *err)
{
	json_auto_t *findings = json_array();
	autocluster cl = { 0 };
	bool leader;

	if (cluster_read(h, &cl, err) == -1 ||
	    hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader || cl.primary == NULL)
		return hook_action_fail(h,
		    leader ? "There is no primary yet" :
			     "The action can be run only on leader unit",
		    err);
	if (doctor_look(h, &cl, findings, err) == -1)
		return -1;
	return hook_action_set(h, json_pack("{s:O}", "findings", findings),
	    err);
}

const struct charm_handler pg_actions[] = {
	{ "get-primary", action_get_primary },
	{ "get-password", action_get_password },
	{ "set-password", action_set_password },
	{ "promote-to-primary", action_promote },
	{ "adopt-database", action_adopt },
	{ "doctor", action_doctor },
	{ NULL, NULL },
};
