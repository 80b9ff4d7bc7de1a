/* SPDX-License-Identifier: Apache-2.0 */
/* help - texts about the verbs, made from their rows. */

#ifndef CLI_HELP_H
#define CLI_HELP_H

struct cmd;
struct strbuf;

/* What --help shows for a verb; `prog` is "" if that is the program. */
void help_verb(const struct cmd *, const char *prog, struct strbuf *);

/* All verbs with their summaries. */
void help_commands(const char *prog, struct strbuf *);

/* The same with how to begin. */
void help_overview(const char *prog, struct strbuf *);

/* The manual page tenon(1), in mdoc. */
void help_man(struct strbuf *);

#endif /* CLI_HELP_H */
