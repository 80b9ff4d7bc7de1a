# SPDX-License-Identifier: Apache-2.0
"""A client that was written for Juju 3: it runs the program and reads JSON.

It calls as the common Python wrapper does: the verb, then --model at once, then
the rest. What it reads it takes apart strictly, so that a field which is missing
raises KeyError here as it would there.
"""
import json
import re
import select
import time

VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+)(?:\.(\d+))?|-[a-z]+\d+)"
                     r"-([^-]+)-([^-]+)")


class CLIError(Exception):
    def __init__(self, result):
        super().__init__(str(result))
        self.rc, self.stdout, self.stderr = result[1:]


class TaskError(Exception):
    def __init__(self, task):
        super().__init__(task)
        self.task = task


class Client:
    """One model, by the name that each call gets."""

    def __init__(self, tenon, model=None):
        self.tenon = tenon
        self.model = model

    def cli(self, *args, has_model=True, stdin="", timeout=120):
        verb, *rest = args
        where = ["--model", self.model] if has_model and self.model else []
        result = self.tenon.run(verb, *where, *rest, stdin=stdin,
                                timeout=timeout)
        if result.rc != 0:
            raise CLIError(result)
        return result.stdout

    def json(self, *args, **options):
        return json.loads(self.cli(*args, **options))

    def file(self, name, document):
        path = self.tenon.base / name
        path.write_text(json.dumps(document))
        return path

    # ---- controllers ----

    def add_cloud(self, name, definition, verb="add-cloud"):
        path = self.file("cloud.yaml", {"clouds": {name: definition}})
        self.cli(verb, name, "--client", "-f", path, has_model=False)

    def add_credential(self, cloud, name, definition):
        path = self.file("credential.yaml",
                         {"credentials": {cloud: {name: definition}}})
        self.cli("add-credential", cloud, "--client", "--file", path,
                 has_model=False)

    def bootstrap(self, cloud, name, **flags):
        words = [word for key, value in flags.items()
                 for word in (f"--{key}", value)]
        self.cli("bootstrap", cloud, name, "--no-switch", *words,
                 has_model=False)

    # ---- models ----

    def add_model(self, name, *place, config=None, credential=None,
                  controller=None):
        args = ["add-model", "--no-switch", name, *place]
        if controller:
            args += ["--controller", controller]
        for key, value in (config or {}).items():
            args += ["--config", f"{key}={word(value)}"]
        if credential:
            args += ["--credential", credential]
        self.cli(*args, has_model=False)
        self.model = f"{controller}:{name}" if controller else name

    def destroy_model(self, name, *flags):
        self.cli("destroy-model", name, "--no-prompt", *flags,
                 has_model=False, timeout=600)

    def show_model(self, *name):
        found = self.json("show-model", "--format", "json",
                          *(name or [self.model]), has_model=False)
        model = next(iter(found.values()))
        for user in model.get("users", {}).values():
            require(user, "access", "last-connection")
        for machine in model.get("machines", {}).values():
            require(machine, "cores")
        for backend in model.get("secret-backends", {}).values():
            require(backend, "num-secrets", "status")
        if "credential" in model:
            require(model["credential"], "name", "owner", "cloud")
        return require(model, "name", "short-name", "model-uuid",
                       "model-type", "controller-uuid", "controller-name",
                       "is-controller", "cloud", "life")

    def model_config(self):
        return {key: value["Value"] for key, value in
                self.json("model-config", "--format", "json").items()
                if "Value" in value}

    def set_model_config(self, values, reset=()):
        self.cli("model-config", *pairs(values),
                 *(["--reset", ",".join(reset)] if reset else []))

    def model_constraints(self):
        return self.json("model-constraints", "--format", "json")

    def set_model_constraints(self, constraints):
        self.cli("set-model-constraints", *pairs(constraints))

    def version(self):
        found = self.json("version", "--format", "json", "--all",
                          has_model=False)
        assert VERSION.fullmatch(found["version"]), found
        return found

    # ---- applications ----

    def deploy(self, charm, app=None, units=1, config=None, flags=()):
        args = ["deploy", charm] + ([app] if app else [])
        for key, value in (config or {}).items():
            args += ["--config", f"{key}={word(value)}"]
        if units != 1:
            args += ["--num-units", units]
        self.cli(*args, *flags)

    def config(self, app):
        found = self.json("config", "--format", "json", app)
        return [{key: typed(option) for key, option in found[part].items()
                 if "value" in option}
                for part in ("settings", "application-config")]

    def set_config(self, app, values, reset=()):
        self.cli("config", app, *pairs(values),
                 *(["--reset", ",".join(reset)] if reset else []))

    def show_unit(self, unit):
        shown = self.json("show-unit", unit, "--format", "json")[unit]
        for relation in shown.get("relation-info", []):
            require(relation, "relation-id", "endpoint", "related-endpoint",
                    "application-data")
            sides = [relation["local-unit"]] if "local-unit" in relation \
                else []
            for side in sides + [*relation.get("related-units", {}).values()]:
                require(side, "in-scope", "data")
        return require(shown, "opened-ports", "charm", "leader")

    # ---- status ----

    def status(self):
        return check_status(self.json("status", "--format", "json"))

    def wait(self, ready, error=None, delay=0.01, successes=3, timeout=60):
        """Until ready(status) holds so many times in a row."""
        end, good = time.monotonic() + timeout, 0
        while time.monotonic() < end:
            status = self.status()
            assert not (error and error(status)), status
            good = good + 1 if ready(status) else 0
            if good >= successes:
                return status
            select.select([], [], [], delay)
        raise TimeoutError(json.dumps(status))

    # ---- tasks ----

    def run(self, unit, action, params=None, wait=None):
        args = ["run", "--format", "json", unit, action]
        if wait is not None:
            args += ["--wait", f"{wait}s"]
        if params is not None:
            args += ["--params", self.file("params.yaml", params)]
        return self._task(args)

    def exec(self, *command, unit=None, machine=None, wait=None):
        where = ["--unit", unit] if unit else ["--machine", machine]
        late = [] if wait is None else ["--wait", f"{wait}s"]
        return self._task(["exec", "--format", "json", *where, *late, "--",
                           *command])

    def _task(self, args):
        try:
            stdout = self.cli(*args)
        except CLIError as error:
            if "timed out" in error.stderr:
                raise TimeoutError(error.stderr) from None
            if "(not found)" in error.stderr:
                raise ValueError(error.stderr) from None
            if "task failed" not in error.stderr:
                raise
            stdout = error.stdout
        if not stdout.strip():
            raise ValueError(f"{args}: no results")
        name, task = next(iter(json.loads(stdout).items()))
        assert isinstance(task["id"], str), task
        task = {"stdout": "", "stderr": "", "return-code": 0,
                **task["results"], **task, "of": name}
        if task["status"] != "completed" or task["return-code"] != 0:
            raise TaskError(task)
        return task


