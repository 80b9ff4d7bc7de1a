/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "model/rows.h"
#include "model/tree.h"
#include "model/visits.h"

static json_int_t
came(const json_t *visits, const char *uid)
{
	return json_integer_value(json_object_get(visits, uid));
}

static void
of_each_user_the_last_visit_is_known(void **state)
{
	json_auto_t *visits = NULL;

	(void)state;
	visits_note(&visits, 0, 10);
	visits_note(&visits, 1000, 20);
	visits_note(&visits, 0, 30);
	visits_note(&visits, (uid_t)-2, 40);
	assert_int_equal(json_object_size(visits), 3);
	assert_int_equal(came(visits, "0"), 30);
	assert_int_equal(came(visits, "1000"), 20);
	assert_int_equal(came(visits, "4294967294"), 40);
}

static void
who_has_not_come_for_longest_makes_place(void **state)
{
	json_auto_t *visits = NULL;

	(void)state;
	for (unsigned i = 0; i <= LIMIT_USERS_SEEN; i++)
		visits_note(&visits, i, i == 7 ? 1 : 1000 - i);
	assert_int_equal(json_object_size(visits), LIMIT_USERS_SEEN);
	assert_null(json_object_get(visits, "7"));
	assert_int_equal(came(visits, "0"), 1000);
	assert_int_equal(came(visits, "256"), 744);
}

/* A rollback reads the row again, and takes no visit back. */
static void
a_row_brings_visits_back_and_none_that_are_older(void **state)
{
	json_auto_t *row = NULL;
	struct error err = { 0 };
	struct ctl *ctl = ctl_new();
	struct model *m = model_add(ctl, "m", "uuid", 5);

	(void)state;
	visits_note(&m->visits, 0, 10);
	visits_note(&m->visits, 1000, 10);
	row = row_value(&m->entity);
	visits_note(&m->visits, 0, 30);
	assert_int_equal(row_read(ctl, "model/m", row, NULL, NULL, &err), 0);
	assert_int_equal(came(m->visits, "0"), 30);
	assert_int_equal(row_read(ctl, "model/n", row, NULL, NULL, &err), 0);
	m = ctl_find_model(ctl, "n");
	assert_int_equal(came(m->visits, "0"), 10);
	assert_int_equal(came(m->visits, "1000"), 10);
	ctl_free(ctl);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_each_user_the_last_visit_is_known),
		cmocka_unit_test(who_has_not_come_for_longest_makes_place),
		cmocka_unit_test(
		    a_row_brings_visits_back_and_none_that_are_older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
