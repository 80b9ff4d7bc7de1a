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

import collections
import copy
import ctypes
import errno
import json
import os
import pwd
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

LIMIT = 1024 * 1024
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
PASSED_ON = ("TENON_PG_", "ASAN_", "UBSAN_")  # To every dispatch.

Call = collections.namedtuple("Call", "tool args answer event")


class ToolError(Exception):
    """A hook tool refuses; the charm gets the code and the message."""

    def __init__(self, code, message, hint=""):
        super().__init__(message)
        self.answer = {"code": code, "message": message, "hint": hint}


class CharmDied(Exception):
    """The dispatch process ended, or said nothing within the deadline."""


class HookFailed(Exception):
    """settle() met a hook that failed."""


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


def build_dir():
    """TENON_BUILD, or ./build beside the sources."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("TENON_BUILD", root / "build")).resolve()


def charm_dir(name):
    return build_dir() / "charms" / name


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


def wait_until(condition, what, timeout=30):
    """Wait for something that only looking can tell: at most `timeout` s."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        pause.wait(0.02)


def load_yaml(path):
    """The little of YAML that is needed of a charm's files."""
    return read_maps(path.read_text()) if path.exists() else {}


def read_maps(text):
    """Nested block maps with plain scalars; lists and block text are skipped."""
    root = {}
    stack = [(-1, root)]
    block = None
    for line in text.splitlines():
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if not stripped or stripped.startswith(("#", "- ")):
            continue
        if block is not None and indent > block:
            continue
        block = None
        key, _, value = stripped.partition(":")
        value = value.split(" #")[0].strip()
        while stack[-1][0] >= indent:
            stack.pop()
        if value and value[0] in "|>":
            block = indent
            stack[-1][1][key] = ""
        elif value:
            stack[-1][1][key] = scalar(value)
        else:
            child = {}
            stack[-1][1][key] = child
            stack.append((indent, child))
    return root


def scalar(text):
    if text[0] == text[-1] and text[0] in "'\"" and len(text) > 1:
        return text[1:-1]
    if text == "{}":
        return {}
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def die_with_parent(sig):
    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0)

    return prepare


class Bag(dict):
    """A databag; its version grows with each change."""

    version = 0

    def change(self, values):
        before = dict(self)
        for key, value in values.items():
            if value is None or value == "":
                self.pop(key, None)
            else:
                self[key] = value
        if dict(self) != before:
            self.version += 1


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


class Service:
    """A process that is run for a unit, in a session of its own."""

    def __init__(self, unit, name):
        self.unit, self.name = unit, name
        self.spec = {}
        self.wanted = False
        self.state, self.detail = "stopped", ""
        self.process = None
        self.failures = []
        self.lock = threading.Condition()

    @property
    def pid(self):
        return self.process.pid if self.process is not None else 0

    def describe(self):
        with self.lock:
            return {"state": self.state, "pid": self.pid, "detail": self.detail}

    def start(self):
        with self.lock:
            self.wanted = True
            if self.process is not None:
                return
            self.failures = []
            self.spawn()
            threading.Thread(target=self.watch, args=(self.process,), daemon=True).start()
            self.lock.notify_all()

    def spawn(self):
        spec = self.spec
        log = Path(spec.get("log") or self.unit.dir / "log" / f"{self.name}.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        switch = {}
        if spec.get("user") and os.geteuid() == 0:
            user = pwd.getpwnam(spec["user"])
            switch = {"user": user.pw_uid, "group": user.pw_gid,
                      "extra_groups": os.getgrouplist(spec["user"], user.pw_gid)}
        env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **spec.get("env", {})}
        with open(log, "ab") as out:
            try:
                self.process = subprocess.Popen(
                    spec["argv"], stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env,
                    cwd=spec.get("dir", "/"), start_new_session=True,
                    preexec_fn=die_with_parent(signal.SIGQUIT), **switch)
            except OSError as e:
                self.state, self.detail = "failed", str(e)
                raise ToolError("invalid", f"service {self.name}: {e}") from e
        self.state, self.detail = "running", ""

    def watch(self, process):
        """
        Runs in a thread: see the process end, and start it again. In the same
        thread, because a child's parent-death signal is about the thread.
        """
        while process is not None:
            process = self.ended(process.wait())

    def ended(self, status):
        with self.lock:
            self.process = None
            self.detail = (f"signal {-status}" if status < 0 else f"exit status {status}")
            if not self.wanted:
                self.state = "stopped"
                self.lock.notify_all()
                return None
            now = time.monotonic()
            self.failures = [t for t in self.failures if t > now - 60] + [now]
            if not self.spec.get("restart", True):
                self.wanted, self.state = False, "stopped"
            elif len(self.failures) >= 5:
                self.wanted, self.state = False, "failed"
            else:
                self.state = "backoff"
            self.unit.service_event(self.name)
            self.lock.notify_all()
            if not self.wanted:
                return None
            delay = min(30, 0.1 * 2 ** (len(self.failures) - 1))
            self.lock.wait_for(lambda: not self.wanted or self.process, delay)
            if not self.wanted or self.process is not None:
                return None
            try:
                self.spawn()
            except ToolError:
                self.wanted = False
            self.unit.service_event(self.name)
            return self.process

    def stop(self):
        with self.lock:
            self.wanted = False
            self.lock.notify_all()
            process = self.process
            if process is None:
                self.state = "stopped"
                return
            process.send_signal(getattr(signal, "SIG" + self.spec.get("stop-signal", "TERM")))
            timeout = self.spec.get("stop-timeout-ms", 30000) / 1000
            if not self.lock.wait_for(lambda: self.process is None, timeout):
                os.killpg(process.pid, signal.SIGKILL)
                self.lock.wait_for(lambda: self.process is None)

    def destroy(self):
        """At the end of a test: quickly, and whatever the charm asked for."""
        with self.lock:
            self.wanted = False
            self.lock.notify_all()
            process = self.process
            if process is None:
                return
            process.send_signal(signal.SIGQUIT)
            if not self.lock.wait_for(lambda: self.process is None, 10):
                os.killpg(process.pid, signal.SIGKILL)
                self.lock.wait_for(lambda: self.process is None, 10)


