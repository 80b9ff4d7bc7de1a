/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/emit.h"

int
cli_emit_text(const struct cli *cli, const char *text, struct error *err)
{
	const char *path = args_text(cli->args, "output", NULL);

	if (path != NULL)
		return file_write(path, 0644, text, err);
	cli_print("%s", text);
	return 0;
}

int
cli_emit_ordered(const struct cli *cli, const json_t *data, const char *format,
    struct error *err)
{
	autostrbuf sb = { 0 };

	if (strcmp(format, "json") == 0)
		emit_json(data, &sb);
	else
		emit_yaml(data, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

int
cli_emit(const struct cli *cli, const json_t *data, const char *format,
    struct error *err)
{
	json_auto_t *sorted = emit_sorted(data);

	return cli_emit_ordered(cli, sorted, format, err);
}
