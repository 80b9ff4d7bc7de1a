/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/absent.h"

static const struct absent_reason agent_reason = {
	.why = "agents are part of tenond",
	.instead = "nothing has to be fetched: tenond starts them itself",
};

static const struct absent_reason backup_reason = {
	.why = "tenon makes no backups",
	.instead = "pg_dump and pg_basebackup make them: \"tenon credentials\" "
		   "tells where the databases are",
};

static const struct absent_reason block_reason = {
	.why = "what somebody may do follows from the role",
	.instead =
	    "roles are given in the access file, access.yaml in the state "
	    "directory",
};

static const struct absent_reason cloud_reason = {
	.why = "this host is the one cloud there is",
	.instead = "\"tenon bootstrap\" and \"tenon add-model\" need neither a "
		   "cloud nor a credential",
};

static const struct absent_reason dashboard_reason = {
	.why = "there is no dashboard",
	.instead = "\"tenon status --watch 1s\" follows a model, and /metrics "
		   "has numbers for Prometheus",
};

static const struct absent_reason debug_reason = {
	.why = "hooks do not run in a terminal",
	.instead = "\"tenon why\" tells why one failed, \"tenon journal\" what "
		   "led to it",
};

static const struct absent_reason ha_reason = {
	.why = "there is one controller, and it is on this host",
	.instead = "databases survive the loss of a unit where there are "
		   "several: \"tenon add-unit\" adds some",
};

static const struct absent_reason login_reason = {
	.why = "the controller is the one of this host, which knows you by "
	       "your account",
	.instead =
	    "roles are given in the access file, access.yaml in the state "
	    "directory",
};

static const struct absent_reason machine_reason = {
	.why = "a machine is there as soon as it is made",
	.instead = "\"tenon add-machine\" makes one",
};

static const struct absent_reason metering_reason = {
	.why = "nothing is metered or charged",
	.instead = "/metrics has numbers for Prometheus",
};

static const struct absent_reason migrate_reason = {
	.why = "there is no other controller to go to",
	.instead = "\"tenon export-bundle\" writes what a model holds, but for "
		   "the data; \"tenon deploy\" makes it anew",
};

static const struct absent_reason network_reason = {
	.why = "all units are on the network of this host",
	.instead = "\"tenon status\" shows the address and the ports of each "
		   "unit",
};

static const struct absent_reason offer_reason = {
	.why = "a relation between two models works or is removed",
	.instead = "remove it with \"tenon remove-relation\", and relate "
		   "the applications again",
};

static const struct absent_reason option_reason = {
	.why = "a controller has no options",
	.instead = "tenond(8) tells what tenond can be told when it starts",
};

static const struct absent_reason payload_reason = {
	.why = "charms register no payloads",
	.instead = "\"tenon status\" shows what the units run",
};

static const struct absent_reason resource_reason = {
	.why = "a charm has all its files in its own directory",
	.instead = "put the file there, then deploy the directory",
};

static const struct absent_reason scale_reason = {
	.why = "that is for Kubernetes",
	.instead = "\"tenon add-unit\" and \"tenon remove-unit\" change the "
		   "number of units",
};

static const struct absent_reason secret_reason = {
	.why = "secrets are in the store of tenond, sealed, and nowhere else",
	.instead = "\"tenon add-secret\" makes one; nothing has to be set up",
};

static const struct absent_reason series_reason = {
	.why = "units run on the system of this host",
	.instead = "upgrade this host as its distribution says",
};

static const struct absent_reason ssh_reason = {
	.why = "units run on this host, and nobody is let in by their keys",
	.instead = "who may log in is up to the accounts of this host",
};

static const struct absent_reason storage_reason = {
	.why = "storage is a directory of its unit",
	.instead =
	    "\"tenon remove-unit --destroy-storage\" removes it with the "
	    "unit; else it is kept",
};

static const struct absent_reason store_reason = {
	.why = "charms do not come from a store",
	.instead = "\"tenon find\" lists those that are built in; a local "
		   "directory can be deployed too",
};

static const struct absent_reason tools_reason = {
	.why = "hook tools are described with the rest of what charms need",
	.instead = "tenon-charm(7) has them",
};

static const struct absent_reason upgrade_reason = {
	.why = "tenon is upgraded as any other program of this host",
	.instead =
	    "install the new version, then restart tenond; it brings the "
	    "new charms",
};

static const struct absent_reason user_reason = {
	.why = "users are the accounts of this host",
	.instead = "roles are given to them in the access file, access.yaml in "
		   "the state directory",
};

