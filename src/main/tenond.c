/* SPDX-License-Identifier: Apache-2.0 */

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/paths.h"
#include "main/daemon.h"
#include "main/serve.h"

#define EXIT_USAGE 2

/* Services of other users live below: they have to get through. */
#define HOME_MODE 0711

static const char usage[] =
    "usage: tenond [--home DIR] [--foreground]\n"
    "\n"
    "The controller: keeps the model and runs the charms and their services.\n"
    "\n"
    "  --home DIR    keep the state in DIR (default: $TENON_HOME, else\n"
    "                /var/lib/tenon for root, else $XDG_DATA_HOME/tenon or\n"
    "                ~/.local/share/tenon)\n"
    "  --foreground  stay in the foreground and log to standard error\n"
    "  --version     print the version and exit\n"
    "  --help        print this and exit\n"
    "\n"
    "Without --foreground it returns when it accepts connections, and logs to\n"
    "tenond.log in the state directory. SIGTERM ends it; services go on.\n";

enum mode {
	MODE_DAEMON,
	MODE_FOREGROUND,
	MODE_VERSION,
	MODE_HELP,
	MODE_USAGE
};

static enum mode
parse_options(int argc, char **argv, const char **home)
{
	static const struct option options[] = {
		{ "home", required_argument, NULL, 'd' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum mode mode = MODE_DAEMON;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			*home = optarg;
			break;
		case 'f':
			mode = MODE_FOREGROUND;
			break;
		case 'v':
			return MODE_VERSION;
		case 'h':
			return MODE_HELP;
		default:
			return MODE_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "%s: unexpected argument \"%s\"\n",
		    argv[0], argv[optind]);
		return MODE_USAGE;
	}
	return mode;
}

static int
run(const char *named, enum mode mode, struct daemon *daemon, struct error *err)
{
	autofree char *home = NULL, *log_path = NULL;
	int rc;

	if (named != NULL)
		home = paths_absolute(named);
	else if (paths_home(&home, err) == -1)
		return -1;
	if (dir_make(home, HOME_MODE, err) == -1)
		return error_hint(err,
		    "TENON_HOME, or --home of tenond, names another one");
	log_path = xasprintf("%s/tenond.log", home);
	if (mode == MODE_DAEMON && daemon_detach(daemon, log_path, err) == -1)
		return -1;
	if (daemon_harden(err) == -1)
		return -1;
	rc = serve(home, daemon, err);
	/* With the controller goes the log of its life. */
	if (rc == SERVE_OVER)
		(void)unlink(log_path);
	return rc == -1 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct daemon daemon = { .report_fd = -1 };
	struct error err = { 0 };
	const char *home = NULL;
	enum mode mode = parse_options(argc, argv, &home);

	switch (mode) {
	case MODE_DAEMON:
	case MODE_FOREGROUND:
		break;
	case MODE_VERSION:
		return puts("tenond " TENON_VERSION) == EOF;
	case MODE_HELP:
		return fputs(usage, stdout) == EOF;
	case MODE_USAGE:
		(void)fputs("Try \"tenond --help\".\n", stderr);
		return EXIT_USAGE;
	}
	if (run(home, mode, &daemon, &err) == -1) {
		daemon_failed(&daemon, &err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
