/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four judges of what is UTF-8 have to agree: the one that SQL trusts, the one
 * of logs, the one of charms, and that of the JSON library. And what is written
 * as YAML is read back as it was.
 */

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "charm/channel.h"
#include "cli/emit.h"
#include "fuzz.h"
#include "logtail.h"
#include "machine/lines.h"
#include "utf8.h"

static void
require_agreement(const char *text)
{
	json_auto_t *string = json_string(text);
	json_auto_t *clean = channel_text(text);
	autofree char *line = xstrdup(text);
	json_auto_t *put = json_object();
	bool is_text = utf8_valid(text);

	fuzz_require((string != NULL) == is_text);
	fuzz_require(clean != NULL);
	fuzz_require((strcmp(json_string_value(clean), text) == 0) == is_text);
	lines_clean(line, strlen(line));
	fuzz_require(utf8_valid(line));
	fuzz_require((strcmp(line, text) == 0) == is_text);
	json_put_text(put, "text", text);
	fuzz_require(utf8_valid(json_text(put, "text", "\xff")));
}

static void
require_reason(const char *text)
{
	autofree char *reason = logtail_explain(text);

	fuzz_require(strchr(reason, '\n') == NULL);
	fuzz_require(strlen(reason) <= strlen(text));
}

static void
require_yaml(const char *text, size_t len)
{
	struct error err = { 0 };
	json_auto_t *value = json_read(text, len, LIMIT_BODY_BYTES, &err);
	json_auto_t *again = NULL;
	autostrbuf sb = { 0 };

	if (!json_is_object(value))
		return;
	emit_yaml(value, &sb);
	again = yaml_read(strbuf_cstr(&sb), sb.len, &err);
	if (again != NULL)
		fuzz_require(json_equal(value, again));
	else if (strstr(err.msg, "nested") == NULL) /* Depth may be refused. */
		fuzz_fail(err.msg, strbuf_cstr(&sb), __LINE__);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields f = { 0 };

	fuzz_split(&f, data, size);
	require_agreement(f.text[0]);
	require_reason(f.text[0]);
	require_yaml(f.text[1], f.len[1]);
	return 0;
}
