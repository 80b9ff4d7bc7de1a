/* SPDX-License-Identifier: Apache-2.0 */

#include "tool.h"

/* clang-format off */
#define FORMAT                                                            \
	{ "format", NULL, 0, FLAG_VALUE, "smart (default), yaml or json" }, \
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" }
#define RELATION \
	{ "relation", NULL, 'r', FLAG_VALUE, "A relation by its id" }
/* clang-format on */

static const struct flag format_flags[] = { FORMAT, { 0 } };
static const struct flag config_flags[] = { FORMAT,
	{ "all", NULL, 'a', FLAG_SWITCH, "Show all options" }, { 0 } };
static const struct flag list_flags[] = { FORMAT, RELATION,
	{ "app", NULL, 0, FLAG_OPTIONAL, "Show the remote application" },
	{ 0 } };
static const struct flag get_flags[] = { FORMAT, RELATION,
	{ "app", NULL, 0, FLAG_OPTIONAL, "Read the application's databag" },
	{ 0 } };
static const struct flag set_flags[] = { RELATION,
	{ "app", NULL, 0, FLAG_OPTIONAL, "Write the application's databag" },
	{ "file", NULL, 0, FLAG_VALUE,
	    "A file of values in YAML; - is standard input" },
	{ "format", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE }, { 0 } };
static const struct flag status_flags[] = {
	{ "application", NULL, 0, FLAG_OPTIONAL, "Of the application" }, { 0 }
};
static const struct flag status_get_flags[] = { FORMAT,
	{ "application", NULL, 0, FLAG_OPTIONAL, "Of the application" },
	{ "include-data", NULL, 0, FLAG_SWITCH, "Show the message too" },
	{ 0 } };
static const struct flag log_flags[] = { { "log-level", NULL, 'l', FLAG_VALUE,
					     "At this level, INFO by default" },
	{ "debug", NULL, 0, FLAG_SWITCH, "At the level DEBUG" }, RELATION,
	{ "format", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE }, { 0 } };
