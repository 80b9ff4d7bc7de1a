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
#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "api/request.h"
#include "api/route.h"
#include "api/server.h"
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
	char *target;                      /* Owned, as it came in. */
	struct strbuf body;
	size_t received; /* More than the body if that was too large. */
	enum call_state state;
	struct api_request request;
	struct engine_call verb_call;
	uint64_t deadline_ms; /* In the time of the loop; 0: none. */
	struct error err;     /* The answer, unless err.code is ERROR_NONE. */
	struct api_hangup *hangup;
	struct api_stream stream;
};

/* How often a route has been answered with a status. */
struct api_count {
	const struct api_route *route; /* NULL for requests without one. */
	int status;
	uint64_t n;
};

TAILQ_HEAD(api_calls, api_call);

struct api_server {
	struct api_spec spec;
	char *socket_path;
	struct MHD_Daemon *daemon;
	struct engine_watch *watch;
	struct api_calls calls; /* All that are in flight. */
	int listen_fd;
	int spare_fd; /* To be able to turn a client away without any left. */
	uv_poll_t on_listen, on_epoll;
	uv_timer_t mhd_timer, deadline_timer, keepalive_timer, grace_timer;
	int handles; /* Open ones. */
	bool stopping, closed;
	uint64_t sequence; /* Of changes, since the start. */
	struct api_count *counts;
	size_t ncounts;
	uint64_t started_ms; /* Wall time. */
	void (*done)(void *arg);
	void *done_arg;
};

/* ---- server.c ---- */

/* The verb of a route of the table, for what the server asks itself. */
int server_ask(struct api_server *, const char *path, struct engine_call *,
    struct error *);

/* Let a suspended connection go on, soon. */
void server_resume(struct api_server *, struct MHD_Connection *);

/* ---- call.c ---- */

void *call_on_uri(void *cls, const char *target, struct MHD_Connection *);
enum MHD_Result call_on_request(void *cls, struct MHD_Connection *,
    const char *url, const char *method, const char *version,
    const char *upload, size_t *upload_len, void **con_cls);
void call_on_completed(void *cls, struct MHD_Connection *, void **con_cls,
    enum MHD_RequestTerminationCode);

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

/* ---- metrics.c ---- */

void metrics_render(struct api_server *, struct strbuf *);

#endif /* API_INTERNAL_H */
