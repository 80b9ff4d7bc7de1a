# SPDX-License-Identifier: Apache-2.0
"""Passwords are where they belong, and nowhere else."""
import contextlib
import pathlib
import re
import threading

import pytest

from harness import IS_ROOT, files_below, pids, read_proc, wait_until

pytestmark = pytest.mark.xdist_group("secrets")


class Listener(threading.Thread):
    """Reads what anybody may read of other processes, all the time."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = set()
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set():
            for pid in pids():
                self.seen.add(read_proc(pid, "cmdline"))
                self.seen.add(read_proc(pid, "environ"))

    def stop(self):
        self.over.set()
        self.join()
        return b"\n".join(self.seen)


def files_holding(tenon, secret):
    """Files of tenon (not of PostgreSQL, which keeps verifiers) with it."""
    found = []
    for top in (tenon.home, tenon.runtime):
        for path in files_below(top):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink() \
                        and secret.encode() in path.read_bytes():
                    found.append(str(path))
    return found


def test_no_password_shows_in_a_process_while_relating(fresh_cluster):
    t = fresh_cluster.tenon
    listener = Listener()
    listener.start()
    try:
        t.ok("remove-relation", "data-integrator", "postgresql")
        t.ok("relate", "data-integrator", "postgresql")
        t.ok("add-unit", "postgresql")
        t.settled()
    finally:
        seen = listener.stop()
    # psql and this test learn it only after the listener has stopped.
    again = t.credentials()["password"]
    for secret in (fresh_cluster.password, fresh_cluster.operator, again):
        assert secret.encode() not in seen


def test_no_password_is_in_any_file(cluster):
    t = cluster.tenon
    cluster.rows("SELECT 1")
    for secret in (cluster.password, cluster.operator):
        assert files_holding(t, secret) == []


def test_the_server_has_a_scram_verifier_and_no_password(cluster):
    rows = cluster.tenon.sql(
        cluster.primary, "operator", cluster.operator, "postgres",
        "SELECT rolname, left(rolpassword, 14) FROM pg_authid"
        " WHERE rolcanlogin AND rolpassword IS NOT NULL"
        " AND left(rolpassword, 14) <> 'SCRAM-SHA-256$'")
    assert rows == []


def test_the_state_is_for_its_owner_only(cluster):
    t = cluster.tenon
    for name in ("tenon.key", "tenon.db"):
        mode = (t.home / name).stat().st_mode
        assert mode & 0o077 == 0, f"{name}: {mode:o}"
    assert t.runtime.stat().st_mode & 0o077 == 0
    for log in pathlib.Path(t.home).glob("*.log"):
        assert log.stat().st_mode & 0o007 == 0, log


def test_the_journal_holds_no_secret(cluster):
    entries = cluster.tenon.get("/v1/models/-/journal?limit=1000")["entries"]
    assert entries
    for secret in (cluster.password, cluster.operator):
        assert secret not in repr(entries)


def looks_into(pid):
    """Whether a user's own processes can read the memory of another one."""
    try:
        with open(f"/proc/{pid}/environ", "rb"):
            return True
    except PermissionError:
        return False


@pytest.mark.ordinary
def test_no_core_dump_and_no_debugger_gets_at_secrets(fresh_cluster):
    t = fresh_cluster.tenon
    daemon = t.daemon_pid()
    t.credentials()
    charms = t.charms()
    assert len(charms) >= 2
    servers = list(t.postmasters().values())
    for pid in (daemon, *charms, *servers):
        limit = re.search(rb"^Max core file size +(\S+) +(\S+)",
                          read_proc(pid, "limits"), re.M)
        assert limit and limit.groups() == (b"0", b"0"), pid
    if not IS_ROOT:  # Root looks wherever it wants.
        assert looks_into(servers[0])
        assert not [pid for pid in (daemon, *charms) if looks_into(pid)]


@pytest.mark.ordinary
def test_the_client_is_closed_to_others_too(tutorial):
    """While it waits, and knows what it has been told."""
    waiting = tutorial.popen("wait-for", "unit", "nobody/0")
    try:
        def is_limited():
            limits = read_proc(waiting.pid, "limits")
            return re.search(rb"^Max core file size +0 +0 ", limits, re.M)

        wait_until(is_limited, 10, "the client has begun")
        assert IS_ROOT or not looks_into(waiting.pid)
    finally:
        waiting.kill()
        waiting.communicate()
