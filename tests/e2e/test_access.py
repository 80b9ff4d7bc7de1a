# SPDX-License-Identifier: Apache-2.0
"""Users besides the owner: what their roles let them do, and what not."""
import fcntl
import http.client
import json
import os
import pathlib
import re
import shutil
import stat

import pytest

from harness import ROOT, TENON, Events, UnixConnection, wait_until

TWOWAY = ROOT / "tests/data/charms/twoway"
# They need no entry in a list of users: the kernel knows them by number.
VIEWER, OPERATOR, ADMIN, STRANGER, MEMBER, GROUP = range(54321, 54327)
ROLES = f"""
users:
  {VIEWER}: viewer
  {OPERATOR}: operator
  {ADMIN}: admin
groups:
  {GROUP}: operator
"""

pytestmark = pytest.mark.usefixtures("as_root")


class Shared:
    """A controller of root's, and others who use it."""

    def __init__(self, tenon):
        self.tenon = tenon
        self.file = tenon.home / "access.yaml"
        # Others need not be able to reach the build.
        self.binary = shutil.copy(TENON, tenon.base)
        self.socket = pathlib.Path("/run/tenon-shared") / (
            tenon.runtime.name + ".sock")

    def grant(self, text=ROLES):
        self.file.write_text(text)
        self.file.chmod(0o644)
        wait_until(self.socket.exists, 10, "others have a socket")

    def run(self, uid, *args, groups=()):
        return self.tenon.run(*args, user=uid, group=uid,
                              extra_groups=list(groups), binary=self.binary)

    def ok(self, uid, *args, **options):
        result = self.run(uid, *args, **options)
        assert result.rc == 0, str(result)
        return result

    def refused(self, uid, *args, needs=None):
        result = self.run(uid, *args)
        assert result.rc == 1, str(result)
        assert "permission denied: " in result.stderr, str(result)
        if needs:
            assert f"needs the role {needs}" in result.stderr, str(result)
            assert str(self.file) in result.stderr, str(result)
        return result

    def request(self, uid, method, path, body=None):
        """(status, answer) of a request over a connection of that user's."""
        with Identity(uid):
            connection = UnixConnection(self.socket, 30)
            connection.connect()
        connection.request(method, path, body and json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


class Identity:
    """Be somebody else while a connection is made."""

    def __init__(self, uid):
        self.uid = uid

    def __enter__(self):
        self.groups = os.getgroups()
        os.setgroups([])
        os.setegid(self.uid)
        os.seteuid(self.uid)

    def __exit__(self, *_):
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(self.groups)


def open_to_others(tenon, lock):
    """The sockets of all controllers of root's are in one directory."""
    tenon.ok("deploy", "data-integrator", "--wait")
    one = Shared(tenon)
    with open("/run/tenon-e2e.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, lock)
        yield one
        one.file.unlink(missing_ok=True)
        wait_until(lambda: not one.socket.exists(), 10, "others have no socket")


@pytest.fixture
def shared(tutorial):
    yield from open_to_others(tutorial, fcntl.LOCK_SH)


@pytest.fixture
def alone(tutorial):
    """While no other test uses that directory."""
    yield from open_to_others(tutorial, fcntl.LOCK_EX)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_file_nobody_else_gets_in(shared):
    t = shared.tenon
    assert not shared.socket.exists()
    assert mode(t.runtime) == 0o700 and mode(t.socket) == 0o600
    result = shared.refused(VIEWER, "status")
    assert "belongs to user id 0" in result.stderr
    assert str(shared.file) in result.stderr, "it says what to do"


def test_the_owners_socket_is_never_opened(shared):
    shared.grant()
    t = shared.tenon
    assert mode(t.runtime) == 0o700 and mode(t.socket) == 0o600
    assert mode(t.runtime.parent) == 0o700
    assert mode(shared.socket) == 0o666
    assert mode(shared.socket.parent) == 0o711
    assert mode(t.home / "tenon.db") == 0o600


def test_a_viewer_looks_and_changes_nothing(shared):
    shared.grant()
    for command in ("status", "models", "show-model", "journal",
                    "config data-integrator", "actions data-integrator",
                    "controllers", "status --relations",
                    "show-application data-integrator", "show-machine 0"):
        shared.ok(VIEWER, *command.split())
    for command in ("config data-integrator database-name=x",
                    "deploy data-integrator y", "add-unit data-integrator",
                    "remove-application data-integrator",
                    "run-action data-integrator/0 get-credentials",
                    "remove-unit data-integrator/0",
                    "show-unit data-integrator/0"):
        shared.refused(VIEWER, *command.split(), needs="operator")
    shared.tenon.settled()
    generation = shared.tenon.raw_status()["generation"]
    shared.refused(VIEWER, "destroy-model", "tutorial", "-y", needs="admin")
    assert shared.tenon.raw_status()["generation"] == generation


def test_a_viewer_reads_no_results_of_actions(shared):
    shared.grant()
    shared.tenon.run("run-action", "data-integrator/0", "get-credentials",
                     "--wait")
    status, answer = shared.request(VIEWER, "GET", "/v1/models/-/tasks/2")
    assert status == 403, answer
    assert "operator" in answer["error"]["message"]


def test_an_operator_changes_the_model_and_destroys_nothing(shared):
    shared.grant()
    shared.ok(OPERATOR, "config", "data-integrator", "database-name=x")
    shared.ok(OPERATOR, "deploy", "data-integrator", "second", "--wait")
    shared.ok(OPERATOR, "add-unit", "second")
    shared.ok(OPERATOR, "remove-unit", "second/1", "--wait")
    for command in ("destroy-model tutorial -y", "add-model other",
                    "destroy-controller overlord -y --destroy-all-models",
                    "remove-application second --force",
                    "remove-application second --destroy-storage",
                    "remove-unit second/0 --force",
                    f"refresh second --switch {TWOWAY}", f"deploy {TWOWAY}"):
        shared.refused(OPERATOR, *command.split(), needs="admin")
    shared.ok(OPERATOR, "remove-application", "second", "--wait")
    assert list(shared.tenon.status()["applications"]) == ["data-integrator"]


def test_an_admin_does_everything(shared):
    shared.grant()
    shared.ok(ADMIN, "add-model", "other")
    shared.ok(ADMIN, "deploy", "data-integrator", "--wait")
    shared.ok(ADMIN, "remove-application", "data-integrator", "--force",
              "--wait")
    shared.ok(ADMIN, "destroy-model", "other", "-y")
    assert [m["name"] for m in shared.tenon.get("/v1/models")["models"]] == [
        "tutorial"]


def test_only_an_admin_looks_into_a_secret(shared):
    shared.grant()
    shared.refused(VIEWER, "add-secret", "token", "password=x", needs="operator")
    shared.ok(OPERATOR, "add-secret", "token", "password=hush")
    for uid in (VIEWER, OPERATOR):
        assert "hush" not in shared.ok(uid, "show-secret", "token").stdout
        shared.ok(uid, "secrets")
        shared.refused(uid, "show-secret", "token", "--reveal", needs="admin")
    assert "password: hush" in shared.ok(
        ADMIN, "show-secret", "token", "--reveal").stdout


def test_a_group_gives_its_members_a_role(shared):
    shared.grant()
    shared.ok(MEMBER, "add-unit", "data-integrator", groups=[GROUP])
    shared.refused(MEMBER, "add-unit", "data-integrator")


def test_a_stranger_is_told_who_decides(shared):
    shared.grant()
    status, answer = shared.request(STRANGER, "GET", "/v1")
    assert status == 403
    assert answer["error"]["code"] == "denied"
    assert f"user {STRANGER} has no role" in answer["error"]["message"]
    assert "access.yaml" in answer["error"]["hint"]
    shared.refused(STRANGER, "status")


def test_a_change_is_in_the_journal_with_who_asked(shared):
    shared.grant(f"users: {{{OPERATOR}: operator, daemon: admin}}")
    shared.ok(OPERATOR, "config", "data-integrator", "database-name=x")
    shared.ok(1, "config", "data-integrator", "database-name=y")
    shared.tenon.ok("config", "data-integrator", "database-name=z")
    entries = shared.tenon.get("/v1/models/-/journal?limit=1000")["entries"]
    asked = [(e["uid"], e["user"]) for e in entries
             if e["kind"] == "request" and e["name"] == "config"]
    assert asked == [(OPERATOR, str(OPERATOR)), (1, "daemon"), (0, "root")]
    assert not shared.tenon.get("/v1/journal?user=daemon")["entries"]
    assert re.search(r" config +daemon  ",
                     shared.tenon.ok("journal", "--user=daemon").stdout)


def test_a_change_of_the_file_counts_at_once(shared):
    shared.grant()
    shared.refused(VIEWER, "config", "data-integrator", "database-name=x")
    shared.file.write_text(f"users: {{{VIEWER}: operator}}")
    shared.ok(VIEWER, "config", "data-integrator", "database-name=x")
    shared.refused(ADMIN, "status")
    shared.file.unlink()
    wait_until(lambda: not shared.socket.exists(), 10, "the socket goes")
    shared.refused(VIEWER, "status")


def test_who_loses_his_role_is_told_nothing_more(shared):
    shared.grant()
    with Identity(VIEWER):
        events = Events(type("At", (), {"socket": shared.socket}), "tutorial")
    assert events.next() is not None
    shared.file.write_text(f"users: {{{ADMIN}: admin}}")
    wait_until(lambda: events.next() is None, 10, "the stream has ended")


@pytest.mark.parametrize("break_it, why", [
    (lambda f: f.chmod(0o664), "can be written by others (mode 0664)"),
    (lambda f: os.chown(f, STRANGER, 0), f"belongs to user id {STRANGER}"),
    (lambda f: f.write_text("users: {1: boss}"), 'boss\\" is not a role'),
    (lambda f: f.write_text("users: [1]"), "not a mapping"),
], ids=["mode", "owner", "role", "shape"])
def test_a_file_that_is_refused_gives_nobody_a_role(shared, break_it, why):
    shared.grant()
    shared.ok(ADMIN, "status")
    break_it(shared.file)
    wait_until(lambda: not shared.socket.exists(), 10, "the socket goes")
    shared.refused(ADMIN, "status")
    shared.tenon.ok("status")
    assert why in (shared.tenon.home / "tenond.log").read_text()
    shared.file.unlink()
    shared.grant()
    shared.ok(ADMIN, "status")


def test_roles_are_kept_over_a_restart(shared):
    shared.grant()
    shared.tenon.kill_daemon()
    result = shared.refused(VIEWER, "status")
    assert "does not answer" in result.stderr, "others do not start it"
    shared.tenon.ok("status")
    shared.ok(VIEWER, "status")


def test_a_directory_of_somebody_else_is_not_trusted(alone):
    """The socket of others could be somebody's who listens to secrets."""
    alone.grant()
    os.chown(alone.socket.parent, STRANGER, STRANGER)
    try:
        result = alone.run(ADMIN, "status")
    finally:
        os.chown(alone.socket.parent, 0, 0)
    assert result.rc == 1
    assert f"belongs to user id {STRANGER}, not to 0" in result.stderr


def test_a_connection_keeps_no_role_that_was_taken(shared):
    shared.grant()
    with Identity(OPERATOR):
        connection = UnixConnection(shared.socket, 30)
        connection.connect()
    path = "/v1/models/-/applications/data-integrator/config"
    connection.request("GET", path)
    assert connection.getresponse().read()
    shared.file.write_text(f"users: {{{OPERATOR}: viewer}}")
    try:
        connection.request("POST", path, json.dumps({"reset": []}))
        assert connection.getresponse().status == 403
    except (OSError, http.client.HTTPException):
        pass  # Cut off, which is as good.


def test_each_changing_request_is_in_the_journal_with_who_asked(tenon):
    """A route that is not here, or that forgets, fails the test."""
    tenon.ok("bootstrap", "localhost", "overlord")
    charm = tenon.base / "sulky"
    charm.mkdir()
    (charm / "metadata.yaml").write_text(
        "name: sulky\nsummary: s\ndescription: d\n"
        "requires: {up: {interface: i}}\nprovides: {down: {interface: i}}\n")
    (charm / "actions.yaml").write_text("greet: {description: d}\n")
    (charm / "config.yaml").write_text(
        "options: {word: {type: string, description: d}}\n")
    (charm / "dispatch").write_text(
        "#!/bin/sh\ntest ! -e $0.sulks || exit\n"
        # An action goes on until it is cancelled: nobody ever writes this.
        "test -z $JUJU_ACTION_NAME || read never <$0.fifo\n")
    (charm / "dispatch").chmod(0o755)
    os.mkfifo(charm / "dispatch.fifo")
    model = "/v1/models/m"
    sulks = charm / "dispatch.sulks"
    cloud = {"cloud": "far", "name": "me"}
    shared = [
        ("/v1/model-defaults", {"set": {"test-mode": "true"}},
         "model-defaults"),
        ("/v1/clouds", {"name": "far", "definition": {"type": "x"}},
         "add-cloud"),
        ("/v1/credentials", {**cloud, "definition": {"auth-type": "x"}},
         "add-credential"),
        ("/v1/credentials/remove", cloud, "remove-credential"),
        ("/v1/clouds/remove", {"name": "far"}, "remove-cloud"),
    ]
    calls = [
        *shared,
        ("/v1/models", {"name": "m", "switch": False}, "add-model"),
        (f"{model}/switch", None, "switch"),
        (f"{model}/config", {"set": {"test-mode": "true"}}, "model-config"),
        (f"{model}/applications", {"charm": str(charm), "name": "a"},
         "deploy"),
        (f"{model}/applications", {"charm": str(charm), "name": "b"},
         "deploy"),
        (f"{model}/ssh-keys", {"keys": [
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGXAsN0Tu3UcVnZKbuKSLwKb"
            "pkYOmd8UVLg6YDlgmqCF me"]}, "add-ssh-key"),
        (f"{model}/ssh-keys/remove", {"ids": ["me"]}, "remove-ssh-key"),
        (f"{model}/constraints", {"set": {"mem": "1G"}},
         "set-model-constraints"),
        (f"{model}/applications/a/constraints", {"set": {"mem": "1G"}},
         "set-constraints"),
        (f"{model}/applications/a/units", {"units": 1}, "add-unit"),
        (f"{model}/units/remove", {"units": ["a/1"], "wait": True},
         "remove-unit"),
        (f"{model}/relations", {"endpoints": ["a:up", "b:down"]}, "relate"),
        (f"{model}/actions", {"units": ["a/0"], "action": "greet"}, "greet"),
        (f"{model}/tasks/TASK/cancel", None, "cancel-task"),
        (f"{model}/relations/remove", {"endpoints": ["a:up", "b:down"]},
         "remove-relation"),
        (f"{model}/machines", None, "add-machine"),
        (f"{model}/machines/remove", {"machines": ["3"]}, "remove-machine"),
        (f"{model}/offers", {"application": "b", "endpoints": ["down"]},
         "offer"),
        (f"{model}/offers/remove", {"name": "b"}, "remove-offer"),
        (f"{model}/applications/a/expose", None, "expose"),
        (f"{model}/applications/a/trust", None, "trust"),
        (f"{model}/secrets", {"name": "s", "content": {"token": "x"}},
         "add-secret"),
        (f"{model}/secrets/s/update", {"info": "x"}, "update-secret"),
        (f"{model}/secrets/s/grant", {"applications": ["a"]}, "grant-secret"),
        (f"{model}/secrets/s/revoke", {"applications": ["a"]},
         "revoke-secret"),
        (f"{model}/secrets/s/remove", None, "remove-secret"),
        (f"{model}/commands", {"command": "true", "units": ["a/0"]}, "juju-exec"),
        (f"{model}/applications/a/config", {"set": {"word": "x"}}, "config"),
        (f"{model}/units/resolved", {"units": ["a/0"]}, "resolved"),
        (f"{model}/applications/a/refresh", None, "refresh"),
        (f"{model}/applications/a/remove", {"force": True, "wait": True},
         "remove-application"),
        (f"{model}/destroy", {"force": True}, "destroy-model"),
    ]
    task = ""
    for path, body, name in calls:
        if name == "config":
            tenon.settled("m")
            sulks.touch()
        if name == "resolved":
            wait_until(lambda: tenon.units("a", "m")["a/0"]["workload-status"][
                "current"] == "error", 30, "a/0 is in error")
        journal = "/v1/journal" if name == "destroy-model" or \
            not path.startswith("/v1/models") else f"{model}/journal"
        before = len(requests_of(tenon, journal)) if name != "add-model" else 0
        status, answer = tenon.api("POST", path.replace("TASK", task), body)
        assert status == 200, (path, answer)
        task = answer["tasks"][0]["id"] if "tasks" in answer else ""
        asked = requests_of(tenon, journal)
        assert [e["name"] for e in asked[before:]] == [name], path
        assert (asked[-1]["uid"], asked[-1]["user"]) == (0, "root"), path
    assert [e["name"] for e in requests_of(tenon, "/v1/journal")] == [
        "bootstrap", *(name for _, _, name in shared), "add-model",
        "destroy-model"]
    known = {path.replace(model, "/v1/models/{model}").replace(
        "applications/a/", "applications/{subject}/").replace(
        "secrets/s/", "secrets/{subject}/").replace(
        "TASK", "{subject}") for path, _, _ in calls}
    # Of another model's offers: test_offers.py.
    known |= {"/v1/models/{model}/saas", "/v1/models/{model}/saas/remove"}
    # The first was asked by bootstrap; of the second nothing is left; the last
    # one is for charms alone, while they run.
    known |= {"/v1/controller", "/v1/controller/destroy", "/v1/hook-tools"}
    # It changes nothing.
    known |= {"/v1/models/{model}/rehearsal"}
    assert {path for path, methods in openapi_methods().items()
            if "post" in methods} == known


def requests_of(tenon, path):
    return [e for e in tenon.get(f"{path}?limit=1000")["entries"]
            if e["kind"] == "request"]


def openapi_methods():
    """{path: methods}, off the text: its form is simple."""
    found = {}
    for line in (ROOT / "docs/openapi.yaml").read_text().splitlines():
        if line.startswith("  /"):
            found[line.strip().rstrip(":")] = methods = set()
        elif line in ("    get:", "    post:"):
            methods.add(line.strip().rstrip(":"))
    return found
