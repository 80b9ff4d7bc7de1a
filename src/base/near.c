/* SPDX-License-Identifier: Apache-2.0 */

#include "base/near.h"

#include <string.h>

/* Longer names are near to none. */
#define NEAR_MAX 80

void
near_start(struct near *n, const char *name)
{
	n->name = name;
	n->found = NULL;
	n->distance = strlen(name) / 3 + 2;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	size_t least_two = a < b ? a : b;

	return least_two < c ? least_two : c;
}

/* How many letters to insert, remove or replace to get from a to b. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAR_MAX + 1], n = strlen(b), corner, above;

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		corner = row[0]++;
		for (size_t j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(above + 1, row[j] + 1,
			    corner + (a[i] != b[j]));
			corner = above;
		}
	}
	return row[n];
}

void
near_consider(struct near *n, const char *candidate)
{
	size_t d;

	if (strlen(n->name) > NEAR_MAX || strlen(candidate) > NEAR_MAX)
		return;
	d = distance(n->name, candidate);
	if (d < n->distance) {
		n->distance = d;
		n->found = candidate;
	}
}
