/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "machine/lines.h"
#include "machine/pidwatch.h"
#include "machine/runner.h"
#include "machine/spawn.h"

/* What a charm that does not read its messages may leave with us. */
#define BACKLOG_MAX (16 * (size_t)LIMIT_MESSAGE_BYTES)
/* What we read at most of a stream whose process is gone. */
#define DRAIN_MAX  (4 * (size_t)LIMIT_MESSAGE_BYTES)
#define READ_BYTES (64 * 1024)

/* Where the streams are in the child: its descriptor is the index. */
enum stream_id {
	STREAM_OUTPUT = 1,
	STREAM_ERRORS,
	STREAM_CHANNEL,
	STREAM_COUNT
};

struct stream {
	struct runner *runner;
	enum stream_id id;
	uv_pipe_t pipe;
	struct lines lines;
};

enum runner_state {
	RUNNER_STARTING,
	RUNNER_RUNNING,
	RUNNER_GONE /* The process is; closing. */
};

struct runner {
	enum runner_state state;
	char *name;
	uv_loop_t *loop;
	void (*on_message)(void *arg, json_t *message);
	void (*on_line)(void *arg, bool is_error, const char *line);
	void (
	    *on_output)(void *arg, bool is_error, const char *bytes, size_t n);
	void (*on_exit)(void *arg, int status, const char *how);
	void *arg;

	struct stream streams[STREAM_COUNT];
	int open; /* Streams that are not closed. */
	struct pidwatch *watch;
	struct pid_end end;
	char buf[READ_BYTES];
};

struct outgoing {
	uv_write_t req;
	struct runner *runner;
	char *line;
};

static void
runner_free(struct runner *r)
{
	for (int id = STREAM_OUTPUT; id < STREAM_COUNT; id++)
		lines_release(&r->streams[id].lines);
	free(r->name);
	free(r);
}

/* Everything is closed: say so, unless it has never been started. */
static void
runner_finish(struct runner *r)
{
	if (r->state == RUNNER_GONE)
		r->on_exit(r->arg, r->end.status,
		    r->end.status == 0 ? "" : r->end.how);
	runner_free(r);
}

static void
stream_on_closed(uv_handle_t *handle)
{
	struct stream *s = handle->data;
	struct runner *r = s->runner;

	r->open--;
	if (r->open == 0 && r->watch == NULL)
		runner_finish(r);
}

static bool
stream_is_open(const struct stream *s)
{
	return s->runner != NULL &&
	    !uv_is_closing((const uv_handle_t *)&s->pipe);
}

static void
stream_close(struct stream *s)
{
	if (stream_is_open(s))
		uv_close((uv_handle_t *)&s->pipe, stream_on_closed);
}

static void
runner_reject(struct runner *r, const char *why)
{
	log_error(r->name, "charm protocol: %s; killing the charm", why);
	runner_kill(r);
	runner_close(r); /* Also if there was nothing left to kill. */
}

static void
stream_take_message(void *arg, char *line, size_t len)
{
	struct stream *s = arg;
	struct runner *r = s->runner;
	json_auto_t *message = NULL;
	struct error err;

	if (!stream_is_open(s))
		return;
	message = json_read(line, len, LIMIT_MESSAGE_BYTES, &err);
	if (message == NULL)
		runner_reject(r, err.msg);
	else if (!json_is_object(message))
		runner_reject(r, "a message is not an object");
	else
		r->on_message(r->arg, message);
}

static void
stream_take_line(void *arg, char *line, size_t len)
{
	struct stream *s = arg;

	lines_clean(line, len);
	s->runner->on_line(s->runner->arg, s->id == STREAM_ERRORS, line);
}

static void
stream_feed(struct stream *s, const char *bytes, size_t n)
{
	struct runner *r = s->runner;

	if (s->id != STREAM_CHANNEL && r->on_output != NULL)
		r->on_output(r->arg, s->id == STREAM_ERRORS, bytes, n);
	else if (lines_feed(&s->lines, bytes, n) == -1)
		runner_reject(r, "a message is too long");
}

