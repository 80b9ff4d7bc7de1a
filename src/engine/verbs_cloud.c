/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud - clouds and credentials as programs written for Juju define them. They
 * are kept, sealed like all else, and shown; units run on this host, for which
 * neither is needed. They may come before the controller, and go with it.
 */

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/kept.h"

static const char here[] = "localhost";

int
credential_check(const struct ctl *ctl, const char *name, struct error *err)
{
	const json_t *clouds = kept_find(ctl->kept, KEPT_CREDENTIALS);

	if (strcmp(name, CREDENTIAL_HERE) == 0 ||
	    json_object_get(json_object_get(clouds, here), name) != NULL)
		return 0;
	error_set(err, ERROR_NOT_FOUND,
	    "credential \"%.64s\" for cloud localhost not found", name);
	return error_hint(err,
	    "none is needed; \"tenon list-credentials\" lists those there "
	    "are");
}

static json_t *
kept_copy(const struct ctl *ctl, const char *key)
{
	json_t *copy = json_deep_copy(kept_find(ctl->kept, key));

	return copy != NULL ? copy : json_object();
}

/* ---- clouds ---- */

int
verb_clouds(struct engine_call *call, struct error *err)
{
	const struct ctl *ctl = call->engine->ctl;
	json_t *clouds = kept_copy(ctl, KEPT_CLOUDS);

	(void)err;
	json_object_set_new(clouds, here,
	    json_pack("{s:s, s:s, s:[s], s:{s:{}}}", "type", "host",
		"description", "This host", "auth-types", "empty", "regions",
		here));
	call->reply = json_pack("{s:o}", "clouds", clouds);
	return 0;
}

static int
cloud_check_new(struct engine_call *call, const char *name,
    const json_t *clouds, struct error *err)
{
	bool exists = json_object_get(clouds, name) != NULL;

	if (strcmp(name, here) == 0) {
		error_set(err, ERROR_CONFLICT,
		    "cloud localhost is this host, and cannot be changed");
		return error_hint(err, "give the new cloud another name");
	}
	if (model_name_check(name, err) == -1)
		return error_set(err, ERROR_INVALID,
		    "\"%.64s\" is not a valid cloud name", name);
	if (exists == json_bool(call->args, "update", false))
		return 0;
	if (exists) {
		error_set(err, ERROR_CONFLICT, "cloud %s already exists", name);
		return error_hint(err, "\"tenon update-cloud %s\" changes it",
		    name);
	}
	error_set(err, ERROR_NOT_FOUND, "cloud %s not found", name);
	return error_hint(err, "\"tenon add-cloud %s\" adds it", name);
}

int
verb_set_cloud(struct engine_call *call, struct error *err)
{
	json_t *definition = json_object_get(call->args, "definition");
	const char *name = call_text(call, "name", err);
	struct ctl *ctl = call->engine->ctl;
	json_auto_t *clouds = NULL;

	if (name == NULL)
		return -1;
	clouds = kept_copy(ctl, KEPT_CLOUDS);
	if (cloud_check_new(call, name, clouds, err) == -1)
		return -1;
	if (json_text(definition, "type", NULL) == NULL)
		return error_set(err, ERROR_INVALID, "cloud %s has no \"type\"",
		    name);
	(void)json_object_set(clouds, name, definition);
	kept_set(&ctl->kept, KEPT_CLOUDS, json_incref(clouds));
	entity_touch(&ctl->entity);
	call_journal(call, NULL, name,
	    json_bool(call->args, "update", false) ? "update-cloud" :
						     "add-cloud");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}

int
verb_remove_cloud(struct engine_call *call, struct error *err)
{
	const char *name = call_text(call, "name", err);
	struct ctl *ctl = call->engine->ctl;
	json_auto_t *clouds = kept_copy(ctl, KEPT_CLOUDS);

	if (name == NULL)
		return -1;
	if (strcmp(name, here) == 0) {
		error_set(err, ERROR_CONFLICT,
		    "cloud localhost is this host, and cannot be removed");
		return error_hint(err, "\"tenon clouds\" lists the others");
	}
	if (json_object_del(clouds, name) == -1) {
		error_set(err, ERROR_NOT_FOUND, "cloud %.64s not found", name);
		return error_hint(err, "\"tenon clouds\" lists them");
	}
	kept_set(&ctl->kept, KEPT_CLOUDS, json_incref(clouds));
	entity_touch(&ctl->entity);
	call_journal(call, NULL, name, "remove-cloud");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}

