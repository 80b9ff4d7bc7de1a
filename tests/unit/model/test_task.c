/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/task.h"
#include "world.h"

static int64_t
first_pending(struct world *w, const char *unit)
{
	const struct task *t = model_first_pending(w->model, unit);

	return t != NULL ? t->id : -1;
}

static void
tasks_that_wait_are_found_by_unit_the_oldest_first(void **state)
{
	struct task *a, *b, *c;
	struct world w;

	(void)state;
	world_init(&w);
	a = task_add(w.model, 1, "db/0", "fly", 5);
	b = task_add(w.model, 1, "db/10", "fly", 5);
	c = task_add(w.model, 1, "db/0", "fly", 5);
	assert_int_equal(first_pending(&w, "db/0"), a->id);
	assert_int_equal(first_pending(&w, "db/1"), -1);
	assert_int_equal(first_pending(&w, "db/10"), b->id);
	assert_ptr_equal(model_next_pending(w.model, NULL), a);
	assert_ptr_equal(model_next_pending(w.model, "db/0"), b);
	assert_null(model_next_pending(w.model, "db/10"));

	task_set_state(a, TASK_RUNNING);
	assert_int_equal(first_pending(&w, "db/0"), c->id);
	world_restart(&w);
	assert_int_equal(first_pending(&w, "db/0"), 3);
	task_set_state(model_find_task(w.model, 1), TASK_PENDING);
	assert_int_equal(first_pending(&w, "db/0"), 1);
	entity_delete(&model_find_task(w.model, 1)->entity);
	assert_int_equal(first_pending(&w, "db/0"), 3);
	world_commit(&w);
	task_set_state(model_find_task(w.model, 3), TASK_FAILED);
	task_set_state(model_find_task(w.model, 2), TASK_COMPLETED);
	assert_null(model_next_pending(w.model, NULL));
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    tasks_that_wait_are_found_by_unit_the_oldest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
