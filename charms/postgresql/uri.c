/* SPDX-License-Identifier: Apache-2.0 */

#include "uri.h"
#include "base/mem.h"
#include "base/strbuf.h"

char *
uri_make(const struct access *a, const char *hosts)
{
	autostrbuf sb = { 0 };

	strbuf_adds(&sb, "postgresql://");
	strbuf_add_percent(&sb, a->user);
	strbuf_addc(&sb, ':');
	strbuf_add_percent(&sb, a->password);
	strbuf_addf(&sb, "@%s/", hosts);
	strbuf_add_percent(&sb, a->database);
	return strbuf_detach(&sb);
}
