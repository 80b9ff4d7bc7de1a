/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf.h"

/*
 * wal_log_hints and checksums let pg_rewind work. syncfs makes a restart after
 * a crash independent of the number of files. The retry interval is what a
 * promotion waits when the primary dies at the wrong moment. A standby has one
 * slot, and two senders while it is cloned.
 */
static const struct {
	const char *name, *value;
} settings[] = {
	{ "unix_socket_directories", "" },
	{ "superuser_reserved_connections", "5" },
	{ "dynamic_shared_memory_type", "posix" },
	{ "wal_level", "logical" },
	{ "wal_log_hints", "on" },
	{ "max_wal_size", "1GB" },
	{ "max_wal_senders", "32" },
	{ "max_replication_slots", "16" },
	{ "max_slot_wal_keep_size", "8GB" },
	{ "hot_standby", "on" },
	{ "wal_receiver_status_interval", "1s" },
	{ "wal_retrieve_retry_interval", "100ms" },
	{ "recovery_init_sync_method", "syncfs" },
	{ "recovery_target_timeline", "latest" },
	{ "log_destination", "stderr" },
	{ "logging_collector", "off" },
	{ "log_line_prefix", "%m [%p] %q%u@%d " },
	{ "log_timezone", "Etc/UTC" },
	{ "lc_messages", "C.UTF-8" },
};

/* A newline cannot stand in a value: the file would have one line more. */
void
conf_add(struct strbuf *sb, const char *name, const char *value)
{
	strbuf_addf(sb, "%s = '", name);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_addc(sb, *value);
		strbuf_addc(sb, *value == '\n' ? ' ' : *value);
	}
	strbuf_adds(sb, "'\n");
}

void
conf_render(struct strbuf *sb, const struct conf_spec *spec)
{
	strbuf_adds(sb,
	    "# Written by Tenon: changes are lost. ALTER SYSTEM "
	    "keeps yours.\n");
	conf_add(sb, "listen_addresses", spec->address);
	strbuf_addf(sb, "port = %d\n", spec->port);
	conf_add(sb, "cluster_name", spec->unit);
	conf_add(sb, "hba_file", spec->hba_file);
	conf_add(sb, "ident_file", spec->ident_file);
	for (size_t i = 0; i < nitems(settings); i++)
		conf_add(sb, settings[i].name, settings[i].value);
	conf_add(sb, "include_if_exists", spec->options_file);
	if (spec->conninfo != NULL) {
		conf_add(sb, "primary_conninfo", spec->conninfo);
		/* It would come back open: see gate.h. */
		conf_add(sb, "restart_after_crash", "off");
	}
	if (spec->slot != NULL)
		conf_add(sb, "primary_slot_name", spec->slot);
}

void
conf_add_conninfo(struct strbuf *sb, const char *key, const char *value)
{
	strbuf_addf(sb, "%s%s='", sb->len > 0 ? " " : "", key);
	for (; *value != '\0'; value++) {
		if (*value == '\'' || *value == '\\')
			strbuf_addc(sb, '\\');
		strbuf_addc(sb, *value);
	}
	strbuf_addc(sb, '\'');
}

static void
pgpass_add(struct strbuf *sb, const char *field)
{
	for (; *field != '\0'; field++) {
		if (*field == ':' || *field == '\\')
			strbuf_addc(sb, '\\');
		strbuf_addc(sb, *field);
	}
}

void
conf_add_pgpass(struct strbuf *sb, const char *address, const char *user,
    const char *password)
{
	pgpass_add(sb, address);
	strbuf_adds(sb, ":*:*:");
	pgpass_add(sb, user);
	strbuf_addc(sb, ':');
	pgpass_add(sb, password);
	strbuf_addc(sb, '\n');
}
