/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "uri.h"

/* All but the unreserved characters of RFC 3986. */
static void
uri_add(struct strbuf *sb, const char *text)
{
	static const char marks[] = "-._~";

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
	     p++) {
		if (*p < 0x80 && (isalnum(*p) || strchr(marks, *p) != NULL))
			strbuf_addc(sb, (char)*p);
		else
			strbuf_addf(sb, "%%%02X", *p);
	}
}

char *
uri_make(const struct access *a, const char *hosts)
{
	autostrbuf sb = { 0 };

	strbuf_adds(&sb, "postgresql://");
	uri_add(&sb, a->user);
	strbuf_addc(&sb, ':');
	uri_add(&sb, a->password);
	strbuf_addf(&sb, "@%s/", hosts);
	uri_add(&sb, a->database);
	return strbuf_detach(&sb);
}
