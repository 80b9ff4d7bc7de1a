/* SPDX-License-Identifier: Apache-2.0 */
/* Names in their natural order, and the numbers in them. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"

static int
compare_digits(const char **a, const char **b)
{
	size_t na, nb;
	int diff;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	na = strspn(*a, "0123456789");
	nb = strspn(*b, "0123456789");
	if (na != nb)
		return na < nb ? -1 : 1;
	diff = strncmp(*a, *b, na);
	*a += na;
	*b += nb;
	return diff;
}

int
name_compare(const char *a, const char *b)
{
	const char *p = a, *q = b;
	int diff;

	while (*p != '\0' && *q != '\0') {
		if (isdigit((unsigned char)*p) && isdigit((unsigned char)*q)) {
			diff = compare_digits(&p, &q);
			if (diff != 0)
				return diff;
			continue;
		}
		if (*p != *q)
			break;
		p++;
		q++;
	}
	diff = (unsigned char)*p - (unsigned char)*q;
	/* "a1" and "a01" count the same, yet are different names. */
	return diff != 0 ? diff : strcmp(a, b);
}

int64_t
name_number(const char *unit)
{
	const char *slash = strchr(unit, '/');
	long long number;
	char *end;

	if (slash == NULL || !isdigit((unsigned char)slash[1]))
		return -1;
	errno = 0;
	number = strtoll(slash + 1, &end, 10);
	return errno != 0 || *end != '\0' ? -1 : number;
}
