/* SPDX-License-Identifier: Apache-2.0 */
/* cmds - the row of every verb, each in the file of its name. */

#ifndef CLI_CMDS_H
#define CLI_CMDS_H

#include "cli/cmd.h"

extern const struct cmd cmd_add_model, cmd_add_unit, cmd_bootstrap, cmd_config,
    cmd_deploy, cmd_help, cmd_models, cmd_relate, cmd_remove_application,
    cmd_remove_relation, cmd_remove_unit, cmd_run, cmd_run_action, cmd_status;

#endif /* CLI_CMDS_H */
