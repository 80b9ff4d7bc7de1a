/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "cli/compat.h"

#define ANSWER_BYTES 256

/* "" if nobody answers. */
static void
read_answer(char answer[static ANSWER_BYTES])
{
	(void)fflush(stderr);
	if (fgets(answer, ANSWER_BYTES, stdin) == NULL) {
		(void)fputc('\n', stderr);
		answer[0] = '\0';
	}
	answer[strcspn(answer, "\r\n")] = '\0';
}

static int
aborted(const struct cli *cli, struct error *err)
{
	error_set(err, ERROR_CONFLICT, "%s: aborted", cli->cmd->name);
	if (isatty(STDIN_FILENO))
		return -1;
	return error_hint(err, "use --no-prompt where nobody can answer");
}

int
cli_confirm_told(const struct cli *cli, struct error *err)
{
	char answer[ANSWER_BYTES];

	(void)fflush(stdout);
	(void)fputs("\nContinue [y/N]? ", stderr);
	read_answer(answer);
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0 ?
	    0 :
	    aborted(cli, err);
}

int
cli_confirm(const struct cli *cli, const char *what, struct error *err)
{
	(void)fprintf(stderr, "%s\n", what);
	return cli_confirm_told(cli, err);
}

int
cli_confirm_destroying(const struct cli *cli, const char *what,
    const char *kind, const char *name, struct error *err)
{
	char answer[ANSWER_BYTES];

	if (compat_level() != COMPAT_3)
		return cli_confirm(cli, what, err);
	(void)fprintf(stderr,
	    "%s\n\nTo continue, enter the name of the %s to be destroyed: ",
	    what, kind);
	read_answer(answer);
	return strcmp(answer, name) == 0 ? 0 : aborted(cli, err);
}
