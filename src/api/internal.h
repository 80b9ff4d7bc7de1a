/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal - what the files of the server share.
 *
 * A call is one HTTP request:
 *
 *	NEW -> READING -> SENDING
 *	               -> WAITING -> READY -> SENDING
 *	               -> STREAMING
 *
 * and from WAITING and STREAMING to GONE, when the client has hung up. In
 * WAITING the connection is suspended; in STREAMING it is between two events.
 */

#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <bsd/sys/queue.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "api/access.h"
#include "api/request.h"
#include "api/route.h"
#include "api/server.h"
#include "api/steps.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "engine/engine.h"

enum call_state {
	CALL_NEW,
	CALL_READING,
	CALL_WAITING,
	CALL_READY,
	CALL_STREAMING,
	CALL_GONE,
	CALL_SENDING
};

/* An event is small and of one size, whatever the model. */
#define STREAM_TEXT_SIZE 160

struct api_stream {
	char *model; /* Owned: the name, and which model of that name. */
	char *uuid;
	char text[STREAM_TEXT_SIZE]; /* What is still to be sent. */
	size_t len, sent;
	bool changed;   /* The client has not been told yet. */
	bool suspended; /* The connection sleeps until there is something. */
	bool over;      /* Nothing comes after the text. */
};

struct api_call {
	TAILQ_ENTRY(api_call) entry;
	struct api_server *server;
	struct MHD_Connection *connection; /* Borrowed. */
	struct api_peer *peer;             /* Borrowed. */
	char *target;                      /* Owned, as it came in. */
	struct strbuf body;
	size_t received; /* More than the body if that was too large. */
	size_t charged;  /* Of the bytes of its peer. */
	enum call_state state;
	struct api_request request;
	struct api_steps steps; /* Of a request that has any. */
	struct engine_call verb_call;
	uint64_t deadline_ms; /* In the time of the loop; 0: none. */
	struct error err;     /* The answer, unless err.code is ERROR_NONE. */
	struct api_hangup *hangup;
	struct api_stream stream;
};

/* One connection, and who is at its other end. */
struct api_peer {
	TAILQ_ENTRY(api_peer) entry;
	struct api_server *server;
	struct access_peer who;
	char *name; /* Owned; NULL until it is asked for. */
	int fd;     /* The library's. */
	bool started;
	enum access_role role; /* As of its last request. */
	uint64_t deadline_ms;  /* To be cut off; 0 while it is we who work. */
	size_t bytes;          /* Of bodies and answers that are held. */
};

TAILQ_HEAD(api_peers, api_peer);

/* A socket that clients come in by. */
struct api_listener {
	uv_poll_t poll;
	struct api_server *server;
	int fd;
	char *path; /* Owned. */
};

/* How often a route has been answered with a status. */
struct api_count {
	const struct api_route *route; /* NULL for requests without one. */
	int status;
	uint64_t n;
};

/* When somebody last asked for something. */
struct api_seen {
	uid_t uid;
	uint64_t wall_ms;
};

TAILQ_HEAD(api_calls, api_call);

struct api_server {
	struct api_spec spec;            /* Its paths are not kept: */
	char *access_path, *shared_path; /* Owned; or NULL. */
	struct access *access;
	struct MHD_Daemon *daemon;
	struct engine_watch *watch;
	struct api_calls calls;            /* All that are in flight. */
	struct api_peers peers;            /* All connections. */
	struct api_listener *own, *shared; /* The second for others; or NULL. */
	uv_poll_t *on_access; /* The directory of the access file; or NULL. */
	uint64_t refused_ms;  /* When that was last written to the log. */
	uint64_t refused;     /* How many there were since. */
	int spare_fd; /* To be able to turn a client away without any left. */
	uv_poll_t on_epoll;
	uv_timer_t mhd_timer, deadline_timer, keepalive_timer, grace_timer,
	    patience_timer;
	int handles; /* Open ones. */
	bool stopping, closed;
	uint64_t sequence; /* Of changes, since the start. */
	struct api_count *counts;
	size_t ncounts;
	struct api_seen *seen; /* Who has asked for something, and when. */
	size_t nseen;
	uint64_t started_ms; /* Wall time. */
	void (*done)(void *arg);
	void *done_arg;
};

