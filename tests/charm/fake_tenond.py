# SPDX-License-Identifier: Apache-2.0
"""
fake_tenond - the server side of docs/charm-protocol.md, for tests of charms.

A Model holds applications, units and relations in memory and starts each unit's
`dispatch` at the end of a real socket pair. A test may deliver single events
(unit.hook("config-changed"), unit.action("get-credentials")) or let
model.settle() deliver what the units owe, in tenond's order, until nothing is
left. Services are real child processes.

    with Model() as model:
        pg = model.deploy(charm_dir("postgresql"), units=2)
        di = model.deploy(charm_dir("data-integrator"),
                          config={"database-name": "test-database"})
        model.settle()
        relation = model.relate(pg, "database", di, "postgresql")
        model.settle()
        answer = di[0].action("get-credentials")
        assert answer.results["ok"] == "True"
        model.remove_relation(relation)
        model.settle()

Everything that a charm asked for is in unit.calls as Call(tool, args, answer,
event); what it printed is in unit.output().
"""

from __future__ import annotations

import errno
import random
import shutil
import socket
import tempfile
import threading
import time
import uuid
from pathlib import Path

from fake_basics import load_yaml
from fake_tools import Bag
from fake_unit import Unit


class HookFailed(Exception):
    """settle() met a hook that failed."""


class Relation:
    def __init__(self, model, ident, ends):
        self.model = model
        self.id = ident
        self.ends = ends  # {application name: endpoint}; one for a peer relation.
        self.dying = False
        self.app_bags = {app: Bag() for app in ends}
        self.members = set()  # Names of the units in its scope.
        self.unit_bags = {}  # {unit name: Bag}; stays readable for "departed".

    @property
    def is_peer(self):
        return len(self.ends) == 1

    def far_app(self, app):
        return next((a for a in self.ends if a != app), app)

    def hook_id(self, app):
        return f"{self.ends[app]}:{self.id}"

    def remote_members(self, unit):
        far = self.far_app(unit.app.name)
        return sorted((n for n in self.members if n != unit.name and n.split("/")[0] == far),
                      key=lambda n: int(n.split("/")[1]))


class Application:
    def __init__(self, model, name, directory, config):
        self.model, self.charm_dir = model, Path(directory) if directory else None
        self.metadata = load_yaml(self.charm_dir / "metadata.yaml") if directory else {}
        self.options = load_yaml(self.charm_dir / "config.yaml").get("options", {}) \
            if directory else {}
        self.name = name or self.metadata["name"]
        self.config = dict(config or {})
        self.units, self.leader = [], None
        self.status, self.statuses, self.version = ("unknown", ""), [], ""

    def __getitem__(self, i):
        return self.units[i]

    def set_status(self, word, message):
        self.status = (word, message)
        self.statuses.append(self.status)

    def effective_config(self):
        initial = {k: v["default"] for k, v in self.options.items() if v and "default" in v}
        return {**initial, **self.config}

    def set_config(self, **values):
        """set_config(database_name="x"); None goes back to the default."""
        for key, value in values.items():
            key = key if key in self.options else key.replace("_", "-")
            if value is None:
                self.config.pop(key, None)
            else:
                self.config[key] = value

    def add_unit(self, address=None):
        unit = Unit(self, len(self.units), address or self.model.next_address())
        self.units.append(unit)
        if self.leader is None:
            self.leader = unit
        return unit

    def remove_unit(self, unit):
        unit.dying = True
        if self.leader is unit:
            self.leader = next((u for u in self.units if not u.dying), None)


def claim_network():
    """
    A /24 that no other model of these tests has, in this process or another:
    who holds a socket of its name has it. tenond does not use 127.0.x.y.
    """
    third = list(range(2, 255))
    random.shuffle(third)
    for number in third:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0tenon-test-127.0.{number}")
        except OSError as e:
            claim.close()
            if e.errno != errno.EADDRINUSE:
                raise
        else:
            return f"127.0.{number}", claim
    raise RuntimeError("253 models at once")


