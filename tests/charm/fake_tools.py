# SPDX-License-Identifier: Apache-2.0
"""The hook tools of fake_tenond, and the services that charms run by them."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
from pathlib import Path

from fake_basics import die_with_parent
from fake_secrets import SecretTools, ToolError


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
                self.wanted, self.state = False, "failed"
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
        self.secrets = None  # {id: Secret}, the application's own, once looked at.
        self.results = {}
        self.failure = None
        self.action_log = []
        self.defer_after = None  # In how many seconds the hook is to come again.
        self.update_after = None
        self.services = {}  # Events that service-get has shown, by name.

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
        self.unit.ask_update(self.update_after)
        for name, event in self.services.items():
            self.unit.see_service(name, event)
        if self.secrets is not None:
            self.unit.model.set_secrets(self.unit.app, self.secrets.values())


def one(mapping, key):
    return mapping.get(key) if key is not None else mapping


class Tools(SecretTools):
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
        with self.service(args).lock:
            self.context.services[args["name"]] = self.unit.service_events.get(args["name"], 0)
            return self.service(args).describe()

    def hook_defer(self, args):
        self.context.defer_after = args["seconds"]

    def update_status_after(self, args):
        known = self.context.update_after
        self.context.update_after = args["seconds"] if known is None \
            else min(known, args["seconds"])


class PlanTools(Tools):
    """In a plan nothing takes effect at once, and services are not touched."""

    def __init__(self, context):
        super().__init__(context)
        self.said = []

    def plan_add(self, args):
        self.said.append(args)

    def status_set(self, args):
        pass

    juju_log = action_log = application_version_set = status_set

    def service_set(self, args):
        raise ToolError("denied", "it takes effect at once")

    service_start = service_stop = service_set