/* ---- server.c ---- */

/* The verb of a route of the table, for what the server asks itself. */
int server_ask(struct api_server *, const char *path, struct engine_call *,
    struct error *);

/* Let the library do what is due. */
void server_pump(struct api_server *);

/* Let a suspended connection go on, soon. */
void server_resume(struct api_server *, struct MHD_Connection *);

/* ---- listener.c ---- */

/* NULL with an error. It accepts once it has been started. */
struct api_listener *listener_open(struct api_server *, const char *path,
    mode_t, struct error *);
void listener_start(struct api_listener *);
/* Removes the socket. NULL is fine; *slot becomes NULL. */
void listener_close(struct api_listener **slot);

/* ---- share.c ---- */

/* Look at the access file from now on. */
void share_start(struct api_server *);
void share_stop(struct api_server *);
/* Look at it now, and let in, or cut off, whom it concerns. */
void share_refresh(struct api_server *);

/* ---- peer.c ---- */

/* NULL if there are too many of the kind, or it cannot be told who it is. */
struct api_peer *peer_admit(struct api_server *, int fd);
void peer_free(struct api_peer *);
/* For the library: a connection has begun, or ended. */
void peer_on_connection(void *cls, struct MHD_Connection *, void **context,
    enum MHD_ConnectionNotificationCode);
struct api_peer *peer_of(struct MHD_Connection *);
/* Whose turn it is: a peer's takes LIMIT_REQUEST_S at most. */
void peer_expect(struct api_peer *);
void peer_relax(struct api_peer *);
/* Its name, borrowed. */
const char *peer_name(struct api_peer *);
/* The bytes that all connections of the same user hold. */
size_t peer_user_bytes(const struct api_peer *);
/* What the access file says has changed. */
void peers_review(struct api_server *);
void peers_on_patience(uv_timer_t *);
/* Say in the log that somebody was refused; not each time. */
void peer_log_refused(struct api_server *, const struct access_peer *,
    const char *why);

/* ---- call.c ---- */

void *call_on_uri(void *cls, const char *target, struct MHD_Connection *);
enum MHD_Result call_on_request(void *cls, struct MHD_Connection *,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_len, void **con_cls);
void call_on_completed(void *cls, struct MHD_Connection *, void **con_cls,
    enum MHD_RequestTerminationCode);

/* The call holds so many bytes more, until its end. */
void call_charge(struct api_call *, size_t bytes);

/* Look at the waiting calls again. */
void calls_recheck(struct api_server *);
void calls_on_deadline(uv_timer_t *);

/* Answer all that wait: the server is about to end. */
void calls_abandon(struct api_server *);

/* ---- answer.c ---- */

/* Queue what the call has come to: its error, or its reply. */
enum MHD_Result answer_call(struct api_call *);
enum MHD_Result answer_text(struct api_call *, const char *type,
    struct strbuf *);
void answer_count(struct api_server *, const struct api_route *, int status);

/* ---- hangup.c ---- */

/*
 * The library does not look at a suspended connection, so we do: `fn` is called
 * once if the other end closes. Cancel it before the connection is resumed.
 */
struct api_hangup *hangup_watch(struct api_call *,
    void (*fn)(struct api_call *));
void hangup_cancel(struct api_hangup **);

/* ---- stream.c ---- */

enum MHD_Result stream_start(struct api_call *);
void stream_release(struct api_stream *);
void streams_wake(struct api_server *);
void streams_end(struct api_server *);
void streams_on_keepalive(uv_timer_t *);

/* ---- users.c ---- */

/* He has just asked for something. */
void users_see(struct api_server *, uid_t);
/* Who has a role, and who asks; a new reference. */
json_t *users_json(struct api_call *);

/* ---- metrics.c ---- */

void metrics_render(struct api_server *, struct strbuf *);

#endif /* API_INTERNAL_H */
