/* SPDX-License-Identifier: Apache-2.0 */
/*
 * screen - a text that is shown again and again: redrawn in place on a
 * terminal without flicker, else printed again with a blank line between.
 *
 *	screen_open -> screen_show ... -> screen_close
 *
 * While it is open, SIGINT, SIGTERM and SIGWINCH arrive through `signals`.
 */

#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct error;
struct strbuf;

struct screen {
	int signals;   /* Readable when a signal has come. */
	bool is_tty;   /* Standard output is one. */
	bool has_keys; /* Standard input is one: single keys can be read. */
	struct termios saved;
	char *shown; /* The last text. */
};

enum screen_input {
	SCREEN_NOTHING,
	SCREEN_RESIZED,
	SCREEN_QUIT
};

int screen_open(struct screen *, struct error *);
void screen_close(struct screen *);

/* Cuts the text to the window. Without a terminal, only a new text is shown. */
void screen_show(struct screen *, const char *text);

/* Draw the last text again, for a new size of the window. */
void screen_redraw(struct screen *);

/* Read from `signals` or standard input. */
enum screen_input screen_read(struct screen *, int fd);

/* Each line cut to that many characters. */
void screen_cut(const char *text, size_t columns, struct strbuf *);

/* How wide the terminal at that descriptor is; 80 if it does not say. */
size_t screen_columns(int fd);

/* What makes a terminal show the text; escapes take no room in a line. */
void screen_compose(const char *text, size_t rows, size_t columns,
    struct strbuf *);

#endif /* CLI_SCREEN_H */
