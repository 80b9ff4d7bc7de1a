# SPDX-License-Identifier: Apache-2.0
"""tenond is killed at each step of each thing it does, and goes on.

A step is found by what can be seen of it: a process that runs, or the n-th
change of the event stream. PostgreSQL must not notice.
"""
import contextlib
import os
import signal
import time

import psycopg2
import pytest

from announced import Announced
from harness import (
    Events, is_running, make_model, wait_for_end, wait_until)

COMMAND_DEADLINE = 90


def a_server_runs(tenon):
    def found():
        return tenon.postmasters()
    found.__name__ = "a postmaster runs"
    return found


def end(command):
    """A command whose server was killed may fail, but it has to end."""
    with contextlib.ExitStack() as stack:
        stack.callback(command.kill)
        return command.communicate(timeout=COMMAND_DEADLINE)


def kill_at_change(tenon, number, *args):
    """Run a command; kill -9 tenond at the n-th change from then on."""
    events = Events(tenon, "tutorial")
    assert events.next() is not None  # The state as it is.
    pid = tenon.daemon_pid()
    command = tenon.popen(*args)
    try:
        for _ in range(number):
            if command.poll() is not None or events.next() is None:
                break
        os.kill(pid, signal.SIGKILL)
        # Its threads hold the socket for as long as the last one is there.
        wait_for_end(pid)
    finally:
        events.close()
        out = end(command)
    return command.returncode, out