const struct absent absent_table[] = {
	{ "add-k8s", &cloud_reason },
	{ "add-secret-backend", &secret_reason },
	{ "add-space", &network_reason },
	{ "add-storage", &storage_reason },
	{ "add-subnet", &network_reason },
	{ "add-user", &user_reason },
	{ "agree", &store_reason },
	{ "agreements", &store_reason },
	{ "attach", &resource_reason },
	{ "attach-resource", &resource_reason },
	{ "attach-storage", &storage_reason },
	{ "autoload-credentials", &cloud_reason },
	{ "backups", &backup_reason },
	{ "bind", &network_reason },
	{ "budget", &metering_reason },
	{ "cached-images", &agent_reason },
	{ "change-user-password", &user_reason },
	{ "charm-resources", &resource_reason },
	{ "collect-metrics", &metering_reason },
	{ "controller-config", &option_reason },
	{ "create-backup", &backup_reason },
	{ "create-storage-pool", &storage_reason },
	{ "create-wallet", &metering_reason },
	{ "dashboard", &dashboard_reason },
	{ "debug-code", &debug_reason },
	{ "debug-hook", &debug_reason },
	{ "debug-hooks", &debug_reason },
	{ "default-credential", &cloud_reason },
	{ "default-region", &cloud_reason },
	{ "detach-storage", &storage_reason },
	{ "disable-command", &block_reason },
	{ "disable-user", &user_reason },
	{ "disabled-commands", &block_reason },
	{ "download", &store_reason },
	{ "download-backup", &backup_reason },
	{ "enable-command", &block_reason },
	{ "enable-destroy-controller", &block_reason },
	{ "enable-ha", &ha_reason },
	{ "enable-user", &user_reason },
	{ "firewall-rules", &network_reason },
	{ "grant", &user_reason },
	{ "grant-cloud", &cloud_reason },
	{ "gui", &dashboard_reason },
	{ "help-action-commands", &tools_reason },
	{ "help-hook-commands", &tools_reason },
	{ "help-tool", &tools_reason },
	{ "hook-tool", &tools_reason },
	{ "hook-tools", &tools_reason },
	{ "import-filesystem", &storage_reason },
	{ "import-ssh-key", &ssh_reason },
	{ "import-ssh-keys", &ssh_reason },
	{ "login", &login_reason },
	{ "logout", &login_reason },
	{ "metrics", &metering_reason },
	{ "migrate", &migrate_reason },
	{ "model-secret-backend", &secret_reason },
	{ "move-to-space", &network_reason },
	{ "payloads", &payload_reason },
	{ "plans", &metering_reason },
	{ "regions", &cloud_reason },
	{ "register", &login_reason },
	{ "reload-spaces", &network_reason },
	{ "remove-backup", &backup_reason },
	{ "remove-cached-images", &agent_reason },
	{ "remove-k8s", &cloud_reason },
	{ "remove-secret-backend", &secret_reason },
	{ "remove-space", &network_reason },
	{ "remove-storage", &storage_reason },
	{ "remove-storage-pool", &storage_reason },
	{ "remove-user", &user_reason },
	{ "rename-space", &network_reason },
	{ "resources", &resource_reason },
	{ "restore-backup", &backup_reason },
	{ "resume-relation", &offer_reason },
	{ "retry-provisioning", &machine_reason },
	{ "revoke", &user_reason },
	{ "revoke-cloud", &cloud_reason },
	{ "scale-application", &scale_reason },
	{ "secret-backends", &secret_reason },
	{ "set-application-base", &series_reason },
	{ "set-credential", &cloud_reason },
	{ "set-default-credentials", &cloud_reason },
	{ "set-default-region", &cloud_reason },
	{ "set-firewall-rule", &network_reason },
	{ "set-meter-status", &metering_reason },
	{ "set-plan", &metering_reason },
	{ "set-series", &series_reason },
	{ "set-wallet", &metering_reason },
	{ "show-secret-backend", &secret_reason },
	{ "show-space", &network_reason },
	{ "show-storage", &storage_reason },
	{ "show-wallet", &metering_reason },
	{ "sla", &metering_reason },
	{ "spaces", &network_reason },
	{ "storage", &storage_reason },
	{ "storage-pools", &storage_reason },
	{ "subnets", &network_reason },
	{ "suspend-relation", &offer_reason },
	{ "sync-agent-binary", &agent_reason },
	{ "sync-tools", &agent_reason },
	{ "unregister", &login_reason },
	{ "update-k8s", &cloud_reason },
	{ "update-public-clouds", &cloud_reason },
	{ "update-secret-backend", &secret_reason },
	{ "update-storage-pool", &storage_reason },
	{ "upgrade-controller", &upgrade_reason },
	{ "upgrade-juju", &upgrade_reason },
	{ "upgrade-machine", &series_reason },
	{ "upgrade-model", &upgrade_reason },
	{ "upgrade-series", &series_reason },
	{ "upload-backup", &backup_reason },
	{ "wallets", &metering_reason },
};

const size_t absent_count = nitems(absent_table);

static int
absent_compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct absent *)row)->name);
}

const struct absent *
absent_lookup(const char *name)
{
	static const char prefix[] = "list-";

	if (strncmp(name, prefix, sizeof prefix - 1) == 0)
		name += sizeof prefix - 1;
	return bsearch(name, absent_table, nitems(absent_table),
	    sizeof absent_table[0], absent_compare);
}

int
absent_refuse(const struct absent *absent, const char *prog, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "%s has no \"%s\": %s", prog,
	    absent->name, absent->reason->why);
	return error_hint(err, "%s", absent->reason->instead);
}
