# SPDX-License-Identifier: Apache-2.0
"""A unit of fake_tenond: its process, and the events that it is owed."""

from __future__ import annotations

import collections
import copy
import json
import os
import select
import signal
import socket
import subprocess
import time

from fake_basics import die_with_parent
from fake_tools import Bag, Context, PlanTools, ToolError, Tools

LIMIT = 1024 * 1024
PASSED_ON = ("TENON_PG_", "ASAN_", "UBSAN_")  # To every dispatch.

Call = collections.namedtuple("Call", "tool args answer event")


class CharmDied(Exception):
    """The dispatch process ended, or said nothing within the deadline."""


class Result:
    """How an event ended."""

    def __init__(self, event, end, message, context, calls):
        self.event = event
        self.ok = end == 0
        self.message = message  # Of {"end": 1}.
        self.results = nest(context.results)
        self.failure = context.failure  # action-fail's message, or None.
        self.log = context.action_log
        self.calls = calls

    def __repr__(self):
        return (f"Result({self.event!r}, ok={self.ok}, message={self.message!r}, "
                f"failure={self.failure!r}, results={self.results!r})")


def nest(values):
    """{"a.b": 1} -> {"a": {"b": 1}}; what is inside a value stays as it is."""
    out = {}
    for key, value in values.items():
        at = out
        *path, last = key.split(".")
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    return out


class Seen:
    """What a unit knows of a relation."""

    def __init__(self):
        self.members = {}  # {remote unit: version of its bag last told, or -1}
        self.app_version = 0
        self.broken = False


