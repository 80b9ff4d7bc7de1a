# SPDX-License-Identifier: Apache-2.0
"""The store cannot be written: it is said, and after that all goes on."""
import contextlib
import http.client
import resource
import threading

import pytest

from harness import Events, wait_until

pytestmark = pytest.mark.ordinary
UNITS = 24


@contextlib.contextmanager
def full_disk(tenon):
    """No file of tenond's, nor of its charms', can grow."""
    pid = tenon.daemon_pid()
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def notes(tenon):
    return tenon.status()["model"].get("model-status", {}).get("message", "")


def test_each_verb_says_what_is_wrong_and_what_to_do(tutorial):
    tutorial.ok("deploy", "data-integrator", "--wait")
    pid = tutorial.daemon_pid()
    before = tutorial.raw_status()["generation"]
    with full_disk(tutorial):
        for command in ("config data-integrator database-name=x",
                        "deploy data-integrator y", "add-model other",
                        "add-unit data-integrator",
                        "remove-unit data-integrator/0",
                        "remove-application data-integrator",
                        "destroy-model tutorial -y",
                        "destroy-controller overlord -y --destroy-all-models"):
            failed = tutorial.fails(1, *command.split())
            assert "store: " in failed.stderr, str(failed)
            assert "nothing has to be restarted" in failed.stderr, str(failed)
        assert tutorial.raw_status()["generation"] == before
        assert "store: " in notes(tutorial)
        assert "cannot be changed: store: " in tutorial.ok("status").stdout
    assert tutorial.daemon_pid() == pid
    wait_until(lambda: not notes(tutorial), 20, "the note has gone by itself")
    tutorial.ok("config", "data-integrator", "database-name=x")
    assert tutorial.raw_status()["generation"] > before


def test_what_was_under_way_goes_on_by_itself(tutorial):
    events = Events(tutorial, "tutorial")
    assert events.next() is not None  # The state as it is.
    command = tutorial.popen("deploy", "data-integrator", "-n", str(UNITS))
    # Their hooks are ahead of them when the units are there.
    events.wait(lambda: len(tutorial.units("data-integrator")) == UNITS)
    with full_disk(tutorial):
        # The hooks may have been faster than we are.
        tutorial.fails(1, "config", "data-integrator", "database-name=x")
        wait_until(lambda: notes(tutorial), 30, "it is noticed")
    events.close()
    command.communicate(timeout=30)
    assert command.returncode == 0
    wait_until(lambda: not notes(tutorial), 20, "the note has gone by itself")
    tutorial.settled()
    tutorial.kill_daemon()
    tutorial.ok("status")
    tutorial.settled()
    units = tutorial.units("data-integrator")
    assert {u["workload-status"]["current"] for u in units.values()} == {
        "blocked"}
    assert len(units) == UNITS


class Writer(threading.Thread):
    """Configures an application again and again: 1, 2, 3, as long as it can."""

    def __init__(self, tenon, app):
        super().__init__()
        self.tenon, self.app, self.acked, self.refused = tenon, app, 0, None

    def run(self):
        while True:
            body = {"set": {"database-name": f"d{self.acked + 1}"}}
            try:
                status, answer = self.tenon.api(
                    "POST", f"/v1/models/-/applications/{self.app}/config",
                    body)
            except (OSError, http.client.HTTPException):
                return  # It is dead; nobody knows of this one.
            if status != 200:
                self.refused = answer
                return
            self.acked += 1


@pytest.mark.parametrize("acks", [10, 100, 400])
def test_what_was_acknowledged_before_a_kill_is_there(tutorial, acks):
    apps = ["one", "two", "three"]
    for app in apps:
        tutorial.ok("deploy", "data-integrator", app, "-n", "3", "--wait")
    writers = [Writer(tutorial, app) for app in apps]
    for writer in writers:
        writer.start()
    wait_until(lambda: sum(w.acked for w in writers) >= acks, 60)
    tutorial.kill_daemon()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive()
        assert writer.refused is None, writer.refused
    tutorial.ok("status")
    for writer in writers:
        config = tutorial.get(
            f"/v1/models/-/applications/{writer.app}/config")
        value = config["settings"]["database-name"].get("value", "d0")
        # The last one was perhaps written, and not acknowledged any more.
        assert int(value[1:]) - writer.acked in (0, 1), (value, writer.acked)
    tutorial.settled()
