/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/table.h"
#include "cli/topics.h"

static const struct topic_entry variables[] = {
	{ "TENON_HOME",
	    "The state directory. Without it: /var/lib/tenon for root,\n"
	    "$XDG_DATA_HOME/tenon for others, or ~/.local/share/tenon." },
	{ "TENON_MODEL, JUJU_MODEL",
	    "The model for commands without --model. \"tenon switch\" is refused then." },
	{ "JUJU_CONTROLLER",
	    "The controller that a model without one is of. There is one on a\n"
	    "host: another is refused." },
	{ "TENON_COMPAT",
	    "Whose output to print: 3 for that of Juju 3, 2 for that of Juju\n"
	    "2.9 alone. Without it tables are those of 2.9, and JSON has what\n"
	    "clients of both read; in status the relations of an application\n"
	    "are then objects, as in 3, and not names." },
	{ "NO_COLOR", "If it is not empty, status uses no colours." },
	{ "JUJU_STATUS_ISO_TIME",
	    "If it is \"true\", status shows times in UTC." },
	{ NULL, NULL },
};

static const struct topic_entry codes[] = {
	{ "0", "The command has done what was asked." },
	{ "1", "It failed; the error says why, and often what to do next." },
	{ "2", "Wrong options or arguments; nothing was tried." },
	{ NULL, NULL },
};

static const struct topic_entry roles[] = {
	{ "viewer",
	    "Looks: status, configuration, journal; not at results of "
	    "actions,\n"
	    "which may be passwords." },
	{ "operator", "Changes models and runs actions." },
	{ "admin",
	    "Adds and destroys models and the controller, uses --force and\n"
	    "--destroy-storage, deploys charms from a directory." },
	{ NULL, NULL },
};