/* ---- credentials ---- */

int
verb_credentials(struct engine_call *call, struct error *err)
{
	const struct ctl *ctl = call->engine->ctl;
	json_t *all = kept_copy(ctl, KEPT_CREDENTIALS);
	json_t *cloud = json_object_get(all, here);

	(void)err;
	if (cloud == NULL) {
		cloud = json_object();
		json_object_set_new(all, here, cloud);
	}
	json_object_set_new(cloud, CREDENTIAL_HERE,
	    json_pack("{s:s}", "auth-type", "empty"));
	call->reply = json_pack("{s:o}", "credentials", all);
	return 0;
}

static int
check_cloud_known(const struct ctl *ctl, const char *cloud, struct error *err)
{
	const json_t *clouds = kept_find(ctl->kept, KEPT_CLOUDS);

	if (strcmp(cloud, here) == 0 || json_object_get(clouds, cloud) != NULL)
		return 0;
	error_set(err, ERROR_NOT_FOUND, "cloud %.64s not found", cloud);
	return error_hint(err, "\"tenon add-cloud\" adds one");
}

int
verb_set_credential(struct engine_call *call, struct error *err)
{
	json_t *definition = json_object_get(call->args, "definition"), *names;
	const char *cloud = call_text(call, "cloud", err);
	const char *name = cloud != NULL ? call_text(call, "name", err) : NULL;
	struct ctl *ctl = call->engine->ctl;
	json_auto_t *all = kept_copy(ctl, KEPT_CREDENTIALS);

	if (name == NULL || check_cloud_known(ctl, cloud, err) == -1)
		return -1;
	if (json_text(definition, "auth-type", NULL) == NULL) {
		error_set(err, ERROR_INVALID,
		    "credential \"%.64s\" has no \"auth-type\"", name);
		return error_hint(err,
		    "\"tenon help add-credential\" shows "
		    "the form of a definition");
	}
	names = json_object_get(all, cloud);
	if (names == NULL) {
		names = json_object();
		json_object_set_new(all, cloud, names);
	}
	if (json_object_get(names, name) != NULL &&
	    !json_bool(call->args, "update", false)) {
		error_set(err, ERROR_CONFLICT,
		    "credential \"%.64s\" for cloud %s already exists", name,
		    cloud);
		return error_hint(err,
		    "\"tenon update-credential %s %s\" changes it", cloud,
		    name);
	}
	(void)json_object_set(names, name, definition);
	kept_set(&ctl->kept, KEPT_CREDENTIALS, json_incref(all));
	entity_touch(&ctl->entity);
	call_journal(call, NULL, name,
	    json_bool(call->args, "update", false) ? "update-credential" :
						     "add-credential");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}

int
verb_remove_credential(struct engine_call *call, struct error *err)
{
	const char *cloud = call_text(call, "cloud", err);
	const char *name = cloud != NULL ? call_text(call, "name", err) : NULL;
	struct ctl *ctl = call->engine->ctl;
	json_auto_t *all = kept_copy(ctl, KEPT_CREDENTIALS);
	struct model *m;

	if (name == NULL)
		return -1;
	if (json_object_del(json_object_get(all, cloud), name) == -1) {
		error_set(err, ERROR_NOT_FOUND,
		    "credential \"%.64s\" for cloud %.64s not found", name,
		    cloud);
		return error_hint(err,
		    "\"tenon list-credentials\" lists those there are");
	}
	RB_FOREACH(m, model_tree, &ctl->models) {
		if (strcmp(cloud, here) == 0 &&
		    strcmp(json_text(m->kept, KEPT_CREDENTIAL, ""), name) == 0)
			return error_set(err, ERROR_CONFLICT,
			    "credential \"%.64s\" is that of model \"%s\"",
			    name, m->name);
	}
	kept_set(&ctl->kept, KEPT_CREDENTIALS, json_incref(all));
	entity_touch(&ctl->entity);
	call_journal(call, NULL, name, "remove-credential");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}
