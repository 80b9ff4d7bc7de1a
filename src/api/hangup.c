/* SPDX-License-Identifier: Apache-2.0 */

#include "api/internal.h"
#include "base/mem.h"

struct api_hangup {
	uv_poll_t poll;
	struct api_call *call; /* NULL once cancelled. */
	void (*fn)(struct api_call *);
};

static void
hangup_on_closed(uv_handle_t *handle)
{
	struct api_hangup *hangup = handle->data;

	free(hangup);
}

static void
hangup_on_poll(uv_poll_t *poll, int status, int events)
{
	struct api_hangup *hangup = poll->data;

	if (hangup->call == NULL)
		return;
	/* An error of the socket ends it as surely as its other end. */
	if (status < 0 || (events & UV_DISCONNECT) != 0)
		hangup->fn(hangup->call);
}

struct api_hangup *
hangup_watch(struct api_call *call, void (*fn)(struct api_call *))
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(call->connection,
		MHD_CONNECTION_INFO_CONNECTION_FD);
	struct api_hangup *hangup;

	if (info == NULL)
		return NULL;
	hangup = xcalloc(1, sizeof *hangup);
	if (uv_poll_init(call->server->spec.loop, &hangup->poll,
		info->connect_fd) != 0) {
		free(hangup);
		return NULL;
	}
	hangup->poll.data = hangup;
	hangup->call = call;
	hangup->fn = fn;
	if (uv_poll_start(&hangup->poll, UV_DISCONNECT, hangup_on_poll) != 0)
		hangup_cancel(&hangup);
	return hangup;
}

void
hangup_cancel(struct api_hangup **slot)
{
	struct api_hangup *hangup = take_ptr(*slot);

	if (hangup == NULL)
		return;
	hangup->call = NULL;
	uv_close((uv_handle_t *)&hangup->poll, hangup_on_closed);
}