const struct topic topics[] = {
	{ "access", "users-and-roles", "Who may do what",
	    "Users are accounts of this machine. The owner of the state directory and root\n"
	    "may do everything; others what their role in access.yaml in that directory\n"
	    "says, which a change of the file gives or takes at once:\n"
	    "\n"
	    "  users:\n"
	    "    alice: operator\n"
	    "  groups:\n"
	    "    dba: viewer\n"
	    "\n"
	    "\"tenon users\" lists who has a role, \"tenon whoami\" shows your own, and \"tenon\n"
	    "journal --user alice\" what alice asked for.",
	    roles },
	{ "basics", "getting-started", "A first cluster and its first client",
	    "A model holds applications; an application has units, which are servers or\n"
	    "clients; a relation joins two applications, and gives the client a database of\n"
	    "its own:\n"
	    "\n"
	    "  tenon add-model tutorial\n"
	    "  tenon deploy postgresql -n 2 --wait\n"
	    "  tenon deploy data-integrator --config database-name=shop\n"
	    "  tenon relate data-integrator postgresql\n"
	    "  tenon credentials data-integrator --format uri\n"
	    "\n"
	    "\"tenon status\" shows it all, \"tenon why\" what keeps something from being\n"
	    "active, and \"tenon remove-relation\" ends the client's access.",
	    NULL },
	{ "connecting", "databases", "How programs reach their database",
	    "A client has a user and a password of its own, from the moment it is related.\n"
	    "\"tenon credentials\" shows them in the form that a program reads, and writes\n"
	    "them to a file:\n"
	    "\n"
	    "  tenon credentials data-integrator --format sh\n"
	    "  tenon credentials data-integrator --format dotenv --write .env\n"
	    "  tenon credentials data-integrator --exec ./program\n"
	    "\n"
	    "\"tenon psql data-integrator\" opens a session; neither its arguments nor its\n"
	    "environment show the password. What was given ends with \"tenon\n"
	    "remove-relation\".",
	    NULL },
	{ "data", NULL, "What is kept when something is removed",
	    "Removing a unit, an application or a model keeps the data: it is moved below\n"
	    "storage in the state directory, and the command says where. --destroy-storage\n"
	    "destroys it instead. No charm drops a database when a client leaves.",
	    NULL },
	{ "environment", "environment-variables", "Variables that tenon reads",
	    "", variables },
	{ "exit-codes", "exit-status", "What commands return",
	    "Data goes to standard output. Information and errors go to standard error;\n"
	    "errors begin with \"ERROR\".",
	    codes },
	{ "high-availability", "ha", "Standbys, and what survives",
	    "A cluster has one primary and any number of standbys, which stream from it:\n"
	    "\n"
	    "  tenon add-unit postgresql\n"
	    "  tenon run-action postgresql/1 promote-to-primary scope=unit --wait\n"
	    "\n"
	    "A commit returns when the primary has it. To have it on a standby as well:\n"
	    "\n"
	    "  tenon config postgresql synchronous_node_count=1\n"
	    "\n"
	    "A server that ends by itself is started again, and goes on when tenond is\n"
	    "stopped. Clients get the addresses of all members, the primary first, so libpq\n"
	    "finds it after a switch by itself. All units are on this machine: when it is\n"
	    "lost, so are they.",
	    NULL },
	{ "relations", NULL, "What a relation is and how it ends",
	    "An endpoint of one application fits one of another if both have the same\n"
	    "interface and one provides what the other requires. If several fit, name them:\n"
	    "\n"
	    "  tenon relate data-integrator postgresql:database\n"
	    "  tenon status --relations\n"
	    "  tenon remove-relation data-integrator postgresql\n"
	    "\n"
	    "\"tenon relate\" can be followed by \"tenon credentials\" at once, which waits.\n"
	    "\"tenon remove-relation\" returns when access has ended on every member. \"tenon\n"
	    "show-unit\" shows what both sides say.",
	    NULL },
	{ "scripts", "clients", "Programs that run tenon",
	    "Commands that show something have --format json; the form is described in\n"
	    "openapi.yaml. Bundles, ssh-keys and show-action print the one form that Juju's\n"
	    "do. Commands, options and texts are those of Juju 2.9 and 3, so what was\n"
	    "written for juju runs with a symbolic link of that name. --model may stand\n"
	    "behind the command, --no-prompt asks nothing, and --wait returns when all has\n"
	    "been done. What means nothing on one machine, as constraints and clouds do, is\n"
	    "kept and read back.",
	    NULL },
};

const size_t topic_count = nitems(topics);

const struct topic *
topic_find(const char *name)
{
	for (size_t i = 0; i < nitems(topics); i++) {
		if (strcmp(topics[i].name, name) == 0 ||
		    (topics[i].alias != NULL &&
			strcmp(topics[i].alias, name) == 0))
			return &topics[i];
	}
	return NULL;
}

void
topics_list(const char *prog, struct strbuf *sb)
{
	autotable t = { 0 };

	for (size_t i = 0; i < nitems(topics); i++)
		table_row(&t, topics[i].name, topics[i].summary);
	table_render(&t, TABLE_PLAIN, sb);
	strbuf_addf(sb,
	    "\n\"%s help <topic>\" shows one, \"%s help commands\" lists the "
	    "commands.\n",
	    prog, prog);
}

static void
topic_add_indented(const char *text, struct strbuf *sb)
{
	strbuf_adds(sb, "    ");
	for (; *text != '\0'; text++) {
		strbuf_addc(sb, *text);
		if (*text == '\n')
			strbuf_adds(sb, "    ");
	}
	strbuf_addc(sb, '\n');
}

void
topic_show(const struct topic *topic, struct strbuf *sb)
{
	const struct topic_entry *entry = topic->entries;

	strbuf_addf(sb, "%s\n", topic->summary);
	if (topic->text[0] != '\0')
		strbuf_addf(sb, "\n%s\n", topic->text);
	if (entry != NULL)
		strbuf_addc(sb, '\n');
	for (; entry != NULL && entry->word != NULL; entry++) {
		strbuf_addf(sb, "%s\n", entry->word);
		topic_add_indented(entry->meaning, sb);
	}
}