def require(found, *names):
    for name in names:
        found[name]  # pylint: disable=pointless-statement
    return found


def word(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def pairs(values):
    return [f"{key}={word(value)}" for key, value in values.items()]


def typed(option):
    kinds = {"boolean": bool, "bool": bool, "int": int,
             "float": (int, float), "string": str, "secret": str}
    assert isinstance(option["value"], kinds[option["type"]]), option
    return option["value"]


def check_status(status):
    require(status, "model", "machines", "applications")
    require(status["model"], "name", "type", "controller", "cloud", "version")
    for machine in status["machines"].values():
        for interface in machine.get("network-interfaces", {}).values():
            require(interface, "ip-addresses", "mac-address", "is-up")
    for app in status["applications"].values():
        require(app, "charm", "charm-origin", "charm-name", "charm-rev",
                "exposed")
        assert isinstance(app["charm-rev"], int), app
    for remote in status.get("application-endpoints", {}).values():
        require(remote, "url", "endpoints")
        for endpoint in remote["endpoints"].values():
            require(endpoint, "interface", "role")
    for offer in status.get("offers", {}).values():
        require(offer, "application", "endpoints")
    return status


def units_of(status, app):
    """With those of subordinates, which stand below their principals."""
    units = dict(status["applications"][app].get("units", {}))
    for other in status["applications"].values():
        for unit in other.get("units", {}).values():
            units.update({name: below for name, below in
                          unit.get("subordinates", {}).items()
                          if name.startswith(app + "/")})
    return units


def all_active(status, *apps):
    return all(
        app in status["applications"]
        and current(status["applications"][app], "application-status")
        == "active"
        and all(current(unit, "workload-status") == "active"
                for unit in units_of(status, app).values())
        for app in apps or status["applications"])


def all_agents_idle(status, *apps):
    return all(current(unit, "juju-status") == "idle"
               for app in apps or status["applications"]
               for unit in units_of(status, app).values())


def any_error(status):
    return any(current(thing, kind) == "error"
               for app, about in status["applications"].items()
               for thing, kind in [(about, "application-status")] + [
                   (unit, "workload-status")
                   for unit in units_of(status, app).values()])


def current(thing, kind):
    return thing[kind]["current"]
