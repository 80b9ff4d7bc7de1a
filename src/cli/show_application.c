/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/compat.h"
#include "cli/emit.h"
#include "cli/show.h"
#include "cli/status.h"

#define SHOW_SPACE "alpha"

/* There is one network space, and "" is the default of all endpoints. */
static json_t *
show_bindings(const json_t *app)
{
	json_t *bindings = json_pack("{s:s}", "", SHOW_SPACE), *endpoint;
	json_auto_t *sorted = NULL;
	const char *name;

	sorted = emit_sorted(json_child(app, "endpoints", JSON_OBJECT));
	json_object_foreach(sorted, name, endpoint)
		json_put_text(bindings, name, SHOW_SPACE);
	return bindings;
}

static void
show_put_base(json_t *doc, const char *series, unsigned flags)
{
	struct compat_base base = compat_base(series);
	autofree char *name = xasprintf("%s%s%s", base.name,
	    base.channel[0] != '\0' ? "@" : "", base.channel);

	if ((flags & STATUS_3) == 0)
		json_put_text(doc, "series", series);
	if ((flags & STATUS_2) == 0)
		json_put_text(doc, "base", name);
}

json_t *
show_application(const json_t *app, unsigned flags)
{
	bool is_local = strcmp(json_text(app, "charm-origin", ""), "local") ==
	    0;
	const char *channel = is_local ? "" : json_text(app, "channel", "");
	json_t *doc = json_object();

	json_put_text(doc, "charm", json_text(app, "charm", ""));
	show_put_base(doc, json_text(app, "series", ""), flags);
	if (channel[0] != '\0')
		json_put_text(doc, "channel", channel);
	json_object_set_new(doc, "principal", json_true());
	json_object_set_new(doc, "exposed",
	    json_boolean(json_bool(app, "exposed", false)));
	json_object_set_new(doc, "remote", json_false());
	json_put_text(doc, "life", json_text(app, "life", "alive"));
	json_object_set_new(doc, "endpoint-bindings", show_bindings(app));
	return doc;
}
