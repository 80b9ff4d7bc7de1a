/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages are kept, by module and level. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "engine/log_filter.h"

static void
levels_are_named_by_module(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "<root>=INFO", true },
		{ "<root>=info;unit=debug", true },
		{ " <root> = WARN ; unit.web/0 = TRACE ;", true },
		{ "DEBUG", true },
		{ "unit=UNSPECIFIED", true },
		{ "", false },
		{ ";", false },
		{ "x", false },
		{ "=INFO", false },
		{ "unit=", false },
		{ "unit=LOUD", false },
		{ "unit=INFO,web=DEBUG", false },
		{ "<root>=INFO;;unit=DEBUG", false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		if (log_filter_is_valid(cases[i].text) != cases[i].valid)
			fail_msg("%s", cases[i].text);
	}
}

static void
the_longest_name_of_a_module_holds(void **state)
{
	static const struct {
		const char *text, *module;
		enum message_level level;
		bool passes;
	} cases[] = {
		{ "<root>=INFO", "unit.web/0.juju-log", MESSAGE_INFO, true },
		{ "<root>=INFO", "unit.web/0.juju-log", MESSAGE_DEBUG, false },
		{ "error", "unit.web/0.juju-log", MESSAGE_WARNING, false },
		{ "warn", "unit.web/0.juju-log", MESSAGE_WARNING, true },
		{ "<root>=ERROR;unit=DEBUG", "unit.web/0.juju-log",
		    MESSAGE_DEBUG, true },
		{ "unit=DEBUG;<root>=ERROR", "unit.web/0.juju-log",
		    MESSAGE_DEBUG, true },
		{ "unit=DEBUG;<root>=ERROR", "tenon.request", MESSAGE_INFO,
		    false },
		{ "unit=DEBUG;unit.web/0=ERROR", "unit.web/0.juju-log",
		    MESSAGE_INFO, false },
		{ "unit=DEBUG;unit.web/0=ERROR", "unit.web/1.juju-log",
		    MESSAGE_INFO, true },
		/* No names but whole ones. */
		{ "uni=ERROR;unit.web=ERROR;unit.web/0.juju-log.x=ERROR",
		    "unit.web/0.juju-log", MESSAGE_TRACE, true },
		/* As if it were not there. */
		{ "unit=ERROR;unit.web/0=UNSPECIFIED", "unit.web/0.juju-log",
		    MESSAGE_INFO, false },
		/* Of two of the same module the last one. */
		{ "unit=ERROR;unit=INFO", "unit.web/0.juju-log", MESSAGE_INFO,
		    true },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		if (log_filter_passes(cases[i].text, cases[i].module,
			cases[i].level) != cases[i].passes)
			fail_msg("%s of %s", cases[i].text, cases[i].module);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_are_named_by_module),
		cmocka_unit_test(the_longest_name_of_a_module_holds),
	};

	return cmocka_run_group_tests_name("engine/log_filter", tests, NULL,
	    NULL);
}