static void
stream_end(struct stream *s)
{
	if (s->id != STREAM_CHANNEL)
		lines_end(&s->lines);
	stream_close(s);
}

static void
stream_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct stream *s = handle->data;

	(void)suggested;
	*buf = uv_buf_init(s->runner->buf, sizeof s->runner->buf);
}

static void
stream_on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct stream *s = stream->data;

	if (n > 0)
		stream_feed(s, buf->base, (size_t)n);
	else if (n < 0)
		stream_end(s);
}

/* A grandchild may hold the other end: do not wait for the end of file. */
static void
stream_drain(struct stream *s)
{
	struct runner *r = s->runner;
	size_t total = 0;
	uv_os_fd_t fd;
	ssize_t n;

	if (!stream_is_open(s) ||
	    uv_fileno((const uv_handle_t *)&s->pipe, &fd) != 0)
		return;
	(void)uv_read_stop((uv_stream_t *)&s->pipe);
	while (stream_is_open(s) && total < DRAIN_MAX) {
		n = read(fd, r->buf, sizeof r->buf);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		total += (size_t)n;
		stream_feed(s, r->buf, (size_t)n);
	}
}

static void
runner_on_end(void *arg, const struct pid_end *end)
{
	struct runner *r = arg;

	r->state = RUNNER_GONE;
	r->end = *end;
	r->watch = NULL;
	for (int id = STREAM_OUTPUT; id < STREAM_COUNT; id++) {
		stream_drain(&r->streams[id]);
		if (stream_is_open(&r->streams[id]))
			stream_end(&r->streams[id]);
	}
	if (r->open == 0)
		runner_finish(r);
}

/* Take over our end of a stream. */
static int
stream_open(struct runner *r, enum stream_id id, int *fd, struct error *err)
{
	struct stream *s = &r->streams[id];
	bool is_channel = id == STREAM_CHANNEL;
	int rc;

	rc = uv_pipe_init(r->loop, &s->pipe, 0);
	if (rc < 0)
		return error_set(err, ERROR_INTERNAL, "pipe: %s",
		    uv_strerror(rc));
	s->runner = r;
	s->id = id;
	s->pipe.data = s;
	s->lines = (struct lines){
		.max_bytes = is_channel ? LIMIT_MESSAGE_BYTES :
					  LIMIT_LOG_LINE_BYTES,
		.excess = is_channel ? LINES_REFUSE : LINES_SPLIT,
		.on_line = is_channel ? stream_take_message : stream_take_line,
		.arg = s,
	};
	r->open++;
	rc = uv_pipe_open(&s->pipe, *fd);
	if (rc < 0)
		return error_set(err, ERROR_INTERNAL, "pipe: %s",
		    uv_strerror(rc));
	*fd = -1;
	return 0;
}

/* Make a stream: our end in the runner, the child's in *theirs. */
static int
stream_make(struct runner *r, enum stream_id id, int *theirs, struct error *err)
{
	int ends[2];
	int rc;

	if (id == STREAM_CHANNEL)
		rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
	else
		rc = pipe2(ends, O_CLOEXEC);
	if (rc == -1)
		return error_set_errno(err, errno, "pipe");
	*theirs = ends[1];
	rc = stream_open(r, id, &ends[0], err);
	mem_closep(&ends[0]);
	return rc;
}

static int
runner_spawn(struct runner *r, const struct runner_spec *spec, const int *fds,
    struct error *err)
{
	autostrv env = { 0 };
	struct spawn_child child;
	struct spawn_spec s = {
		.life = SPAWN_DIES_WITH_US,
		.dir = spec->dir,
		.argv = spec->argv,
		.fds = fds,
		.nfds = spec->resident ? STREAM_COUNT : STREAM_CHANNEL,
		.umask = 022,
	};

