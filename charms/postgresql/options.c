/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf.h"
#include "options.h"
#include "server.h"
#include "settings.h"

#define OPTIONS_BYTES 65536
#define CONF_BYTES    65536

json_t *
options_read(const struct server *s)
{
	struct error ignored = { 0 };
	autofree char *text = file_read(s->options, OPTIONS_BYTES, NULL,
	    &ignored);

	return text == NULL ? NULL : settings_parse(text);
}

/* A server that an older charm has configured does not read it yet. */
static int
include(const struct server *s, struct error *err)
{
	autofree char *path = xasprintf("%s/postgresql.conf", s->conf_dir);
	const struct file_look look = server_look(s);
	struct error ignored = { 0 };
	autofree char *found = file_read(path, CONF_BYTES, NULL, &ignored);
	autostrbuf text = { 0 };

	if (found == NULL || strstr(found, "include_if_exists") != NULL)
		return 0;
	strbuf_adds(&text, found);
	conf_add(&text, "include_if_exists", s->options);
	return file_write_as(path, &look, strbuf_cstr(&text), err);
}

/* What it last ran with is kept until it runs with something else. */
static int
keep_old(const struct server *s, json_t *inforce, struct error *err)
{
	autofree char *old = xasprintf("%s.old", s->options);
	const struct file_look look = server_look(s);
	autostrbuf text = { 0 };

	if (inforce == NULL || file_exists(old))
		return 0;
	settings_render(&text, inforce);
	return file_write_as(old, &look, strbuf_cstr(&text), err);
}

int
options_write(const struct server *s, json_t *wanted, json_t *inforce,
    struct error *err)
{
	const struct file_look look = server_look(s);
	autostrbuf text = { 0 };

	if (inforce != NULL && json_equal(wanted, inforce))
		return 0;
	settings_render(&text, wanted);
	if (dir_make(s->conf_dir, 0711, err) == -1 ||
	    keep_old(s, inforce, err) == -1 ||
	    file_write_as(s->options, &look, strbuf_cstr(&text), err) == -1)
		return -1;
	return include(s, err);
}

bool
options_has_old(const struct server *s)
{
	autofree char *old = xasprintf("%s.old", s->options);

	return file_exists(old);
}

void
options_forget_old(const struct server *s)
{
	autofree char *old = xasprintf("%s.old", s->options);

	(void)unlink(old);
}

char *
options_digest(const struct server *s)
{
	struct error ignored = { 0 };
	autofree char *text = file_read(s->options, OPTIONS_BYTES, NULL,
	    &ignored);

	return settings_digest_text(text == NULL ? "" : text);
}

int
options_restore_old(const struct server *s, struct error *err)
{
	autofree char *old = xasprintf("%s.old", s->options);

	return rename(old, s->options) == 0 ?
	    0 :
	    error_set_errno(err, errno, "%s", old);
}
