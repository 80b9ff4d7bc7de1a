/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh keys - what programs give to a model are kept and listed. Units are on
 * this host, whose accounts decide who logs in; a key lets nobody in.
 */

#include "base/json.h"
#include "base/mem.h"
#include "base/sshkey.h"
#include "engine/internal.h"
#include "model/kept.h"

int
verb_ssh_keys(struct engine_call *call, struct error *err)
{
	const struct model *m = call_model(call, err);
	json_t *list;
	const json_t *line;
	size_t i;

	if (m == NULL)
		return -1;
	list = json_array();
	json_array_foreach(kept_find(m->kept, KEPT_SSH_KEYS), i, line) {
		const char *text = json_string_value(line), *comment = "";
		struct error odd = { 0 };
		autofree char *fingerprint = sshkey_fingerprint(text, &comment,
		    &odd);

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s}", "key", text, "fingerprint",
			fingerprint != NULL ? fingerprint : "", "comment",
			comment));
	}
	call->reply = json_pack("{s:s, s:o}", "model", m->name, "keys", list);
	return 0;
}

static json_t *
keys_of(const struct model *m)
{
	json_t *keys = json_deep_copy(kept_find(m->kept, KEPT_SSH_KEYS));

	return keys != NULL ? keys : json_array();
}

/* Where the key of that fingerprint or comment is; -1 if nowhere. */
static int
keys_find(const json_t *keys, const char *id)
{
	const json_t *line;
	size_t i;

	json_array_foreach(keys, i, line) {
		struct error odd = { 0 };
		const char *comment = "";
		autofree char *fingerprint =
		    sshkey_fingerprint(json_string_value(line), &comment, &odd);

		if (strcmp(comment, id) == 0 ||
		    (fingerprint != NULL && strcmp(fingerprint, id) == 0))
			return (int)i;
	}
	return -1;
}

static int
keys_commit(struct engine_call *call, struct model *m, json_t *keys,
    struct error *err)
{
	kept_set(&m->kept, KEPT_SSH_KEYS, json_incref(keys));
	entity_touch(&m->entity);
	call->reply = json_object();
	return engine_commit(call->engine, err);
}

int
verb_add_ssh_keys(struct engine_call *call, struct error *err)
{
	const json_t *lines = json_object_get(call->args, "keys"), *line;
	struct model *m = call_model(call, err);
	json_auto_t *keys = NULL;
	size_t i;

	if (m == NULL)
		return -1;
	keys = keys_of(m);
	json_array_foreach(lines, i, line) {
		const char *text = json_string_value(line), *comment = "";
		autofree char *fingerprint = sshkey_fingerprint(text, &comment,
		    err);

		if (fingerprint == NULL)
			return -1;
		if (keys_find(keys, fingerprint) != -1) {
			error_set(err, ERROR_CONFLICT, "duplicate ssh key: %s",
			    fingerprint);
			return error_hint(err, "\"tenon ssh-keys\" lists them");
		}
		json_array_append_new(keys, json_string(text));
	}
	call_journal(call, m, m->name, "add-ssh-key");
	return keys_commit(call, m, keys, err);
}

int
verb_remove_ssh_keys(struct engine_call *call, struct error *err)
{
	const json_t *ids = json_object_get(call->args, "ids"), *id;
	struct model *m = call_model(call, err);
	json_auto_t *keys = NULL;
	size_t i;

	if (m == NULL)
		return -1;
	keys = keys_of(m);
	json_array_foreach(ids, i, id) {
		const char *text = json_string_value(id);
		int at = keys_find(keys, text);

		if (at == -1) {
			error_set(err, ERROR_NOT_FOUND,
			    "ssh key \"%.64s\" not found", text);
			return error_hint(err,
			    "\"tenon ssh-keys\" lists fingerprints and "
			    "comments");
		}
		(void)json_array_remove(keys, (size_t)at);
	}
	call_journal(call, m, m->name, "remove-ssh-key");
	return keys_commit(call, m, keys, err);
}