static const struct flag port_flags[] = {
	{ "endpoints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE }, FORMAT, { 0 }
};
static const struct flag network_flags[] = { FORMAT, RELATION,
	{ "bind-address", NULL, 0, FLAG_SWITCH, "Show where to listen" },
	{ "ingress-address", NULL, 0, FLAG_SWITCH, "Show what to publish" },
	{ "egress-subnets", NULL, 0, FLAG_SWITCH, "Show where it comes from" },
	{ "primary-address", NULL, 0, FLAG_SWITCH, "As --bind-address" },
	{ 0 } };
static const struct flag storage_flags[] = { FORMAT,
	{ "storage", NULL, 's', FLAG_VALUE,
	    "The storage instance (= <id>), as pgdata/0" },
	{ 0 } };
static const struct flag state_flags[] = {
	{ "file", NULL, 0, FLAG_VALUE, "A file of values in YAML" }, { 0 }
};

/* clang-format off */
#define TERMS                                                             \
	{ "label", NULL, 0, FLAG_VALUE, "A name to find it by" },         \
	{ "description", NULL, 0, FLAG_VALUE, "What it is" },             \
	{ "owner", NULL, 0, FLAG_VALUE, "application (default) or unit" }, \
	{ "expire", NULL, 0, FLAG_VALUE, "Refused: secrets do not expire" }, \
	{ "rotate", NULL, 0, FLAG_VALUE, "never" }
/* clang-format on */

static const struct flag terms_flags[] = { TERMS, FORMAT, { 0 } };
static const struct flag secret_flags[] = { FORMAT,
	{ "label", NULL, 0, FLAG_VALUE, "Find it by its label" },
	{ "peek", NULL, 0, FLAG_SWITCH, "Look at the latest revision" },
	{ "refresh", NULL, 0, FLAG_SWITCH, "Move on to the latest revision" },
	{ 0 } };
static const struct flag grant_flags[] = { RELATION,
	{ "unit", NULL, 0, FLAG_VALUE, "To this unit only" },
	{ "app", "application", 0, FLAG_VALUE, "From this application" },
	{ 0 } };
static const struct flag remove_flags[] = {
	{ "revision", NULL, 0, FLAG_VALUE, "Only this revision" }, { 0 }
};

#define ANY CMD_ANY_ARGS
#define TOOL(text, words, flag_table, min, max, needed, what) \
	.cmd = {                                              \
		.name = (text),                               \
		.args = (words),                              \
		.summary = (what),                            \
		.details = "",                                \
		.flags = (flag_table),                        \
		.min_args = (min),                            \
		.max_args = (max),                            \
		.missing = (needed),                          \
	}
#define ABSENT(text, why)                                  \
	{                                                  \
		.cmd = { .name = (text) }, .reason = (why) \
	}

/* clang-format off */
const struct tool tools[] = {
	{ TOOL("action-fail", "[<message>]", NULL, 0, ANY, "",
		"Says that the action fails."), fill_message, NULL, TOOL_SILENT },
	{ TOOL("action-get", "[<key>]", format_flags, 0, 1, "",
		"Shows the parameters of the action."), fill_key, NULL, TOOL_VALUE },
	{ TOOL("action-log", "<message>", NULL, 1, ANY, "no message specified",
		"Tells of the action's progress."), fill_message, NULL, TOOL_SILENT },
	{ TOOL("action-set", "<key>=<value> [...]", NULL, 0, ANY, "",
		"Sets results of the action."), fill_values, NULL, TOOL_SILENT },
	{ TOOL("application-version-set", "<version>", NULL, 1, ANY,
		"no version specified", "Says which version the workload has."),
	    fill_version, NULL, TOOL_SILENT },
	{ TOOL("close-port", "<port>[-<port>][/<protocol>]|icmp", port_flags, 1, 1,
		"no port specified", "Closes a port."), fill_port, NULL, TOOL_SILENT },
	{ TOOL("config-get", "[<key>]", config_flags, 0, 1, "",
		"Shows the configuration."), fill_key, NULL, TOOL_VALUE },
	{ TOOL("is-leader", "", format_flags, 0, 0, "",
		"Shows whether the unit leads."), fill_nothing, NULL, TOOL_VALUE },
	{ TOOL("juju-log", "<message>", log_flags, 1, ANY,
		"no message specified", "Writes to the log."),
	    fill_log, NULL, TOOL_SILENT },
	{ TOOL("network-get", "<binding>", network_flags, 1, 1,
		"no arguments specified", "Shows the unit's addresses."),
	    fill_network, NULL, TOOL_NETWORK },
	{ TOOL("open-port", "<port>[-<port>][/<protocol>]|icmp", port_flags, 1, 1,
		"no port specified", "Opens a port."), fill_port, NULL, TOOL_SILENT },
	{ TOOL("opened-ports", "", port_flags, 0, 0, "",
		"Shows the ports that are open."), fill_nothing, NULL, TOOL_VALUE },
	{ TOOL("relation-get", "[<key>|-] [<unit or application>]", get_flags,
		0, 2, "", "Reads a databag."), fill_relation_get, NULL, TOOL_VALUE },
	{ TOOL("relation-ids", "[<endpoint>]", format_flags, 0, 1, "",
		"Lists the relations of an endpoint."),
	    fill_endpoint, NULL, TOOL_VALUE },
	{ TOOL("relation-list", "", list_flags, 0, 0, "",
		"Lists the units at the other end."),
	    fill_relation_list, NULL, TOOL_VALUE },
	{ TOOL("relation-set", "<key>=<value> [...]", set_flags, 0, ANY, "",
		"Writes a databag."), fill_relation_set, NULL, TOOL_SILENT },
	{ TOOL("secret-add", "<key>[#file]=<value> [...]", terms_flags, 1, ANY,
		"missing secret value", "Makes a secret."),
	    fill_secret_add, NULL, TOOL_VALUE },
	{ TOOL("secret-get", "[<id>] [<key>]", secret_flags, 0, 2, "",
		"Reads a secret."), fill_secret_get, NULL, TOOL_VALUE },
	{ TOOL("secret-grant", "<id>", grant_flags, 1, 1, "missing secret URI",
		"Lets the other end read a secret."),
	    fill_secret_grant, NULL, TOOL_SILENT },
	{ TOOL("secret-ids", "", format_flags, 0, 0, "",
		"Lists the secrets of the unit."), fill_nothing, NULL, TOOL_VALUE },
	{ TOOL("secret-info-get", "[<id>]", secret_flags, 0, 1, "",
		"Shows what a secret is."), fill_secret_info, NULL, TOOL_VALUE },
	{ TOOL("secret-remove", "<id>", remove_flags, 1, 1, "missing secret URI",
		"Removes a secret."), fill_secret_remove, NULL, TOOL_SILENT },
	{ TOOL("secret-revoke", "<id>", grant_flags, 1, 1, "missing secret URI",
		"Takes a grant back."), fill_secret_revoke, NULL, TOOL_SILENT },
	{ TOOL("secret-set", "<id> [<key>[#file]=<value> ...]", terms_flags, 1,
		ANY, "missing secret URI", "Changes a secret."),
	    fill_secret_set, NULL, TOOL_SILENT },
	{ TOOL("state-delete", "<key>", NULL, 1, 1, "no key specified",
		"Removes a value of the unit's."),
	    fill_state_delete, NULL, TOOL_SILENT },
	{ TOOL("state-get", "[<key>]", format_flags, 0, 1, "",
		"Shows what state-set has kept."), fill_key, NULL, TOOL_VALUE },
	{ TOOL("state-set", "<key>=<value> [...]", state_flags, 0, ANY, "",
		"Keeps values for the unit."), fill_state_set, NULL, TOOL_SILENT },
	{ TOOL("status-get", "", status_get_flags, 0, 0, "",
		"Shows the status."), fill_status_get, NULL, TOOL_STATUS },
	{ TOOL("status-set", "<status> [<message>]", status_flags, 1, ANY,
		"invalid args, require <status> [message]",
		"Sets the status."), fill_status_set, NULL, TOOL_SILENT },
	{ TOOL("storage-get", "[<key>]", storage_flags, 0, 1, "",
		"Shows where a storage is."), fill_storage, NULL, TOOL_VALUE },
	{ TOOL("unit-get", "<setting>", format_flags, 1, 1,
		"no setting specified", "Shows an address of the unit."),
	    fill_name, NULL, TOOL_VALUE },
	ABSENT("add-metric", "there are no metrics of charms"),
	ABSENT("credential-get", "there is no cloud that has credentials"),
	ABSENT("goal-state", "what is to come is not told to charms"),
	ABSENT("juju-reboot", "the machine is not the unit's to reboot"),
	ABSENT("leader-get", "there are no leader settings, use a databag"),
	ABSENT("leader-set", "there are no leader settings, use a databag"),
	ABSENT("pod-spec-set", "there is no Kubernetes here"),
	ABSENT("resource-get", "charms have no resources here"),
	ABSENT("storage-add", "storage cannot be added to a unit"),
	{ .cmd = { .name = NULL } },
};
/* clang-format on */
