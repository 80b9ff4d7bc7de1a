/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/table.h"

#define TABLE_PADDING 2

static const char *const table_escapes[] = {
	[COLOUR_NONE] = "",
	[COLOUR_RED] = "\033[31m",
	[COLOUR_GREEN] = "\033[32m",
	[COLOUR_YELLOW] = "\033[33m",
	[COLOUR_CYAN] = "\033[36m",
	[COLOUR_MAGENTA] = "\033[95m",
	[COLOUR_GREY] = "\033[90m",
	[COLOUR_BOLD] = "\033[1m",
};

size_t
table_text_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Of the character at p: its bytes if it controls a terminal, else 0. */
static size_t
control_length(const char *p)
{
	static const struct {
		const char *lead; /* All bytes but the last. */
		unsigned char from, to;
	} rows[] = {
		{ "", 0x01, 0x1f }, { "", 0x7f, 0x7f },
		{ "\xc2", 0x80, 0x9f },     /* C1: U+009B begins sequences. */
		{ "\xe2\x80", 0xa8, 0xae }, /* Line ends; directions. */
		{ "\xe2\x81", 0xa6, 0xa9 }, /* Directions, isolated. */
	};

	if (*p >= 0x20 && *p < 0x7f)
		return 0; /* As nearly all are. */
	for (size_t i = 0; i < nitems(rows); i++) {
		size_t len = strlen(rows[i].lead);
		unsigned char last;

		if (strncmp(p, rows[i].lead, len) != 0)
			continue;
		last = (unsigned char)p[len];
		if (last >= rows[i].from && last <= rows[i].to)
			return len + 1;
	}
	return 0;
}

/* Whatever a charm says stays in its cell, and in its direction. */
static void
replace_controls(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0';) {
		size_t len = control_length(p);

		*to++ = len > 0 ? ' ' : *p;
		p += len > 0 ? len : 1;
	}
	*to = '\0';
}

void
table_cell(struct table *t, const char *text, enum colour colour)
{
	struct table_cell *cell;

	t->cells = xrealloc(t->cells, (t->ncells + 1) * sizeof *t->cells);
	cell = &t->cells[t->ncells++];
	*cell = (struct table_cell){ xstrdup(text), t->rows, colour };
	replace_controls(cell->text);
}

void
table_end_row(struct table *t)
{
	t->rows++;
}

void
table_texts(struct table *t, const char *const *texts)
{
	for (; *texts != NULL; texts++)
		table_cell(t, *texts, COLOUR_NONE);
	table_end_row(t);
}

void
table_align_right(struct table *t, unsigned column)
{
	t->right |= 1u << column;
}

void
table_release(struct table *t)
{
	for (size_t i = 0; i < t->ncells; i++)
		free(t->cells[i].text);
	free(t->cells);
	memset(t, 0, sizeof *t);
}

/* The first cell of each row; starts[rows] is ncells. Owned by the caller. */
static size_t *
table_starts(const struct table *t)
{
	size_t *starts = xcalloc(t->rows + 2, sizeof *starts);
	size_t cell = 0;

	for (size_t row = 0; row <= t->rows; row++) {
		starts[row] = cell;
		while (cell < t->ncells && t->cells[cell].row == row)
			cell++;
	}
	starts[t->rows] = t->ncells;
	return starts;
}

/* Only a cell with another one behind it belongs to a column. */
static bool
table_has_column(const size_t *starts, size_t row, size_t column)
{
	return starts[row] + column + 1 < starts[row + 1];
}

static size_t
table_widest(const struct table *t, const size_t *starts, size_t row,
    size_t column)
{
	size_t widest = 0;

	for (; row < t->rows && table_has_column(starts, row, column); row++) {
		size_t w = table_text_width(
		    t->cells[starts[row] + column].text);

		if (w > widest)
			widest = w;
	}
	return widest;
}

static void
table_put(const struct table_cell *cell, enum table_style style,
    struct strbuf *sb)
{
	bool is_coloured = style == TABLE_COLOUR &&
	    cell->colour != COLOUR_NONE && cell->text[0] != '\0';

	if (is_coloured)
		strbuf_adds(sb, table_escapes[cell->colour]);
	strbuf_adds(sb, cell->text);
	if (is_coloured)
		strbuf_adds(sb, "\033[0m");
}

static void
table_put_row(const struct table *t, const size_t *starts, size_t row,
    const size_t *widths, enum table_style style, struct strbuf *sb)
{
	for (size_t i = starts[row]; i < starts[row + 1]; i++) {
		size_t column = i - starts[row], gap;

		if (!table_has_column(starts, row, column)) {
			table_put(&t->cells[i], style, sb);
			break;
		}
		gap = widths[column] - table_text_width(t->cells[i].text);
		strbuf_pad(sb, ' ', t->pads_before ? TABLE_PADDING : 0);
		if ((t->right >> column & 1) != 0)
			strbuf_pad(sb, ' ', gap);
		table_put(&t->cells[i], style, sb);
		if ((t->right >> column & 1) == 0)
			strbuf_pad(sb, ' ', gap);
		strbuf_pad(sb, ' ', t->pads_before ? 0 : TABLE_PADDING);
	}
	strbuf_addc(sb, '\n');
}

void
table_render(const struct table *t, enum table_style style, struct strbuf *sb)
{
	autofree size_t *starts = table_starts(t);
	autofree size_t *widths = xcalloc(t->ncells + 1, sizeof *widths);

	for (size_t row = 0; row < t->rows; row++) {
		size_t columns = starts[row + 1] - starts[row];

		/* A run that started further up has its width already. */
		for (size_t c = 0; c + 1 < columns; c++) {
			if (row == 0 || !table_has_column(starts, row - 1, c))
				widths[c] = table_widest(t, starts, row, c);
		}
		table_put_row(t, starts, row, widths, style, sb);
	}
}