class Unit:
    def __init__(self, app, number, address):
        self.app, self.model = app, app.model
        self.number, self.name = number, f"{app.name}/{number}"
        self.address = address
        self.dir = app.model.dir / f"unit-{app.name}-{number}"
        self.dir.mkdir(mode=0o711)
        self.dir.chmod(0o711)
        self.status = ("waiting", "installing agent")
        self.statuses = []  # All that were set, in order.
        self.state, self.ports, self.services = {}, set(), {}
        self.log, self.calls, self.hooks = [], [], []
        self.seen = collections.OrderedDict()  # Relation -> Seen
        self.done = set()  # "install", "start", ...
        self.config_seen = None
        self.leader_seen = False
        self.dying = self.gone = False
        self.service_events, self.service_events_seen = {}, {}  # Numbers, by name.
        self.update_after = None  # In how many seconds it wants an update-status.
        self.process = self.sock = None
        self.buffer = b""

    @property
    def is_leader(self):
        return self.app.leader is self

    def set_status(self, word, message):
        self.status = (word, message)
        self.statuses.append(self.status)

    def service_event(self, name):
        with self.model.wake:
            self.service_events[name] = self.service_events.get(name, 0) + 1
            self.model.wake.notify_all()

    @property
    def pending_services(self):
        return sorted(name for name, event in self.service_events.items()
                      if event > self.service_events_seen.get(name, 0))

    def see_service(self, name, event):
        self.service_events_seen[name] = max(event, self.service_events_seen.get(name, 0))

    def ask_update(self, seconds):
        if seconds is not None:
            self.update_after = seconds if self.update_after is None \
                else min(seconds, self.update_after)

    def output(self):
        path = self.dir / "dispatch.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- the process ----

    def start_process(self):
        ours, theirs = socket.socketpair()
        env = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            **{k: v for k, v in os.environ.items() if k.startswith(PASSED_ON)}, **self.model.env,
            "JUJU_UNIT_NAME": self.name, "JUJU_MODEL_NAME": self.model.name,
            "JUJU_MODEL_UUID": self.model.uuid, "JUJU_VERSION": "2.9.42",
            "JUJU_CHARM_DIR": str(self.app.charm_dir), "CHARM_DIR": str(self.app.charm_dir),
            "JUJU_MACHINE_ID": str(self.number), "TENON_UNIT_DIR": str(self.dir),
            "TENON_CHARM_FD": str(theirs.fileno()),
        }
        with open(self.dir / "dispatch.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(self.app.charm_dir / "dispatch")], env=env, cwd=self.app.charm_dir,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()],
                process_group=0, preexec_fn=die_with_parent(signal.SIGKILL))
        theirs.close()
        self.sock, self.buffer = ours, b""

    def end_process(self):
        """stop_process(), or 9 for a charm that had to be killed."""
        try:
            return self.stop_process()
        except CharmDied:
            return signal.SIGKILL

    def stop_process(self, timeout=10):
        """Close the channel, as tenond does with an idle charm; its status."""
        if self.process is None:
            return None
        self.sock.close()
        process, self.process, self.sock = self.process, None, None
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise CharmDied(f"{self.name}: did not end at end of file") from None

    def kill_process(self):
        if self.process is not None:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.sock.close()
            self.process = self.sock = None

    def send(self, message):
        try:
            self.sock.sendall(json.dumps(message).encode() + b"\n")
        except OSError as e:
            raise self.died(str(e)) from e

    def died(self, why):
        process = self.process
        self.kill_process()
        return CharmDied(f"{self.name}: {why} (status {process.returncode})\n"
                         f"{self.output()[-3000:]}")

    def receive(self, deadline):
        while b"\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise self.died("no answer in time")
            try:
                data = self.sock.recv(65536)
            except OSError as e:
                raise self.died(str(e)) from e
            if not data:
                self.process.wait(10)
                raise self.died("dispatch ended within an event")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        if len(line) > LIMIT:
            raise self.died(f"a message of {len(line)} bytes")
        return json.loads(line)

    # ---- events ----

    def run(self, event, timeout=60):
        """
        Deliver an event and serve the charm until it ends it: a Result. Without
        a charm every event ends well at once; a test writes the bags itself.
        """
        if self.app.charm_dir is None:
            return Result(event.get("hook"), 0, None, Context(self, event), [])
        if self.process is None:
            self.start_process()
        context = Context(self, event)
        tools = Tools(context)
        calls = []
        deadline = time.monotonic() + timeout
        self.send(event)
        while True:
            message = self.receive(deadline)
            if "end" in message:
                break
            answer = self.answer(tools, message)
            calls.append(Call(message["tool"], message.get("args", {}), answer,
                              event.get("hook") or event.get("action")))
            self.calls.append(calls[-1])
            self.send({"id": message["id"], **answer})
        if message["end"] == 0:
            context.commit()
        name = event.get("hook") or event.get("action")
        return Result(name, message["end"], message.get("message"), context, calls)

    def answer(self, tools, message):
        injected = self.model.faults.get((self.name, message["tool"])) or \
            self.model.faults.get(message["tool"])
        if injected is not None:
            return copy.deepcopy(injected)
        method = getattr(tools, message["tool"].replace("-", "_"), None)
        if method is None:
            return {"error": {"code": "not-found", "message": "no such tool", "hint": ""}}
        try:
            return {"ok": copy.deepcopy(method(message.get("args", {})))}
        except ToolError as e:
            return {"error": e.answer}

    def hook(self, name, timeout=60, **fields):
        """Deliver one hook; fields as in the protocol, `_` for `-`."""
        self.hooks.append(name)
        if name == "update-status":
            self.update_after = None
        event = {"hook": name}
        event.update({k.replace("_", "-"): v for k, v in fields.items()})
        return self.run(event, timeout)

    def action(self, name, params=None, timeout=60):
        return self.run({"action": name, "task": str(next(self.model.tasks)),
                         "params": params or {}}, timeout)

    def plan(self, event, timeout=60):
        """What the charm would do in an event, as tenond asks: ([(server, database, sql)],
        [note], Result); of what it would write nothing is kept."""
        self.end_process()
        self.start_process()
        context = Context(self, event)
        tools, calls = PlanTools(context), []
        deadline = time.monotonic() + timeout
        self.send({**event, "plan": True})
        while "end" not in (message := self.receive(deadline)):
            answer = self.answer(tools, message)
            calls.append(Call(message["tool"], message.get("args", {}), answer, None))
            self.send({"id": message["id"], **answer})
        assert self.stop_process() == 0
        return ([(s["server"], s["database"], s["sql"]) for s in tools.said if "sql" in s],
                [s["note"] for s in tools.said if "note" in s],
                Result(None, message["end"], message.get("message"), context, calls))

    def plan_hook(self, relation, suffix, **fields):
        name, more = self.relation_event(relation, suffix, **fields)
        return self.plan({"hook": name, **{k.replace("_", "-"): v for k, v in more.items()}})

    def relation_event(self, relation, suffix, **fields):
        app = self.app.name
        return (f"{relation.ends[app]}-relation-{suffix}",
                {"relation": relation.hook_id(app), "endpoint": relation.ends[app],
                 "remote_app": relation.far_app(app), **fields})

    # ---- what is owed, in tenond's order ----

    def next_event(self):
        """
        (hook name, fields, what to note on success), or None. Here no time passes:
        an update-status that is wanted later is for the test to deliver.
        """
        if self.gone:
            return None
        if self.dying:
            return self.next_dying()
        return (self.next_setup() or self.next_change() or self.next_relation()
                or self.next_update())

    def next_setup(self):
        if "install" not in self.done:
            return "install", {}, lambda: self.done.add("install")
        for relation in self.model.relations:
            if self.app.name in relation.ends and relation not in self.seen \
                    and not relation.dying:
                # Its data are there to be read in the hook that announces it.
                relation.members.add(self.name)
                relation.unit_bags.setdefault(self.name, Bag(self.first_bag()))
                self.seen[relation] = Seen()
                event = self.relation_event(relation, "created")
                return *event, lambda: None
        return None

    def first_bag(self):
        return {"egress-subnets": f"{self.address}/32", "ingress-address": self.address,
                "private-address": self.address}

    def next_update(self):
        return ("update-status", {}, lambda: None) if self.update_after == 0 else None

    def next_change(self):
        if self.is_leader and not self.leader_seen:
            return "leader-elected", {}, lambda: setattr(self, "leader_seen", True)
        config = self.app.effective_config()
        if config != self.config_seen:
            return "config-changed", {}, lambda: setattr(self, "config_seen", config)
        if "start" not in self.done:
            return "start", {}, lambda: self.done.add("start")
        if self.pending_services:
            name = self.pending_services[0]
            event = self.service_events[name]
            return ("service-changed", {"service": name},
                    lambda: self.see_service(name, event))
        return None

    def next_relation(self):
        for relation, seen in list(self.seen.items()):
            event = self.next_of(relation, seen)
            if event is not None:
                return event
        return None

    def next_of(self, relation, seen):
        if seen.broken:
            return None
        members = relation.remote_members(self)
        for name, version in seen.members.items():
            if version == -1:
                return self.changed_unit(relation, seen, name)
        for name in list(seen.members):
            if seen.members[name] == -2 and name not in members:
                del seen.members[name]  # It went before it was announced.
            elif relation.dying or self.dying or name not in members:
                departing = self.name if self.dying else name
                event = self.relation_event(relation, "departed", remote_unit=name,
                                            departing_unit=departing)
                return *event, lambda: seen.members.pop(name)
        if relation.dying or (self.dying and not relation.is_peer):
            event = self.relation_event(relation, "broken")
            return *event, lambda: self.left(relation, seen)
        if self.dying:
            self.left(relation, seen)
            return None
        far = relation.far_app(self.app.name)
        version = relation.app_bags[far].version
        if version != seen.app_version and not (relation.is_peer and self.is_leader):
            event = self.relation_event(relation, "changed")
            return *event, lambda: setattr(seen, "app_version", version)
        for name in members:
            if name not in seen.members:
                seen.members[name] = -2  # In relation-list from its joined on.
            if seen.members[name] == -2:
                event = self.relation_event(relation, "joined", remote_unit=name)
                return *event, lambda: seen.members.update({name: -1})
            if seen.members[name] != relation.unit_bags[name].version:
                return self.changed_unit(relation, seen, name)
        return None

    def changed_unit(self, relation, seen, name):
        version = relation.unit_bags[name].version
        event = self.relation_event(relation, "changed", remote_unit=name)
        return *event, lambda: seen.members.update({name: version})

    def left(self, relation, seen):
        seen.broken = True
        self.model.leave(relation, self)

    def next_dying(self):
        event = self.next_relation()
        if event is not None:
            return event
        for name in ("stop", "remove"):
            if name not in self.done:
                return name, {}, lambda: self.done.add(name)
        self.gone = True
        self.stop_process()
        for service in self.services.values():
            service.destroy()
        return None
