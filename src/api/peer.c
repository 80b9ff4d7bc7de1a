/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer - one connection: whose it is, how many more its user may have, and for
 * how long it may keep us waiting.
 */

#include <string.h>
#include <sys/socket.h>

#include "api/internal.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/users.h"

#define PEER_LOG_EVERY_MS 60000

void
peer_free(struct api_peer *peer)
{
	struct api_server *s = peer->server;

	TAILQ_REMOVE(&s->peers, peer, entry);
	access_peer_release(&peer->who);
	free(peer->name);
	free(peer);
	if (TAILQ_EMPTY(&s->peers) && !s->closed)
		(void)uv_timer_stop(&s->patience_timer); /* Cannot fail. */
}

void
peer_log_refused(struct api_server *s, const struct access_peer *who,
    const char *why)
{
	uint64_t now = uv_now(s->spec.loop);

	s->refused++;
	if (s->refused_ms != 0 && now - s->refused_ms < PEER_LOG_EVERY_MS)
		return;
	log_warn("api",
	    "user id %u: %s (refused since the last such line: "
	    "%llu)",
	    (unsigned)who->uid, why, (unsigned long long)s->refused);
	s->refused_ms = now;
	s->refused = 0;
}

/* ---- how many ---- */

/* Kinds of users; nobody takes a place that is for another kind. */
enum peer_kind {
	PEER_OWNER,
	PEER_ROOT,
	PEER_OTHER,
	PEER_STRANGER
};

static enum peer_kind
peer_kind(const struct api_server *s, const struct access_peer *who)
{
	if (who->uid == s->spec.owner)
		return PEER_OWNER;
	if (who->uid == 0)
		return PEER_ROOT;
	return access_role(s->access, who) != ACCESS_NONE ? PEER_OTHER :
							    PEER_STRANGER;
}

static bool
peer_fits(const struct api_server *s, const struct access_peer *who)
{
	static const size_t limits[] = {
		[PEER_OWNER] = LIMIT_CONNECTIONS_OWN,
		[PEER_ROOT] = LIMIT_CONNECTIONS_OWN,
		[PEER_OTHER] = LIMIT_CONNECTIONS_OTHERS,
		[PEER_STRANGER] = LIMIT_CONNECTIONS_STRANGERS,
	};
	enum peer_kind kind = peer_kind(s, who);
	const struct api_peer *peer;
	size_t alike = 0, same = 0;

	TAILQ_FOREACH(peer, &s->peers, entry) {
		alike += peer_kind(s, &peer->who) == kind;
		same += peer->who.uid == who->uid;
	}
	return alike < limits[kind] &&
	    (kind != PEER_OTHER || same < LIMIT_CONNECTIONS_USER);
}

static struct api_peer *
peer_find(struct api_server *s, int fd)
{
	struct api_peer *peer;

	TAILQ_FOREACH(peer, &s->peers, entry) {
		if (peer->fd == fd)
			return peer;
	}
	return NULL;
}

/* The library has closed one without having begun it. */
static void
peer_forget_fd(struct api_server *s, int fd)
{
	struct api_peer *peer = peer_find(s, fd);

	if (peer != NULL)
		peer_free(peer);
}

struct api_peer *
peer_admit(struct api_server *s, int fd)
{
	struct access_peer who = { 0 };
	struct error err = { 0 };
	struct api_peer *peer;

	if (access_peer_read(&who, fd, &err) == -1) {
		log_warn("api", "%s", err.msg);
		return NULL;
	}
	peer_forget_fd(s, fd);
	if (!peer_fits(s, &who)) {
		peer_log_refused(s, &who, "has too many connections");
		access_peer_release(&who);
		return NULL;
	}
	peer = xcalloc(1, sizeof *peer);
	peer->server = s;
	peer->who = who;
	peer->fd = fd;
	TAILQ_INSERT_TAIL(&s->peers, peer, entry);
	return peer;
}

/* ---- between the library and us ---- */

void
peer_on_connection(void *cls, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_CONNECTION_FD);
	struct api_server *s = cls;
	struct api_peer *peer;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		peer_free(*context);
		return;
	}
	peer = peer_find(s, info->connect_fd);
	if (peer == NULL)
		abort(); /* It knows only those we gave it. */
	peer->started = true;
	*context = peer;
	peer_expect(peer);
}

struct api_peer *
peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection,
		MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

const char *
peer_name(struct api_peer *peer)
{
	if (peer->name == NULL)
		peer->name = user_name(peer->who.uid);
	return peer->name;
}

size_t
peer_user_bytes(const struct api_peer *peer)
{
	const struct api_peer *other;
	size_t bytes = 0;

	TAILQ_FOREACH(other, &peer->server->peers, entry) {
		if (other->who.uid == peer->who.uid)
			bytes += other->bytes;
	}
	return bytes;
}

/* ---- for how long ---- */

static uint64_t
patience_ms(const struct api_server *s)
{
	return s->spec.patience_ms != 0 ? s->spec.patience_ms :
					  LIMIT_REQUEST_S * UINT64_C(1000);
}

/* One timer for all: it looks who is late when the first could be. */
void
peer_expect(struct api_peer *peer)
{
	struct api_server *s = peer->server;

	peer->deadline_ms = uv_now(s->spec.loop) + patience_ms(s);
	if (!s->closed && !uv_is_active((uv_handle_t *)&s->patience_timer))
		(void)uv_timer_start(&s->patience_timer, peers_on_patience,
		    patience_ms(s), 0);
}

void
peer_relax(struct api_peer *peer)
{
	peer->deadline_ms = 0;
}

/* The library sees the end of the connection, and closes it. */
static void
peer_cut(struct api_peer *peer)
{
	peer->deadline_ms = 0;
	(void)shutdown(peer->fd, SHUT_RDWR); /* It may be gone already. */
}

void
peers_on_patience(uv_timer_t *timer)
{
	struct api_server *s = timer->data;
	uint64_t now = uv_now(s->spec.loop), next = 0;
	struct api_peer *peer;

	TAILQ_FOREACH(peer, &s->peers, entry) {
		if (!peer->started || peer->deadline_ms == 0)
			continue;
		if (peer->deadline_ms <= now)
			peer_cut(peer);
		else if (next == 0 || peer->deadline_ms < next)
			next = peer->deadline_ms;
	}
	if (next != 0)
		(void)uv_timer_start(timer, peers_on_patience, next - now, 0);
}

/* Who may do less than when he asked gets no answer to that any more. */
void
peers_review(struct api_server *s)
{
	struct api_peer *peer;

	TAILQ_FOREACH(peer, &s->peers, entry) {
		if (peer->started &&
		    access_role(s->access, &peer->who) < peer->role)
			peer_cut(peer);
	}
}
