/* SPDX-License-Identifier: Apache-2.0 */
/* The charms of a world: what they do, and what they have seen. */

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static const char actions[] = "call: {}\n"
			      "credentials: {}\n"
			      "give-up: {}\n"
			      "serve: {}\n"
			      "stop-serving: {}\n";

static const struct {
	const char *name, *metadata, *config;
} charms[] = {
	{ "db",
	    "name: db\n"
	    "peers: {cluster: {interface: cluster}}\n"
	    "provides: {database: {interface: sql}}\n"
	    "storage: {data: {type: filesystem}}\n"
	    "tenon: {resident: true}\n",
	    "options: {size: {type: int, default: 3}}\n" },
	{ "web",
	    "name: web\n"
	    "requires: {backend: {interface: sql}}\n"
	    "tenon: {resident: true}\n",
	    "options: {size: {type: int, default: 3}, token: {type: secret}}\n" },
	{ "wise",
	    "name: wise\n"
	    "peers: {cluster: {interface: cluster}}\n"
	    "provides: {database: {interface: sql}}\n"
	    "tenon: {resident: true, plan: [config-changed, give-up, call,\n"
	    "  database-relation-joined, database-relation-broken]}\n",
	    "options: {size: {type: int, default: 3}}\n" },
	{ "shell", "name: shell\n", "options: {}\n" },
};

static void
write_file(const char *dir, const char *name, mode_t mode, const char *text)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	struct error err;

	assert_int_equal(file_write(path, mode, text, &err), 0);
}

static void
make_charm(const char *all, size_t i)
{
	autofree char *dir = xasprintf("%s/%s", all, charms[i].name);
	autofree char *rules = xasprintf("%s/rules", dir);
	autofree char *dispatch = xasprintf("%s/dispatch", dir);
	autofree char *gate = xasprintf("%s/gate", dir);
	struct error err;

	assert_int_equal(dir_make(rules, 0755, &err), 0);
	write_file(dir, "metadata.yaml", 0644, charms[i].metadata);
	write_file(dir, "config.yaml", 0644, charms[i].config);
	write_file(dir, "actions.yaml", 0644, actions);
	write_file(dir, "revision", 0644, "1\n");
	assert_int_equal(mkfifo(gate, 0600), 0);
	if (strcmp(charms[i].name, "shell") == 0)
		write_file(dir, "dispatch", 0755, "#!/bin/sh\nexit 0\n");
	else
		assert_int_equal(symlink(PROBE, dispatch), 0);
}

void
world_make_charms(struct world *w)
{
	for (size_t i = 0; i < nitems(charms); i++)
		make_charm(w->charms, i);
}

static char *
charm_path(struct world *w, const char *charm, const char *name)
{
	return xasprintf("%s/%s/%s", w->charms, charm, name);
}

void
world_rule(struct world *w, const char *charm, const char *event,
    const char *rule)
{
	autofree char *dir = charm_path(w, charm, "rules");
	autofree char *path = xasprintf("%s/%s", dir, event);

	if (rule == NULL) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	write_file(dir, event, 0644, rule);
	/* Who waits for the event waits for one that obeys. */
	world_forget_seen(w, charm);
}

void
world_open_gate(struct world *w, const char *charm)
{
	autofree char *path = charm_path(w, charm, "gate");
	/* Not blocking: it would never return if nobody waited there. */
	autofd int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	for (int i = 0; fd == -1 && errno == ENXIO && i < 10000; i++) {
		assert_int_equal(poll(NULL, 0, 1), 0);
		fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	}
	assert_true(fd != -1);
}

char *
world_seen(struct world *w, const char *charm)
{
	autofree char *path = charm_path(w, charm, "seen");

	return file_text(path);
}

void
world_forget_seen(struct world *w, const char *charm)
{
	autofree char *path = charm_path(w, charm, "seen");

	(void)unlink(path); /* It may have seen nothing yet. */
}

bool
world_has_seen(struct world *w, const char *charm, const char *line)
{
	autofree char *seen = world_seen(w, charm);
	autofree char *all = xasprintf("\n%s", seen);
	autofree char *wanted = xasprintf("\n%s\n", line);

	return strstr(all, wanted) != NULL;
}
