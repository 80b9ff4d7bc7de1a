/* SPDX-License-Identifier: Apache-2.0 */
/* secret - what the verbs for secrets share: what is to be in one. */

#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <jansson.h>
#include <stdint.h>

struct args;
struct cli;
struct error;

/* How content is given, as the manual says it of each verb that takes some. */
#define SECRET_CONTENT_DETAILS                                              \
	"Content is <key>=<value>; <key>#base64=<text> is decoded, and "    \
	"<key>#file=<path> is\nread from that file. Arguments are seen "    \
	"by others while a program runs, and are\nkept by shells: better "  \
	"is --file, with the keys and values as YAML, and best\n"           \
	"--file - with them on standard input. A key has three or more of " \
	"a-z, 0-9 and\nsingle hyphens, and begins with a letter."

/* A row of a verb's flags. */
#define SECRET_FILE_FLAG                                            \
	{                                                           \
		"file", NULL, 0, FLAG_VALUE,                        \
		    "A YAML file with keys and values; - for stdin" \
	}

/*
 * The content that --file and the arguments from `first` on say, which count
 * more: a new reference, which may be empty, or NULL.
 */
json_t *secret_content(const struct args *, int first, struct error *);

/* "/v1/models/<model>/secrets/<secret>" and what follows; owned by the caller. */
char *secret_path(const struct cli *, const char *secret, const char *rest);

/* "web", "web/0", or "<model>"; borrowed from what the API says of it. */
const char *secret_owner(const json_t *secret);
/* The same for programs, without what is in it; new references. */
json_t *secret_document(const json_t *secret, const char *model_uuid);
/* Its revisions, or one of them. */
json_t *secret_revisions(const json_t *secret, int64_t only);

#endif /* CLI_SECRET_H */
