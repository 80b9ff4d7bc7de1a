/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_ask - the questions of the doctor, in SQL: a row of the answer is a
 * finding.
 */

#ifndef POSTGRESQL_DOCTOR_ASK_H
#define POSTGRESQL_DOCTOR_ASK_H

#include <jansson.h>
#include <stddef.h>

struct cluster;
struct conn;
struct error;
struct hook;

/* What a question is about: its one parameter. */
enum doctor_about {
	ABOUT_NOTHING,
	ABOUT_USERS,      /* Those of relations that there are, as text[]. */
	ABOUT_SLOTS,      /* Those of members, as text[]. */
	ABOUT_ROLES,      /* What the users of relations are to be, as json. */
	ABOUT_EXTENSIONS, /* Those of each database, as text[]. */
	ABOUT_RELEASE,    /* That is installed: "15.9". */
	ABOUT_COUNT
};

/* A row of the answer is a finding: its level, its text, a hint or NULL. */
struct doctor_question {
	const char *check;
	const char *well; /* To be told if there is no row; NULL: nothing. */
	enum doctor_about about;
	const char *sql;
};

/* One look. All is borrowed. */
struct doctor {
	struct hook *h;
	const struct cluster *cl;
	json_t *findings;
	const char *about[ABOUT_COUNT];
};

/* The mark that a role `r` carries. */
#define DOCTOR_MARK "coalesce(shobj_description(r.oid, 'pg_authid'), '')"

/* Texts: the level, the message, and a hint or NULL. */
void doctor_say(const struct doctor *, const char *check, const char *level,
    const char *message, const char *hint);

/* A finding about a member begins with its name; `unit` may be NULL. */
int doctor_ask(const struct doctor *, const struct doctor_question *,
    struct conn *, const char *unit, struct error *);

/* Nothing was found since there were `before`: that is told, too. */
void doctor_well(const struct doctor *, const struct doctor_question *,
    size_t before);

/* ---- the parts ---- */

/* Each member: whether it serves, and what it has. */
void doctor_members(const struct doctor *);

/*
 * What the users of relations are to be, for ABOUT_ROLES: owned by the caller.
 * Only the leader knows.
 */
char *doctor_expect(struct hook *, struct error *);
/* The roles that there are to be, ours and those of relations. */
extern const struct doctor_question doctor_roles;

#endif /* POSTGRESQL_DOCTOR_ASK_H */
