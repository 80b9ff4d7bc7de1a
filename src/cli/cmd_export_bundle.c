/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/emit.h"

static const struct flag export_bundle_flags[] = {
	{ "filename", NULL, 0, FLAG_VALUE, "Write to this file" },
	{ "include-charm-defaults", NULL, 0, FLAG_SWITCH,
	    "Also the options that have their default" },
	{ 0 },
};

static int export_bundle_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_export_bundle = {
	.name = "export-bundle",
	.args = "",
	.summary = "Prints the model as a bundle.",
	.details =
	    "Deployed again, to the same model or to an empty one, it "
	    "gives the same\napplications and relations. A charm of your "
	    "own is named by its directory.\nOffers are in it, and what was "
	    "consumed from other models. Secrets are not:\nan option that "
	    "names one has its URI.",
	.flags = export_bundle_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = export_bundle_run,
};

/* Their URIs are: in another model they name nothing. */
static void
say_what_is_secret(const struct cli *cli, const json_t *model)
{
	autostrbuf names = { 0 };
	json_t *app, *option;
	const char *name;
	size_t i;

	json_object_foreach(json_object_get(model, "applications"), name, app) {
		json_array_foreach(json_object_get(app, "secrets"), i, option)
			strbuf_addf(&names, "%s\"%s\" of %s",
			    names.len > 0 ? ", " : "",
			    json_string_value(option), name);
	}
	if (names.len > 0)
		cli_say(cli,
		    "Secrets are not in a bundle: another model needs its own "
		    "for %s",
		    strbuf_cstr(&names));
}

static int
export_bundle_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *file = args_text(args, "filename", NULL);
	json_auto_t *model = bundle_of_model(cli, err), *document = NULL;
	autostrbuf sb = { 0 };

	if (model == NULL)
		return -1;
	if (json_object_size(json_object_get(model, "applications")) == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "nothing to export as there are no applications");
	document = bundle_document(model,
	    args_has(args, "include-charm-defaults") ? "effective" : "options");
	say_what_is_secret(cli, model);
	emit_yaml(document, &sb);
	if (file == NULL) {
		cli_print("%s", strbuf_cstr(&sb));
		return 0;
	}
	if (file_write(file, 0644, strbuf_cstr(&sb), err) == -1)
		return -1;
	cli_print("Bundle successfully exported to %s\n", file);
	return 0;
}