class Context:
    """What one event has written so far; committed when it ends well."""

    def __init__(self, unit, event):
        self.unit, self.event = unit, event
        self.bags = {}  # (relation, owner) -> {key: value or None}
        self.state = {}
        self.ports = set(unit.ports)
        self.results = {}
        self.failure = None
        self.action_log = []

    def bag(self, relation, owner):
        source = relation.unit_bags if "/" in owner else relation.app_bags
        bag = dict(source.get(owner, {}))
        for key, value in self.bags.get((relation, owner), {}).items():
            if value is None or value == "":
                bag.pop(key, None)
            else:
                bag[key] = value
        return bag

    def state_now(self):
        merged = {**self.unit.state, **self.state}
        return {k: v for k, v in merged.items() if v is not None}

    def commit(self):
        for (relation, owner), values in self.bags.items():
            source = relation.unit_bags if "/" in owner else relation.app_bags
            source.setdefault(owner, Bag()).change(values)
        self.unit.state = self.state_now()
        self.unit.ports = self.ports


def one(mapping, key):
    return mapping.get(key) if key is not None else mapping


class Tools:
    """The hook tools, one method each; `-` is written `_`."""

    def __init__(self, context):
        self.context, self.unit = context, context.unit
        self.model = context.unit.model

    def relation(self, args):
        name = args.get("relation") or self.context.event.get("relation")
        if not name:
            raise ToolError("usage", "no relation given, and this is not a relation hook")
        for relation in self.model.relations:
            if self.unit.app.name in relation.ends and \
                    relation.hook_id(self.unit.app.name) == name:
                return relation
        raise ToolError("not-found", f"no relation {name}")

    def config_get(self, args):
        return one(self.unit.app.effective_config(), args.get("key"))

    def is_leader(self, _args):
        return self.unit.is_leader

    def relation_ids(self, args):
        app = self.unit.app.name
        return [r.hook_id(app) for r in self.model.relations
                if r.ends.get(app) == args["endpoint"] and r in self.unit.seen]

    def relation_list(self, args):
        relation = self.relation(args)
        seen = self.unit.seen.get(relation)
        return sorted(seen.members, key=lambda n: int(n.split("/")[1])) if seen else []

    def relation_app(self, args):
        return self.relation(args).far_app(self.unit.app.name)

    def relation_get(self, args):
        relation, who = self.relation(args), args["who"]
        if "/" not in who:
            if who not in relation.ends:
                raise ToolError("not-found", f"no application {who} in this relation")
            if who == self.unit.app.name and not relation.is_peer and not self.unit.is_leader:
                raise ToolError("denied", "permission denied")
        elif who not in relation.unit_bags:
            raise ToolError("not-found", f"no unit {who} in this relation")
        return one(self.context.bag(relation, who), args.get("key"))

    def relation_set(self, args):
        relation = self.relation(args)
        for key, value in args["values"].items():
            if value is not None and not isinstance(value, str):
                raise ToolError("invalid", f"value of \"{key}\" is not a string")
        if args["app"] and not self.unit.is_leader:
            raise ToolError("denied", "cannot write relation settings")
        owner = self.unit.app.name if args["app"] else self.unit.name
        self.context.bags.setdefault((relation, owner), {}).update(args["values"])

    def status_set(self, args):
        if args["status"] not in ("maintenance", "blocked", "waiting", "active"):
            raise ToolError("invalid", f"invalid status \"{args['status']}\"")
        target = self.unit.app if args.get("application") else self.unit
        if args.get("application") and not self.unit.is_leader:
            raise ToolError("denied", "this unit is not the leader")
        target.set_status(args["status"], args["message"])

    def status_get(self, args):
        target = self.unit.app if args.get("application") else self.unit
        return {"status": target.status[0], "message": target.status[1]}

    def application_version_set(self, args):
        self.unit.app.version = args["version"]

    def juju_log(self, args):
        self.unit.log.append((args["level"], args["message"]))

    def action_get(self, args):
        return one(self.context.event["params"], args.get("key"))

    def action_set(self, args):
        self.context.results.update(args["values"])

    def action_fail(self, args):
        self.context.failure = args["message"]

    def action_log(self, args):
        self.context.action_log.append(args["message"])

    def open_port(self, args):
        self.context.ports.add(args["port"])

    def close_port(self, args):
        self.context.ports.discard(args["port"])

    def opened_ports(self, _args):
        return sorted(self.context.ports)

    def unit_get(self, args):
        if args["name"] not in ("private-address", "public-address"):
            raise ToolError("not-found", f"unknown setting {args['name']}")
        return self.unit.address

    def network_get(self, _args):
        address = self.unit.address
        return {"bind-addresses": [{"mac-address": "", "interface-name": "lo", "addresses": [
            {"hostname": "", "value": address, "cidr": f"{address}/8"}]}],
            "egress-subnets": [f"{address}/32"], "ingress-addresses": [address]}

    def storage_get(self, args):
        path = self.unit.dir / "storage" / args["name"]
        if not path.exists():
            path.mkdir(parents=True, mode=0o711)
            path.parent.chmod(0o711)
        return {"kind": "filesystem", "location": str(path)}

    def state_get(self, args):
        return one(self.context.state_now(), args.get("key"))

    def state_set(self, args):
        self.context.state.update(args["values"])

    def service(self, args):
        if args["name"] not in self.unit.services:
            raise ToolError("not-found", f"no service {args['name']}")
        return self.unit.services[args["name"]]

    def service_set(self, args):
        spec = args["spec"]
        if not spec.get("argv") or not spec["argv"][0].startswith("/"):
            raise ToolError("invalid", f"service {args['name']}: argv has no absolute path")
        self.unit.services.setdefault(
            args["name"], Service(self.unit, args["name"])).spec = spec

    def service_start(self, args):
        self.service(args).start()

    def service_stop(self, args):
        self.service(args).stop()

    def service_get(self, args):
        return self.service(args).describe()


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
        self.pending_services = []
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
            if name not in self.pending_services:
                self.pending_services.append(name)
            self.model.wake.notify_all()

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
        event = {"hook": name}
        event.update({k.replace("_", "-"): v for k, v in fields.items()})
        return self.run(event, timeout)

    def action(self, name, params=None, timeout=60):
        return self.run({"action": name, "task": str(next(self.model.tasks)),
                         "params": params or {}}, timeout)

    def relation_event(self, relation, suffix, **fields):
        app = self.app.name
        return (f"{relation.ends[app]}-relation-{suffix}",
                {"relation": relation.hook_id(app), "endpoint": relation.ends[app],
                 "remote_app": relation.far_app(app), **fields})

    # ---- what is owed, in tenond's order ----

    def next_event(self):
        """(hook name, fields, what to note on success), or None."""
        if self.gone:
            return None
        if self.dying:
            return self.next_dying()
        return self.next_setup() or self.next_change() or self.next_relation()

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
            with self.model.wake:
                self.pending_services.remove(name)
            return "service-changed", {"service": name}, lambda: None
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
            key = key.replace("_", "-")
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
        self.apps, self.relations = {}, []
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
