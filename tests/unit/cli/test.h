/* SPDX-License-Identifier: Apache-2.0 */
/* test - what every test file of the client needs. */

#ifndef TEST_CLI_TEST_H
#define TEST_CLI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* A file of tests/data; owned by the caller. */
static inline char *
test_data(const char *name)
{
	autofree char *path = xasprintf(TEST_DATA "/%s", name);
	struct error err = { 0 };
	char *text = file_read(path, 1024 * 1024, NULL, &err);

	if (text == NULL)
		fail_msg("%s", err.msg);
	return text;
}

/* JSON with ' in place of ". A new reference. */
static inline json_t *
test_json(const char *text)
{
	autofree char *copy = xstrdup(text);
	json_error_t error;
	json_t *json;

	for (char *p = copy; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	json = json_loads(copy, JSON_DECODE_ANY, &error);
	if (json == NULL)
		fail_msg("%s: %s", error.text, copy);
	return json;
}

#endif /* TEST_CLI_TEST_H */