	for (char *const *e = spec->env; *e != NULL; e++)
		strv_add(&env, *e);
	if (spec->resident)
		strv_addf(&env, "TENON_CHARM_FD=%d", STREAM_CHANNEL);
	s.env = env.v == NULL ? spec->env : env.v;
	if (spawn_begin(&s, &child, err) == -1 ||
	    spawn_go(&s, &child, err) == -1)
		return -1;
	r->watch = pidwatch_new(r->loop, child.pid, child.pidfd, runner_on_end,
	    r, err);
	if (r->watch == NULL) {
		spawn_abandon(&child);
		return -1;
	}
	return 0;
}

static int
runner_open(struct runner *r, const struct runner_spec *spec, struct error *err)
{
	int count = spec->resident ? STREAM_COUNT : STREAM_CHANNEL;
	int fds[STREAM_COUNT] = { -1, -1, -1, -1 };
	int rc = 0;

	fds[STDIN_FILENO] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fds[STDIN_FILENO] == -1)
		return error_set_errno(err, errno, "/dev/null");
	for (int id = STREAM_OUTPUT; rc == 0 && id < count; id++)
		rc = stream_make(r, (enum stream_id)id, &fds[id], err);
	if (rc == 0)
		rc = runner_spawn(r, spec, fds, err);
	for (int id = STDIN_FILENO; id < STREAM_COUNT; id++)
		mem_closep(&fds[id]);
	return rc;
}

struct runner *
runner_start(const struct runner_spec *spec, struct error *err)
{
	struct runner *r = xcalloc(1, sizeof *r);

	r->name = xstrdup(spec->name);
	r->loop = spec->loop;
	r->on_message = spec->on_message;
	r->on_line = spec->on_line;
	r->on_output = spec->on_output;
	r->on_exit = spec->on_exit;
	r->arg = spec->arg;
	if (runner_open(r, spec, err) == -1) {
		for (int id = STREAM_OUTPUT; id < STREAM_COUNT; id++)
			stream_close(&r->streams[id]);
		if (r->open == 0)
			runner_free(r);
		return NULL;
	}
	r->state = RUNNER_RUNNING;
	for (int id = STREAM_OUTPUT; id < STREAM_COUNT; id++) {
		if (r->streams[id].runner != NULL)
			(void)uv_read_start((uv_stream_t *)&r->streams[id].pipe,
			    stream_on_alloc, stream_on_read);
	}
	return r;
}

static void
outgoing_on_written(uv_write_t *req, int status)
{
	struct outgoing *o = container_of(req, struct outgoing, req);

	/* It is most likely gone already: what it said last still counts. */
	if (status < 0 && status != UV_ECANCELED && o->runner->watch != NULL)
		pidwatch_kill_group(o->runner->watch);
	mem_wipe(o->line);
	free(o);
}

void
runner_send(struct runner *r, const json_t *message)
{
	struct stream *s = &r->streams[STREAM_CHANNEL];
	struct outgoing *o;
	uv_buf_t buf;
	size_t len;
	int rc;

	if (r->state != RUNNER_RUNNING || !stream_is_open(s))
		return;
	o = xcalloc(1, sizeof *o);
	o->runner = r;
	o->line = json_line(message);
	len = strlen(o->line);
	o->line[len] = '\n';
	buf = uv_buf_init(o->line, (unsigned)len + 1);
	rc = uv_write(&o->req, (uv_stream_t *)&s->pipe, &buf, 1,
	    outgoing_on_written);
	if (rc < 0)
		outgoing_on_written(&o->req, rc);
	else if (uv_stream_get_write_queue_size((uv_stream_t *)&s->pipe) >
	    BACKLOG_MAX)
		runner_reject(r, "it does not read its messages");
}

void
runner_close(struct runner *r)
{
	stream_close(&r->streams[STREAM_CHANNEL]);
}

void
runner_kill(struct runner *r)
{
	if (r->watch == NULL)
		return;
	pidwatch_kill_group(r->watch);
	/* What it still said does not count. */
	runner_close(r);
}
