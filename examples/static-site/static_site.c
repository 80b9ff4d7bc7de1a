/* SPDX-License-Identifier: Apache-2.0 */
/* static-site - serves one page on the unit's own address. */

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"

/* The server reads the file for each request: a new greeting shows at once. */
static int
on_config_changed(struct hook *h, struct error *err)
{
	json_auto_t *config = hook_config(h, err);
	autofree char *site = xasprintf("%s/site", h->unit_dir);
	autofree char *page = xasprintf("%s/index.html", site);
	autofree char *text = NULL;

	if (config == NULL || dir_make(site, 0755, err) < 0)
		return -1;
	text = xasprintf("%s\n", json_text(config, "greeting", ""));
	return file_write(page, 0644, text, err);
}

static int
on_start(struct hook *h, struct error *err)
{
	autofree char *site = xasprintf("%s/site", h->unit_dir);
	autofree char *address = hook_address(h, err);

	if (address == NULL ||
	    hook_service_set(h, "web",
		json_pack("{s:[s,s,s,s,s,s], s:s, s:s}", "argv",
		    "/usr/bin/python3", "-m", "http.server", "--bind", address,
		    "8080", "dir", site, "user", "nobody"),
		err) < 0 ||
	    hook_service_start(h, "web", err) < 0 ||
	    hook_open_port(h, 8080, err) < 0)
		return -1;
	return hook_status(h, "active", "", err);
}

static int
on_service_changed(struct hook *h, struct error *err)
{
	json_auto_t *web = hook_service(h, "web", err);

	if (web == NULL)
		return -1;
	if (strcmp(json_text(web, "state", ""), "running") == 0)
		return hook_status(h, "active", "", err);
	return hook_status(h, "blocked", json_text(web, "detail", ""), err);
}

static int
on_website_created(struct hook *h, struct error *err)
{
	autofree char *address = hook_address(h, err);

	if (address == NULL)
		return -1;
	return hook_bag_set(h, h->relation,
	    json_pack("{s:s, s:s}", "hostname", address, "port", "8080"), err);
}

static int
show_page(struct hook *h, struct error *err)
{
	autofree char *page = xasprintf("%s/site/index.html", h->unit_dir);
	autofree char *text = file_read(page, 65536, NULL, err);

	if (text == NULL)
		return -1;
	return hook_action_set(h, json_pack("{s:s}", "page", text), err);
}

int
main(void)
{
	static const struct charm_handler hooks[] = {
		{ "config-changed", on_config_changed },
		{ "start", on_start },
		{ "service-changed", on_service_changed },
		{ "website-relation-created", on_website_created },
		{ NULL, NULL },
	};
	static const struct charm_handler actions[] = {
		{ "show-page", show_page },
		{ NULL, NULL },
	};

	return charm_main(&(
	    const struct charm_program){ .hooks = hooks, .actions = actions });
}
