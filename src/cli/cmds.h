/* SPDX-License-Identifier: Apache-2.0 */
/* cmds - the row of every verb, each in the file of its name. */

#ifndef CLI_CMDS_H
#define CLI_CMDS_H

#include "cli/cmd.h"

extern const struct cmd cmd_actions;
extern const struct cmd cmd_add_cloud;
extern const struct cmd cmd_add_credential;
extern const struct cmd cmd_add_machine;
extern const struct cmd cmd_add_model;
extern const struct cmd cmd_add_secret;
extern const struct cmd cmd_add_ssh_key;
extern const struct cmd cmd_add_unit;
extern const struct cmd cmd_bootstrap;
extern const struct cmd cmd_cancel_task;
extern const struct cmd cmd_clouds;
extern const struct cmd cmd_complete;
extern const struct cmd cmd_completion;
extern const struct cmd cmd_config;
extern const struct cmd cmd_constraints;
extern const struct cmd cmd_consume;
extern const struct cmd cmd_controllers;
extern const struct cmd cmd_credentials;
extern const struct cmd cmd_debug_log;
extern const struct cmd cmd_deploy;
extern const struct cmd cmd_destroy_controller;
extern const struct cmd cmd_destroy_model;
extern const struct cmd cmd_diff_bundle;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_export_bundle;
extern const struct cmd cmd_expose;
extern const struct cmd cmd_exec;
extern const struct cmd cmd_find;
extern const struct cmd cmd_find_offers;
extern const struct cmd cmd_grant_secret;
extern const struct cmd cmd_help;
extern const struct cmd cmd_info;
extern const struct cmd cmd_journal;
extern const struct cmd cmd_kill_controller;
extern const struct cmd cmd_list_credentials;
extern const struct cmd cmd_machines;
extern const struct cmd cmd_model_config;
extern const struct cmd cmd_model_constraints;
extern const struct cmd cmd_model_defaults;
extern const struct cmd cmd_models;
extern const struct cmd cmd_offer;
extern const struct cmd cmd_offers;
extern const struct cmd cmd_operations;
extern const struct cmd cmd_psql;
extern const struct cmd cmd_refresh;
extern const struct cmd cmd_relate;
extern const struct cmd cmd_remove_application;
extern const struct cmd cmd_remove_cloud;
extern const struct cmd cmd_remove_credential;
extern const struct cmd cmd_remove_machine;
extern const struct cmd cmd_remove_offer;
extern const struct cmd cmd_remove_relation;
extern const struct cmd cmd_remove_saas;
extern const struct cmd cmd_remove_secret;
extern const struct cmd cmd_remove_ssh_key;
extern const struct cmd cmd_remove_unit;
extern const struct cmd cmd_resolved;
extern const struct cmd cmd_revoke_secret;
extern const struct cmd cmd_run;
extern const struct cmd cmd_run_action;
extern const struct cmd cmd_scp;
extern const struct cmd cmd_secrets;
extern const struct cmd cmd_set_constraints;
extern const struct cmd cmd_set_model_constraints;
extern const struct cmd cmd_show_action;
extern const struct cmd cmd_show_action_output;
extern const struct cmd cmd_show_action_status;
extern const struct cmd cmd_show_application;
extern const struct cmd cmd_show_cloud;
extern const struct cmd cmd_show_controller;
extern const struct cmd cmd_show_credential;
extern const struct cmd cmd_show_machine;
extern const struct cmd cmd_show_model;
extern const struct cmd cmd_show_offer;
extern const struct cmd cmd_show_operation;
extern const struct cmd cmd_show_secret;
extern const struct cmd cmd_show_status_log;
extern const struct cmd cmd_show_task;
extern const struct cmd cmd_show_unit;
extern const struct cmd cmd_show_user;
extern const struct cmd cmd_ssh;
extern const struct cmd cmd_ssh_keys;
extern const struct cmd cmd_status;
extern const struct cmd cmd_switch;
extern const struct cmd cmd_trust;
extern const struct cmd cmd_unexpose;
extern const struct cmd cmd_update_cloud;
extern const struct cmd cmd_update_credential;
extern const struct cmd cmd_update_secret;
extern const struct cmd cmd_users;
extern const struct cmd cmd_version;
extern const struct cmd cmd_wait_for;
extern const struct cmd cmd_whoami;
extern const struct cmd cmd_why;

#endif /* CLI_CMDS_H */
