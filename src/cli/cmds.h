/* SPDX-License-Identifier: Apache-2.0 */
/* cmds - the row of every verb, each in the file of its name. */

#ifndef CLI_CMDS_H
#define CLI_CMDS_H

#include "cli/cmd.h"

extern const struct cmd cmd_actions, cmd_add_model, cmd_add_unit, cmd_bootstrap,
    cmd_cancel_task, cmd_complete, cmd_completion, cmd_config, cmd_controllers,
    cmd_credentials, cmd_deploy, cmd_destroy_controller, cmd_destroy_model,
    cmd_find, cmd_help, cmd_info, cmd_journal, cmd_models, cmd_operations,
    cmd_psql, cmd_relate, cmd_remove_application, cmd_remove_relation,
    cmd_remove_unit, cmd_resolved, cmd_run, cmd_run_action,
    cmd_show_action_output, cmd_show_action_status, cmd_show_controller,
    cmd_show_model, cmd_show_operation, cmd_show_task, cmd_status, cmd_switch,
    cmd_version, cmd_wait_for, cmd_whoami, cmd_why;

#endif /* CLI_CMDS_H */
