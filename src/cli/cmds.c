/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/near.h"
#include "cli/cmds.h"

const struct cmd *const cmd_table[] = {
	&cmd_complete,
	&cmd_actions,
	&cmd_add_cloud,
	&cmd_add_credential,
	&cmd_add_machine,
	&cmd_add_model,
	&cmd_add_secret,
	&cmd_add_ssh_key,
	&cmd_add_unit,
	&cmd_bootstrap,
	&cmd_cancel_task,
	&cmd_clouds,
	&cmd_completion,
	&cmd_config,
	&cmd_constraints,
	&cmd_consume,
	&cmd_controllers,
	&cmd_credentials,
	&cmd_debug_log,
	&cmd_deploy,
	&cmd_destroy_controller,
	&cmd_destroy_model,
	&cmd_diff_bundle,
	&cmd_doctor,
	&cmd_exec,
	&cmd_export_bundle,
	&cmd_expose,
	&cmd_find,
	&cmd_find_offers,
	&cmd_grant_secret,
	&cmd_help,
	&cmd_info,
	&cmd_journal,
	&cmd_kill_controller,
	&cmd_list_credentials,
	&cmd_machines,
	&cmd_model_config,
	&cmd_model_constraints,
	&cmd_model_defaults,
	&cmd_models,
	&cmd_offer,
	&cmd_offers,
	&cmd_operations,
	&cmd_psql,
	&cmd_refresh,
	&cmd_relate,
	&cmd_remove_application,
	&cmd_remove_cloud,
	&cmd_remove_credential,
	&cmd_remove_machine,
	&cmd_remove_offer,
	&cmd_remove_relation,
	&cmd_remove_saas,
	&cmd_remove_secret,
	&cmd_remove_ssh_key,
	&cmd_remove_unit,
	&cmd_resolved,
	&cmd_revoke_secret,
	&cmd_run,
	&cmd_run_action,
	&cmd_scp,
	&cmd_secrets,
	&cmd_set_constraints,
	&cmd_set_model_constraints,
	&cmd_show_action,
	&cmd_show_action_output,
	&cmd_show_action_status,
	&cmd_show_application,
	&cmd_show_cloud,
	&cmd_show_controller,
	&cmd_show_credential,
	&cmd_show_machine,
	&cmd_show_model,
	&cmd_show_offer,
	&cmd_show_operation,
	&cmd_show_secret,
	&cmd_show_status_log,
	&cmd_show_task,
	&cmd_show_unit,
	&cmd_show_user,
	&cmd_ssh,
	&cmd_ssh_keys,
	&cmd_status,
	&cmd_switch,
	&cmd_trust,
	&cmd_unexpose,
	&cmd_update_cloud,
	&cmd_update_credential,
	&cmd_update_secret,
	&cmd_users,
	&cmd_version,
	&cmd_wait_for,
	&cmd_whoami,
	&cmd_why,
	NULL,
};

const struct flag cmd_global_flags[] = {
	{ "help", NULL, 'h', FLAG_SWITCH, "Show help on the command" },
	{ "model", NULL, 'm', FLAG_VALUE,
	    "The model to work on, as [<controller>:][<user>/]<model>" },
	{ "quiet", NULL, 'q', FLAG_SWITCH, "Show no information" },
	{ "verbose", NULL, 'v', FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "debug", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "show-log", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "logging-config", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "no-browser-login", NULL, 'B', FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

bool
cmd_flag_works(const struct flag *flag)
{
	return strcmp(flag->help, FLAG_COMPATIBLE) != 0 &&
	    strcmp(flag->help, FLAG_ABSENT) != 0;
}

const struct cmd *
cmd_lookup(const char *name)
{
	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++) {
		if (strcmp((*cmd)->name, name) == 0)
			return *cmd;
		for (size_t i = 0; i < CMD_ALIASES_MAX; i++) {
			if ((*cmd)->aliases[i] != NULL &&
			    strcmp((*cmd)->aliases[i], name) == 0)
				return *cmd;
		}
	}
	return NULL;
}

const char *
cmd_suggest(const char *name)
{
	struct near near;

	near_start(&near, name);
	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++) {
		if ((*cmd)->is_hidden)
			continue;
		near_consider(&near, (*cmd)->name);
		for (size_t i = 0;
		     i < CMD_ALIASES_MAX && (*cmd)->aliases[i] != NULL; i++)
			near_consider(&near, (*cmd)->aliases[i]);
	}
	return near.found;
}
