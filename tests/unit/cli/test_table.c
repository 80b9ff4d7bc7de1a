/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/table.h"

static void
the_last_cell_is_not_padded_but_the_one_before_an_empty_one_is(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "App", "Exposed", "Message");
	table_row(&t, "postgresql", "no", "");
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "App         Exposed  Message\n"
	    "postgresql  no       \n");
}

static void
an_empty_column_is_as_wide_as_its_header_and_two(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "Series", "AZ", "Message");
	table_row(&t, "bookworm", "", "Running");
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "Series    AZ  Message\n"
	    "bookworm      Running\n");
}

static void
right_justified_columns_include_their_header(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "ID", "Name");
	table_row(&t, "1000", "x");
	table_row(&t, "7", "y");
	table_align_right(&t, 0);
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "  ID  Name\n"
	    "1000  x\n"
	    "   7  y\n");
}

static void
a_column_ends_where_a_line_does_not_have_it(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "a", "b", "c");
	table_row(&t, "a wide cell alone");
	table_row(&t, "long one", "b", "c");
	table_row(&t, "x", "b");
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "a  b  c\n"
	    "a wide cell alone\n"
	    "long one  b  c\n"
	    "x         b\n");
}

static void
a_row_without_cells_is_an_empty_line(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "abc", "d");
	table_end_row(&t);
	table_row(&t, "x", "y");
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb), "abc  d\n\nx  y\n");
}

static void
an_empty_table_is_nothing(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_render(&t, TABLE_PLAIN, &sb);
	assert_int_equal(sb.len, 0);
}

static void
width_is_counted_in_characters_not_in_bytes_or_escapes(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	assert_int_equal(table_text_width("größe"), 5);
	table_cell(&t, "größe", COLOUR_GREEN);
	table_cell(&t, "x", COLOUR_NONE);
	table_end_row(&t);
	table_row(&t, "groesse", "y");
	table_render(&t, TABLE_COLOUR, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "\033[32mgröße\033[0m    x\n"
	    "groesse  y\n");
}

static void
an_empty_cell_has_no_colour(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_cell(&t, "", COLOUR_RED);
	table_end_row(&t);
	table_render(&t, TABLE_COLOUR, &sb);
	assert_string_equal(strbuf_cstr(&sb), "\n");
}

static void
control_characters_of_a_message_do_not_reach_the_terminal(void **state)
{
	autotable t = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	table_row(&t, "a\033[2Jb\nc\td\177");
	/* CSI as one character, a right-to-left override and isolate. */
	table_row(&t,
	    "\xc2\x9b"
	    "2J \u202edb\u2028\u2067e");
	table_row(&t, "\u00e9 \u2018\u05d0\u2019 \u2026\u2080");
	table_render(&t, TABLE_PLAIN, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "a [2Jb c d \n"
	    " 2J  db  e\n"
	    "\u00e9 \u2018\u05d0\u2019 \u2026\u2080\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_last_cell_is_not_padded_but_the_one_before_an_empty_one_is),
		cmocka_unit_test(
		    an_empty_column_is_as_wide_as_its_header_and_two),
		cmocka_unit_test(right_justified_columns_include_their_header),
		cmocka_unit_test(a_column_ends_where_a_line_does_not_have_it),
		cmocka_unit_test(a_row_without_cells_is_an_empty_line),
		cmocka_unit_test(an_empty_table_is_nothing),
		cmocka_unit_test(
		    width_is_counted_in_characters_not_in_bytes_or_escapes),
		cmocka_unit_test(an_empty_cell_has_no_colour),
		cmocka_unit_test(
		    control_characters_of_a_message_do_not_reach_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