class Model:
    def __init__(self, name="test", env=None):
        self.name, self.uuid = name, str(uuid.uuid4())
        self.env = dict(env or {})  # For every dispatch.
        self.dir = Path(tempfile.mkdtemp(prefix="tenon-test-"))
        self.dir.chmod(0o711)
        self.apps, self.relations, self.secrets = {}, [], []
        self.relation_ids = iter(range(1 << 30))
        self.tasks = iter(range(2, 1 << 30, 2))
        self.addresses = iter(range(1, 250))
        # {"relation-set" or ("x/0", "relation-set"): the answer to give instead}
        self.faults = {}
        self.wake = threading.Condition()
        self.network, self.claim = claim_network()

    def __enter__(self):
        return self

    def __exit__(self, exc_type, *_exc):
        statuses = self.close()
        if exc_type is None:
            assert not any(statuses), f"a dispatch did not end with 0: {statuses}"

    @property
    def units(self):
        return [u for app in self.apps.values() for u in app.units if not u.gone]

    def close(self):
        """End everything: with which status each living dispatch ended."""
        statuses = []
        for app in self.apps.values():
            for unit in app.units:
                if unit.process is not None and unit.process.poll() is None:
                    statuses.append(unit.end_process())
        for app in self.apps.values():
            for unit in app.units:
                for service in unit.services.values():
                    service.destroy()
        shutil.rmtree(self.dir, ignore_errors=True)
        self.claim.close()
        return statuses

    def set_secrets(self, app, secrets):
        self.secrets = [s for s in self.secrets if s.app is not app] + list(secrets)

    def next_address(self):
        return f"{self.network}.{next(self.addresses)}"

    def deploy(self, directory, name=None, units=1, config=None):
        """A directory of None: an application without a charm, see Unit.run()."""
        app = Application(self, name, directory, config)
        self.apps[app.name] = app
        for endpoint in app.metadata.get("peers") or {}:
            self.relations.append(Relation(self, next(self.relation_ids), {app.name: endpoint}))
        for _ in range(units):
            app.add_unit()
        return app

    def relate(self, app, endpoint, other, other_endpoint):
        relation = Relation(self, next(self.relation_ids),
                            {app.name: endpoint, other.name: other_endpoint})
        self.relations.append(relation)
        return relation

    def remove_relation(self, relation):
        relation.dying = True
        self.forget(relation)

    def leave(self, relation, unit):
        relation.members.discard(unit.name)
        unit.seen.pop(relation, None)
        self.forget(relation)

    def forget(self, relation):
        if relation.dying and not any(relation in u.seen for u in self.units):
            self.relations.remove(relation)

    def settle(self, timeout=120, hook_timeout=60):
        """
        Deliver hooks, a unit's after another's, until nobody owes one: the
        list of (unit, hook). A hook that fails raises HookFailed.
        """
        deadline = time.monotonic() + timeout
        ran = []
        while self.step(ran, hook_timeout):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not settled within {timeout} s; last: {ran[-10:]}")
        return ran

    def step(self, ran, hook_timeout=60):
        """One round: at most one hook for each unit. Whether any ran."""
        before = len(ran)
        for unit in self.units:
            event = unit.next_event()
            if event is None:
                continue
            name, fields, note = event
            result = unit.hook(name, hook_timeout, **fields)
            if not result.ok:
                raise HookFailed(f"{unit.name}: hook failed: \"{name}\": {result.message}\n"
                                 f"{unit.output()[-3000:]}")
            note()
            ran.append((unit.name, name))
        return len(ran) > before

    def wait_for_service_event(self, timeout=30):
        """Block until some unit owes a service-changed."""
        with self.wake:
            if not self.wake.wait_for(
                    lambda: any(u.pending_services for u in self.units), timeout):
                raise TimeoutError(f"no service event within {timeout} s")
