/* SPDX-License-Identifier: Apache-2.0 */
/* users - who has a role here, and when they last asked for something. */

#include <string.h>

#include "api/internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/users.h"

static struct api_seen *
users_find(const struct api_server *s, uid_t uid)
{
	for (size_t i = 0; i < s->nseen; i++) {
		if (s->seen[i].uid == uid)
			return &s->seen[i];
	}
	return NULL;
}

/* Nobody can fill it: who has not come for longest makes place. */
static struct api_seen *
users_place(struct api_server *s)
{
	struct api_seen *oldest = s->seen;

	if (s->nseen < LIMIT_USERS_SEEN) {
		s->seen = xrealloc(s->seen, (s->nseen + 1) * sizeof *s->seen);
		return &s->seen[s->nseen++];
	}
	for (size_t i = 1; i < s->nseen; i++) {
		if (s->seen[i].wall_ms < oldest->wall_ms)
			oldest = &s->seen[i];
	}
	return oldest;
}

void
users_see(struct api_server *s, uid_t uid)
{
	struct api_seen *seen = users_find(s, uid);

	if (seen == NULL)
		seen = users_place(s);
	*seen = (struct api_seen){ .uid = uid, .wall_ms = clock_wall_ms() };
}

static json_t *
user_json(const struct api_server *s, const struct access_grant *grant)
{
	bool is_user = grant->subject == ACCESS_USER;
	const struct api_seen *seen = is_user ? users_find(s, grant->id) : NULL;
	json_t *user = json_pack("{s:s, s:s, s:I, s:s}", "kind",
	    is_user ? "user" : "group", "name", grant->name, "id",
	    (json_int_t)grant->id, "role", access_word(grant->role));
	char text[CLOCK_TEXT_SIZE];

	if (seen != NULL) {
		clock_format(seen->wall_ms, text);
		json_put_text(user, "last-connection", text);
	}
	return user;
}

static json_t *
account_json(const struct api_server *s, uid_t uid, enum access_role role)
{
	autofree char *name = user_name(uid);

	return user_json(s,
	    &(struct access_grant){ .subject = ACCESS_USER,
		.id = uid,
		.role = role,
		.name = name });
}

json_t *
users_json(struct api_call *call)
{
	const struct api_server *s = call->server;
	const struct access_grant *grants;
	size_t n = access_grants(s->access, &grants);
	json_t *users = json_array();

	json_array_append_new(users,
	    account_json(s, s->spec.owner, ACCESS_ADMIN));
	if (s->spec.owner != 0)
		json_array_append_new(users, account_json(s, 0, ACCESS_ADMIN));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(users, user_json(s, &grants[i]));
	return json_pack("{s:o, s:o}", "me",
	    account_json(s, call->peer->who.uid, call->peer->role), "users",
	    users);
}
