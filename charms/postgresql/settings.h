/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - what the options of the application say about the settings of its
 * servers.
 *
 * An option is called <group>_<setting>; a few need more than its value. A set
 * of settings is an object { "work_mem": "4096" }, and refusals are an object
 * { "memory_work_mem": "why" }.
 */

#ifndef POSTGRESQL_SETTINGS_H
#define POSTGRESQL_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

/* What a server can have. */
struct resources {
	uint64_t memory_bytes;
	int cpus;
};

/*
 * The settings that the options ask for: a new reference. An option that cannot
 * be is left out, and added to `refused` with the reason.
 */
json_t *settings_wanted(json_t *config, const struct resources *,
    json_t *refused);

/*
 * A standby may not have less of some things than its primary: raise them to
 * what `least`, settings too, has.
 */
void settings_raise(json_t *settings, const json_t *least);

/* Is any of these less than before? */
bool settings_lowers(const json_t *settings, const json_t *before);

/* What pg_controldata says of them: a new reference. */
json_t *settings_read_control(const char *output);

/* As the lines of a configuration file, and back: a new reference. */
void settings_render(struct strbuf *, json_t *settings);
json_t *settings_parse(const char *text);

/* Those that differ, "a, b"; either may be NULL. Owned by the caller. */
char *settings_changed(json_t *, json_t *);

/* The option that gives this setting, owned by the caller; or NULL. */
char *settings_option(json_t *config, const char *setting);

/*
 * From what `postgres -C` has said about a file: add to `refused`, under the
 * names of the options, what it does not accept.
 */
void settings_read_refusals(const char *output, json_t *config,
    json_t *refused);

/*
 * Take out what this version of the server does not have, so it says. Returns
 * how many that were.
 */
size_t settings_drop_unknown(const char *output, json_t *settings);

/* They tell texts, or objects, of our own apart. Owned by the caller. */
char *settings_digest_text(const char *);
char *settings_digest(const json_t *);

#endif /* POSTGRESQL_SETTINGS_H */
