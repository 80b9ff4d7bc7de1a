/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch - the PostgreSQL charm. tenond starts it for a unit; `dispatch check
 * <channel>` says whether the charm can be deployed on this machine.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "charm.h"
#include "hooks.h"
#include "release.h"
#include "server.h"
#include "session.h"
#include "version.h"

/* What there is, for the doctor. */
static int
tell(const char *bindir, struct error *err)
{
	autofree char *release = release_installed(bindir, err);
	autofree char *tracks = version_tracks();

	if (release == NULL)
		return -1;
	(void)printf("PostgreSQL %s is in %s", release, bindir);
	(void)printf(strchr(tracks, ',') != NULL ? "; tracks: %s\n" : "\n",
	    tracks);
	return 0;
}

static int
check(const char *channel)
{
	struct error err = { 0 };
	autofree char *bindir = version_bindir(channel, &err);
	uid_t uid;
	gid_t gid;

	if (bindir != NULL && release_check_installed(bindir, &err) == 0 &&
	    server_user(&uid, &gid, &err) == 0 && tell(bindir, &err) == 0)
		return EXIT_SUCCESS;
	(void)puts(err.msg);
	if (*err.hint != '\0')
		(void)puts(err.hint);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	/* A client asks in its application's bag. */
	static const char *const clients[] = { "database", NULL };
	struct sessions sessions = { 0 };
	int status;

	if (argc > 1 && strcmp(argv[1], "check") == 0)
		return check(argc > 2 ? argv[2] : "");
	status = charm_main(&(const struct charm_program){
	    .hooks = pg_hooks,
	    .actions = pg_actions,
	    .state = &sessions,
	    .application_endpoints = clients,
	});
	sessions_release(&sessions);
	return status;
}
