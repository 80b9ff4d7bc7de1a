# SPDX-License-Identifier: Apache-2.0
"""Secrets of fake_tenond: the model's, and the hook tools for them."""

from __future__ import annotations

import copy
import secrets as random_text


class ToolError(Exception):
    """A hook tool refuses; the charm gets the code and the message."""

    def __init__(self, code, message, hint=""):
        super().__init__(message)
        self.answer = {"code": code, "message": message, "hint": hint}


class Secret:
    def __init__(self, app, label):
        self.id = "".join(random_text.choice("0123456789abcdefghijklmnopqrstuv")
                          for _ in range(20))
        self.app, self.label = app, label
        self.revision, self.content = 0, {}
        self.grants = set()  # Pairs: a relation, the application it is granted there.

    @property
    def uri(self):
        return f"secret:{self.id}"

    def set(self, content):
        if content != self.content:
            self.content = dict(content)
            self.revision += 1


class SecretTools:
    """Of an application's secrets; what is written is kept back in the context."""

    def own_secrets(self):
        if self.context.secrets is None:
            self.context.secrets = {s.id: copy.copy(s) for s in self.model.secrets
                                    if s.app is self.unit.app}
            for secret in self.context.secrets.values():
                secret.grants = set(secret.grants)
        return self.context.secrets

    def owned(self, args):
        ident = args["secret"].removeprefix("secret:")
        if ident not in self.own_secrets():
            raise ToolError("not-found", f"secret \"{ident}\" not found")
        return self.own_secrets()[ident]

    def check_owner(self):
        if not self.unit.is_leader:
            raise ToolError("denied", f"{self.unit.name} is not the leader")

    def secret_add(self, args):
        self.check_owner()
        if args.get("label") in [s.label for s in self.own_secrets().values()]:
            raise ToolError("conflict", "secret with this label already exists")
        secret = Secret(self.unit.app, args.get("label"))
        secret.set(self.checked(args["content"]))
        self.own_secrets()[secret.id] = secret
        return secret.uri

    @staticmethod
    def checked(content):
        if not content or not all(isinstance(v, str) and v for v in content.values()):
            raise ToolError("usage", "a secret without content")
        return content

    def secret_set(self, args):
        self.check_owner()
        self.owned(args).set(self.checked(args["content"]))

    def secret_remove(self, args):
        self.check_owner()
        del self.own_secrets()[self.owned(args).id]

    def secret_grant(self, args):
        self.check_owner()
        relation = self.relation(args)
        self.owned(args).grants.add((relation, relation.far_app(self.unit.app.name)))

    def secret_ids(self, args):
        if args.get("labels"):
            return {s.id: s.label for s in self.own_secrets().values()}
        return sorted(self.own_secrets())

    def secret_info_get(self, args):
        secret = self.owned(args)
        return {secret.id: {"revision": secret.revision, "label": secret.label,
                            "owner": "application", "rotation": "never"}}

    def secret_get(self, args):
        ident = args["secret"].removeprefix("secret:")
        if ident in self.own_secrets():
            return dict(self.own_secrets()[ident].content)
        for secret in self.model.secrets:
            if secret.id == ident and any(r in self.model.relations and app == self.unit.app.name
                                          for r, app in secret.grants):
                return dict(secret.content)
        raise ToolError("not-found", f"secret \"{ident}\" not found")
