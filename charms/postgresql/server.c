/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "charm.h"
#include "conf.h"
#include "hba.h"
#include "logtail.h"
#include "names.h"
#include "server.h"
#include "version.h"

#define INITDB_MS 300000
/* Below the data directory, where the server may write. */
#define CONTROL_FILE "global/pg_control"
#define STANDBY_FILE "standby.signal"

#define HBA_BYTES      16384
#define PASSFILE_BYTES 4096
#define VERSION_BYTES  64

int
server_user(uid_t *uid, gid_t *gid, struct error *err)
{
	const struct passwd *pw;

	*uid = geteuid();
	*gid = getegid();
	if (*uid != 0)
		return 0;
	errno = 0;
	pw = getpwnam(SERVER_USER);
	if (pw == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "there is no user \"%s\" to run the server as",
		    SERVER_USER);
		return error_hint(err, "apt-get install postgresql-common");
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

/* Data stays with the major version that made it. */
static char *
server_channel(const struct server *s)
{
	const char *channel = getenv("TENON_CHARM_CHANNEL");
	struct error ignored = { 0 };
	autofree char *text = file_read_below(s->data, "PG_VERSION",
	    VERSION_BYTES, &ignored);
	size_t len = text != NULL ? strspn(text, "0123456789.") : 0;

	/* Anything else is not the server's, and not to be shown. */
	if (len == 0 || strcmp(text + len, "\n") != 0)
		return xstrdup(channel == NULL ? "" : channel);
	text[len] = '\0';
	return take_ptr(text);
}

int
server_open(struct hook *h, struct server *s, struct error *err)
{
	autofree char *channel = NULL;

	s->storage = hook_storage(h, "pgdata", err);
	if (s->storage == NULL)
		return -1;
	s->data = xasprintf("%s/data", s->storage);
	s->data_new = xasprintf("%s/data.new", s->storage);
	s->conf_dir = xasprintf("%s/postgres", h->unit_dir);
	s->options = xasprintf("%s/options.conf", s->conf_dir);
	s->passfile = xasprintf("%s/pgpass", s->conf_dir);
	s->log = xasprintf("%s/log/%s.log", h->unit_dir, SERVER_SERVICE);
	s->address = hook_address(h, err);
	if (s->address == NULL)
		return -1;
	channel = server_channel(s);
	s->bindir = version_bindir(channel, err);
	if (s->bindir == NULL)
		return -1;
	return server_user(&s->uid, &s->gid, err);
}

void
server_release(struct server *s)
{
	free(s->address);
	free(s->bindir);
	free(s->storage);
	free(s->data);
	free(s->data_new);
	free(s->conf_dir);
	free(s->options);
	free(s->passfile);
	free(s->log);
	*s = (struct server){ 0 };
}

bool
server_has_data(const struct server *s)
{
	return file_exists(s->data);
}

bool
server_is_standby(const struct server *s)
{
	autofree char *path = xasprintf("%s/%s", s->data, STANDBY_FILE);
	struct stat st;

	/* A link may say one thing to us, and another to the server. */
	return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* It is the first field of the control file, in the machine's byte order. */
int
server_system_id(const struct server *s, uint64_t *id, struct error *err)
{
	autofd int fd = file_open_below(s->data, CONTROL_FILE, O_RDONLY, err);
	uint64_t value;

	if (fd == -1)
		return -1;
	if (read(fd, &value, sizeof value) != (ssize_t)sizeof value)
		return error_set(err, ERROR_INVALID, "%s/%s is cut off",
		    s->data, CONTROL_FILE);
	*id = value;
	return 0;
}

int
server_mark_standby(const struct server *s, const char *dir, struct error *err)
{
	autofd int fd = file_open_below(dir, STANDBY_FILE, O_WRONLY | O_CREAT,
	    err);

	if (fd == -1)
		return -1;
	if (fsync(fd) == -1 ||
	    (geteuid() == 0 && fchown(fd, s->uid, s->gid) == -1))
		return error_set_errno(err, errno, "%s/%s", dir, STANDBY_FILE);
	return 0;
}

/*
 * The layout of the control file's beginning is the same in all versions: the
 * identifier, two versions, the state, a time, the last checkpoint.
 */
char *
server_stopped_at(const struct server *s)
{
	enum {
		SHUTDOWNED = 1
	};
	struct error ignored = { 0 };
	autofd int fd = file_open_below(s->data, CONTROL_FILE, O_RDONLY,
	    &ignored);
	struct {
		uint64_t id;
		uint32_t version, catalog;
		int32_t state;
		int64_t time;
		uint64_t checkpoint;
	} control;

	if (fd == -1 ||
	    read(fd, &control, sizeof control) != (ssize_t)sizeof control ||
	    control.state != SHUTDOWNED)
		return NULL;
	return xasprintf("%X/%X", (unsigned)(control.checkpoint >> 32),
	    (unsigned)control.checkpoint);
}

int
server_initdb(struct hook *h, const struct server *s, const char *password,
    struct error *err)
{
	autofree char *program = xasprintf("%s/initdb", s->bindir);
	autofree char *input = xasprintf("%s\n", password);
	const char *const argv[] = { program, "-D", s->data_new, "-U",
		"operator", "--locale=C.UTF-8", "--encoding=UTF8",
		"--data-checksums", "--auth-host=scram-sha-256",
		"--auth-local=reject", "--pwfile=/dev/fd/3",
		"--no-instructions", "--no-sync", NULL };
	struct charm_command command = {
		.argv = argv,
		.user = SERVER_USER,
		.input = input,
		.timeout_ms = INITDB_MS,
		.is_told = true,
	};

	if (h->is_plan)
		return charm_run(h, &command, err);
	if (server_data_begin(s, err) == -1 ||
	    charm_run(h, &command, err) == -1)
		return -1;
	return server_data_commit(s, err);
}

/* ---- configuration ---- */

int
server_write_passfile(const struct server *s, const char *upstream,
    const char *password, struct error *err)
{
	const struct file_look look = { 0600, s->uid, s->gid };
	autostrbuf text = { 0 };
	struct error ignored = { 0 };
	autofree char *found = file_read(s->passfile, PASSFILE_BYTES, NULL,
	    &ignored);

	conf_add_pgpass(&text, upstream, "replication", password);
	if (found != NULL && strcmp(found, strbuf_cstr(&text)) == 0)
		return 0;
	return file_write_as(s->passfile, &look, strbuf_cstr(&text), err);
}

int
server_drop_passfile(const struct server *s, struct error *err)
{
	if (unlink(s->passfile) == -1 && errno != ENOENT)
		return error_set_errno(err, errno, "%s", s->passfile);
	return 0;
}

static char *
server_conninfo(const struct server *s, const char *upstream, const char *slot)
{
	autostrbuf sb = { 0 };

	conf_add_conninfo(&sb, "host", upstream);
	conf_add_conninfo(&sb, "port", "5432");
	conf_add_conninfo(&sb, "user", "replication");
	conf_add_conninfo(&sb, "passfile", s->passfile);
	conf_add_conninfo(&sb, "application_name", slot);
	conf_add_conninfo(&sb, "connect_timeout", "5");
	return strbuf_detach(&sb);
}

/* The server may read it, and nobody but us write it. */
struct file_look
server_look(const struct server *s)
{
	return (struct file_look){ 0640, (uid_t)-1, s->gid };
}

int
server_write_hba(const struct server *s, enum hba hba, struct error *err)
{
	autofree char *path = xasprintf("%s/pg_hba.conf", s->conf_dir);
	const struct file_look look = server_look(s);
	autostrbuf text = { 0 };

	hba_render(&text, hba);
	return file_write_as(path, &look, strbuf_cstr(&text), err);
}

bool
server_has_hba(const struct server *s, enum hba hba)
{
	autofree char *path = xasprintf("%s/pg_hba.conf", s->conf_dir);
	struct error ignored = { 0 };
	autofree char *found = file_read(path, HBA_BYTES, NULL, &ignored);
	autostrbuf text = { 0 };

	hba_render(&text, hba);
	return found != NULL && strcmp(found, strbuf_cstr(&text)) == 0;
}

static int
configure_told(struct hook *h, const struct server *s, const char *upstream,
    struct error *err)
{
	autofree char *note = xasprintf("postgresql.conf, pg_hba.conf%s and "
					"pg_ident.conf are written to %s",
	    upstream == NULL ? "" : ", pgpass", s->conf_dir);

	return hook_plan_note(h, note, err);
}

int
server_configure(struct hook *h, const struct server *s, const char *upstream,
    const char *password, struct error *err)
{
	const struct file_look look = server_look(s);
	autostrbuf conf = { 0 }, hba = { 0 }, pass = { 0 };
	autofree char *conf_file = xasprintf("%s/postgresql.conf", s->conf_dir);
	autofree char *hba_file = xasprintf("%s/pg_hba.conf", s->conf_dir);
	autofree char *ident_file = xasprintf("%s/pg_ident.conf", s->conf_dir);
	autofree char *slot = name_slot(h->unit);
	autofree char *conninfo = NULL;
	struct conf_spec spec = {
		.unit = h->unit,
		.address = s->address,
		.port = SERVER_PORT,
		.hba_file = hba_file,
		.ident_file = ident_file,
		.options_file = s->options,
	};
	struct file_text files[4];
	size_t n = 0;

	if (h->is_plan)
		return configure_told(h, s, upstream, err);
	if (dir_make(s->conf_dir, 0711, err) == -1)
		return -1;
	if (upstream != NULL) {
		conf_add_pgpass(&pass, upstream, "replication", password);
		files[n++] = (struct file_text){ s->passfile,
			strbuf_cstr(&pass), { 0600, s->uid, s->gid } };
		conninfo = server_conninfo(s, upstream, slot);
		spec.conninfo = conninfo;
		spec.slot = slot;
	}
	conf_render(&conf, &spec);
	hba_render(&hba, upstream == NULL ? HBA_OPEN : HBA_CLOSED);
	files[n++] = (struct file_text){ hba_file, strbuf_cstr(&hba), look };
	files[n++] = (struct file_text){ ident_file,
		"# Written by Tenon: no maps.\n", look };
	files[n++] = (struct file_text){ conf_file, strbuf_cstr(&conf), look };
	return files_write(files, n, err);
}

bool
server_is_configured(const struct server *s)
{
	autofree char *path = xasprintf("%s/postgresql.conf", s->conf_dir);

	return file_exists(path);
}

char *
server_reason(const struct server *s)
{
	struct error taken = { 0 };
	autofree char *text = NULL;

	/* The log says that the port is taken, but not by whom. */
	if (proc_port_free(s->address, SERVER_PORT, &taken) == -1)
		return xstrdup(taken.msg);
	text = logtail_read(s->log);
	return logtail_explain(text);
}
