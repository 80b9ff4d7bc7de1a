/* SPDX-License-Identifier: Apache-2.0 */
/* What the value of a flag is: names of a kind, a file, or one of some words. */

#include <string.h>

#include "base/mem.h"
#include "cli/cmd.h"
#include "cli/complete.h"

static const struct {
	const char *verb; /* NULL: any other. */
	const char *flag, *kind;
} values[] = {
	{ "add-model", "config", "<model option>" },
	{ "add-model", "owner", "admin" },
	{ "bootstrap", "config", "<model option>" },
	{ "config", "reset", "<option>" },
	{ "credentials", "format", "<credentials format>" },
	{ "deploy", "config", "<charm option>" },
	{ "find-offers", "offer", "<offer of any model>" },
	{ "journal", "kind", "request|hook|action|service|forced|removed" },
	{ "journal", "result", "ok|failed|deferred|skipped|ended|restarted" },
	{ "operations", "status",
	    "pending|running|completed|failed|cancelled|aborted" },
	{ "refresh", "config", "<option>" },
	{ "refresh", "path", COMPLETE_FILES },
	{ "refresh", "switch", "<charm, directory or bundle>" },
	{ "show-action-status", "name", "<action that was run>" },
	{ "show-status-log", "type",
	    "unit|juju-unit|workload|application|machine|juju-machine|model" },
	{ NULL, "actions", "<action that was run>" },
	{ NULL, "application", "<application>" },
	{ NULL, "applications", "<application>" },
	{ NULL, "connected-user", "<user name>" },
	{ NULL, "controller", "<controller name>" },
	{ NULL, "credential", "<credential of any cloud>" },
	{ NULL, "endpoint", "<endpoint>" },
	{ NULL, "exclude", "<unit, application or machine>" },
	{ NULL, "file", COMPLETE_FILES },
	{ NULL, "filename", COMPLETE_FILES },
	{ NULL, "include", "<unit, application or machine>" },
	{ NULL, "interface", "<interface>" },
	{ NULL, "level", "TRACE|DEBUG|INFO|WARNING|ERROR" },
	{ NULL, "machine", "<machine>" },
	{ NULL, "machines", "<machine>" },
	{ NULL, "map-machines", "existing" },
	{ NULL, "model", "<model name>" },
	{ NULL, "model-default", "<model option>" },
	{ NULL, "output", COMPLETE_FILES },
	{ NULL, "overlay", COMPLETE_FILES },
	{ NULL, "owner", "<unit or application>" },
	{ NULL, "params", COMPLETE_FILES },
	{ NULL, "regions", "<cloud>" },
	{ NULL, "related-unit", "<unit>" },
	{ NULL, "reset", "<model option>" },
	{ NULL, "target-controller", "<controller name>" },
	{ NULL, "to", "<machine>" },
	{ NULL, "unit", "<unit>" },
	{ NULL, "units", "<unit>" },
	{ NULL, "url", "<offer URL>" },
	{ NULL, "user", "<user name>" },
	{ NULL, "write", COMPLETE_FILES },
};

const char *
complete_value_kind(const struct cmd *cmd, const char *flag)
{
	for (size_t i = 0; i < nitems(values); i++)
		if (strcmp(values[i].flag, flag) == 0 &&
		    (values[i].verb == NULL ||
			strcmp(values[i].verb, cmd->name) == 0))
			return values[i].kind;
	return NULL;
}
