/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table - columns laid out as Go's text/tabwriter does it for Juju: a column
 * is as wide as its longest cell plus two, in a run of lines that have it; the
 * last cell of a line is not padded, so a line may end in blanks.
 *
 *	autotable t = { 0 };
 *	table_row(&t, "App", "Status", "Message");
 *	table_cell(&t, "postgresql", COLOUR_NONE); ... table_end_row(&t);
 *	table_render(&t, TABLE_PLAIN, &sb);
 */

#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

enum colour {
	COLOUR_NONE,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_CYAN,
	COLOUR_MAGENTA,
	COLOUR_GREY,
	COLOUR_BOLD
};

enum table_style {
	TABLE_PLAIN,
	TABLE_COLOUR
};

struct table_cell {
	char *text; /* Owned. */
	size_t row;
	enum colour colour;
};

struct table {
	struct table_cell *cells; /* Row by row. */
	size_t ncells, rows;
	unsigned right;   /* Bit n: column n is right-justified. */
	bool pads_before; /* The two blanks stand before a cell. */
};

#define autotable __attribute__((cleanup(table_release))) struct table

/* Control characters become blanks: a message must not move the cursor. */
void table_cell(struct table *, const char *text, enum colour);
void table_end_row(struct table *);

/* A row of uncoloured cells, up to NULL; and the same of the cells named. */
void table_texts(struct table *, const char *const *texts);
#define table_row(t, ...) \
	table_texts(t, (const char *const[]){ __VA_ARGS__, NULL })

/* Right-justify a column, its header too; the last of a line never is. */
void table_align_right(struct table *, unsigned column);

void table_render(const struct table *, enum table_style, struct strbuf *);
void table_release(struct table *);

/* In characters: code points of UTF-8. */
size_t table_text_width(const char *);

#endif /* CLI_TABLE_H */