def finish_cluster(tenon, scale):
    """Whatever was interrupted: a restarted tenond brings it to its end."""
    tenon.ok("status")
    tenon.settled()
    tenon.wait_active("postgresql", scale)
    assert tenon.workload(tenon.primary()) == ("active", "Primary")
    password = tenon.operator_password()
    streaming = tenon.sql(
        tenon.address(tenon.primary()), "operator", password, "postgres",
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
    assert streaming == [str(scale - 1)]
    assert len(tenon.postmasters()) == scale, "one server per unit"


@pytest.mark.parametrize("program,options", [
    ("initdb", []), ("pg_basebackup", ["--max-rate=1M"])])
def test_killed_while_a_program_runs(tenon, program, options):
    announced = Announced(tenon, program)
    make_model(tenon)
    with announced.armed(program, *options):
        command = tenon.popen("deploy", "postgresql", "-n", "2", "--wait")
        announced.wait()
    tenon.kill_daemon()
    end(command)
    finish_cluster(tenon, 2)


def test_killed_when_a_server_runs(tutorial):
    command = tutorial.popen("deploy", "postgresql", "-n", "2", "--wait")
    wait_until(a_server_runs(tutorial), 30)
    tutorial.kill_daemon()
    end(command)
    finish_cluster(tutorial, 2)


@pytest.mark.parametrize("number", [1, 2, 4, 7, 11])
def test_killed_at_a_change_of_deploying(tutorial, number):
    kill_at_change(tutorial, number, "deploy", "postgresql")
    tutorial.ok("status")
    if not tutorial.status()["applications"]:
        # It was not acknowledged, so it may have been lost; then wholly.
        tutorial.ok("deploy", "postgresql")
    finish_cluster(tutorial, 1)


def test_an_acknowledged_deploy_is_never_lost(tutorial):
    tutorial.ok("deploy", "postgresql", "-n", "2")
    tutorial.kill_daemon()
    finish_cluster(tutorial, 2)


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_killed_while_relating(fresh_cluster, number):
    t = fresh_cluster.tenon
    t.ok("deploy", "data-integrator", "late", "--config", "database-name=late",
         "--wait")
    kill_at_change(t, number, "relate", "late", "postgresql")
    t.ok("status")
    relations = t.status()["applications"]["postgresql"]["relations"]
    if not any(relation["related-application"] == "late"
               for relation in relations.get("database", [])):
        t.ok("relate", "late", "postgresql")
    t.settled()
    got = t.credentials("late")
    for host in (fresh_cluster.primary, fresh_cluster.standby):
        assert t.sql(host, got["username"], got["password"], "late",
                     "SELECT 1") == ["1"]
    fresh_cluster.rows("SELECT 1")


@pytest.mark.parametrize("number", [1, 2])
def test_killed_while_an_action_runs(fresh_cluster, number):
    t = fresh_cluster.tenon
    rc, (out, err) = kill_at_change(
        t, number, "run-action", "data-integrator/leader", "get-credentials",
        "--wait")
    assert rc in (0, 1), err
    assert rc == 0 or "ERROR " in err, (out, err)
    assert t.credentials()["username"] == fresh_cluster.user


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_killed_while_removing_a_relation(fresh_cluster, number):
    c, t = fresh_cluster, fresh_cluster.tenon
    rc, _ = kill_at_change(
        t, number, "remove-relation", "data-integrator", "postgresql")
    t.ok("status")
    if t.status()["applications"]["postgresql"]["relations"].get("database"):
        assert rc != 0, "it said it was removed"
        again = t.run("remove-relation", "data-integrator", "postgresql")
        assert again.rc == 0 or "not found" in again.stderr, str(again)
    t.settled()
    for host in (c.primary, c.standby):
        with pytest.raises(psycopg2.OperationalError) as refused:
            t.connect(host, c.user, c.password, c.database)
        assert "password authentication failed" in str(refused.value)
    t.ok("relate", "data-integrator", "postgresql")
    assert t.credentials()["username"] == "relation-4"


@pytest.mark.parametrize("number", [1, 3, 6])
def test_killed_while_removing_an_application(tutorial, number):
    tutorial.ok("deploy", "postgresql", "--wait")
    kill_at_change(tutorial, number, "remove-application", "postgresql",
                   "--destroy-storage", "--wait")
    tutorial.ok("status")
    if tutorial.status()["applications"]:
        tutorial.run("remove-application", "postgresql", "--destroy-storage",
                     "--wait")
    wait_until(lambda: not tutorial.status()["applications"], 30)
    assert not tutorial.postmasters()
    assert not list(tutorial.home.rglob("PG_VERSION"))


@pytest.mark.parametrize("number", [1, 3, 6])
def test_killed_while_destroying_everything(fresh_cluster, number):
    t = fresh_cluster.tenon
    kill_at_change(t, number, "destroy-controller", "overlord",
                   "--destroy-all-models", "--destroy-storage", "-y")
    if t.has_controller():
        t.ok("destroy-controller", "overlord", "--destroy-all-models",
             "--destroy-storage", "-y")
    t.assert_gone()


@pytest.mark.ordinary
@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_postgresql_goes_on_serving_without_tenond(fresh_cluster, sig):
    c, t = fresh_cluster, fresh_cluster.tenon
    servers = t.postmasters()
    session = t.connect(c.primary, c.user, c.password, c.database)
    session.cursor().execute("CREATE TABLE kept (n int)")

    t.daemon_pid()
    charms = t.charms()
    assert charms
    t.kill_daemon(sig)
    session.cursor().execute("INSERT INTO kept VALUES (1)")
    assert c.rows("SELECT n FROM kept") == ["1"]
    wait_until(lambda: not any(map(is_running, charms)), 10,
               "charm processes end with tenond")

    finish_cluster(t, 2)
    assert t.postmasters() == servers, "the very same processes"
    session.cursor().execute("INSERT INTO kept VALUES (2)")
    assert t.credentials()["password"] == c.password


def test_a_server_that_is_killed_comes_back(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    before = t.postmasters()
    os.kill(before[c.primary], signal.SIGKILL)
    wait_until(lambda: t.postmasters().get(c.primary) not in
               (None, before[c.primary]), 30)
    wait_until(lambda: t.psql(c.primary, c.user, c.password, "-d", c.database,
                              "-c", "SELECT 1").rc == 0, 30)
    finish_cluster(t, 2)


def test_a_server_that_died_while_tenond_was_dead_comes_back(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    servers = t.postmasters()
    t.kill_daemon()
    for pid in servers.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not t.postmasters(), 10)
    t.ok("status")
    wait_until(lambda: len(t.postmasters()) == 2, 30)
    wait_until(lambda: t.psql(c.primary, c.user, c.password, "-d", c.database,
                              "-c", "SELECT 1").rc == 0, 30)
    finish_cluster(t, 2)


def test_many_restarts_in_a_row(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    servers = t.postmasters()
    end_of_test = time.monotonic() + 60
    for _ in range(5):
        t.kill_daemon()
        t.ok("status")
        assert time.monotonic() < end_of_test
    t.settled()
    assert t.postmasters() == servers
    assert t.credentials()["password"] == c.password
