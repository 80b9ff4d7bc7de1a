/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>

#include "base/json.h"
#include "base/strbuf.h"
#include "cli/status.h"

static void
lines_unit(const char *name, const json_t *unit, unsigned flags,
    struct strbuf *sb)
{
	autostrbuf ports = { 0 };

	status_unit_ports(unit, flags, &ports);
	strbuf_addf(sb, "\n- %s: %s (agent:%s, workload:%s)", name,
	    json_text(unit, "address", ""), status_unit_agent(unit),
	    status_unit_workload(unit));
	if (ports.len > 0)
		strbuf_addf(sb, " %s", strbuf_cstr(&ports));
}

void
status_oneline(const json_t *status, unsigned flags, struct strbuf *sb)
{
	const char *app_name, *name;
	json_t *app, *unit;

	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app_name, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit)
			lines_unit(name, unit, flags, sb);
	}
	strbuf_addc(sb, '\n');
}
