# SPDX-License-Identifier: Apache-2.0
"""Members that lag, fail, come and go, while clients are related."""
import contextlib
import datetime
import os
import pathlib
import signal
import threading
import time

import psycopg2
import pytest

from harness import wait_for_end, wait_until


def refusal(c, host):
    """What a server answers to the user that was handed out; None: it gets in."""
    try:
        c.tenon.connect(host, c.user, c.password, c.database).close()
    except psycopg2.OperationalError as e:
        return str(e)
    return None


def is_gone_from(c, host):
    return "password authentication failed" in (refusal(c, host) or "")


def has_relation(t):
    return "database" in t.status()["applications"]["postgresql"].get("relations", {})


def as_operator(c, host, sql):
    return c.tenon.sql(host, "operator", c.operator, "postgres", sql)


def test_a_removal_that_waits_for_a_member_names_it_and_goes_on(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    as_operator(c, c.standby, "SELECT pg_wal_replay_pause()")
    waiting = t.popen("remove-relation", "data-integrator", "postgresql")
    named = ("waiting", "waiting for a member to replay: postgresql/1")
    wait_until(lambda: t.workload("postgresql/0") == named, 20)
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(10) != 0
    waiting.communicate()
    assert is_gone_from(c, c.primary) and refusal(c, c.standby) is None
    late = t.run("remove-relation", "data-integrator", "postgresql")
    assert late.rc == 1 and "is still open" in late.stderr, str(late)
    assert "postgresql/1 has not replayed what postgresql/0 had" in late.stderr
    assert "its removal goes on by itself" in late.stderr
    # The leader is not in error, and others are served meanwhile.
    assert t.workload("postgresql/0") == ("active", "Primary")
    said = t.status()["applications"]["postgresql"]["application-status"]
    assert "postgresql/1 has not replayed" in said["message"], said
    t.ok("run-action", "postgresql/0", "get-primary", "--wait")
    as_operator(c, c.standby, "SELECT pg_wal_replay_resume()")
    wait_until(lambda: not has_relation(t), 60, "the relation is gone")
    assert is_gone_from(c, c.primary) and is_gone_from(c, c.standby)
    t.settled()
    assert t.workload("postgresql/0") == ("active", "Primary")


def configuration_of(t, host):
    """Where ALTER SYSTEM of the server at this address writes."""
    data = os.readlink(f"/proc/{t.postmasters()[host]}/cwd")
    return pathlib.Path(data, "postgresql.auto.conf")


def says_why(t):
    """The standby is down, and its unit's status has the reason."""
    word, message = t.workload("postgresql/1")
    return word == "waiting" and "PostgreSQL does not start: " in message


def break_standby(c):
    """It is down, and cannot start: the file that is wrong, and its text."""
    path = configuration_of(c.tenon, c.standby)
    pid = c.tenon.postmasters()[c.standby]
    before = path.read_text()
    path.write_text(before + "shared_buffers = 'lots'\n")
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid)
    wait_until(lambda: says_why(c.tenon), 20)
    return path, before


def test_a_member_that_is_down_never_serves_who_was_removed_meanwhile(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    path, before = break_standby(c)
    wait_until(lambda: "read-only-endpoints" not in t.credentials(), 10)
    t.ok("remove-relation", "data-integrator", "postgresql")
    path.write_text(before)
    answers = set()

    def is_back():
        answers.add(refusal(c, c.standby))
        return t.workload("postgresql/1") == ("active", "")

    wait_until(is_back, 40, "it is back by itself")
    assert None not in answers and is_gone_from(c, c.standby)


class Writer(threading.Thread):
    """A client that commits numbers wherever the primary is, and notes which."""

    def __init__(self, c, hosts):
        super().__init__()
        self.cluster, self.hosts = c, ",".join(hosts)
        self.committed, self.running = [], True

    def run(self):
        session, number = None, 0
        while self.running:
            number += 1  # One that failed may be there: it is not used again.
            try:
                session = session or self.connect()
                session.cursor().execute("INSERT INTO t VALUES (%s)", (number,))
                self.committed.append(number)
            except psycopg2.Error:
                session = None

    def connect(self):
        session = psycopg2.connect(
            host=self.hosts, user=self.cluster.user, password=self.cluster.password,
            dbname=self.cluster.database, connect_timeout=2, target_session_attrs="read-write")
        session.autocommit = True
        return session

    def __enter__(self):
        self.start()
        wait_until(lambda: len(self.committed) > 20, 20, "it writes")
        return self

    def __exit__(self, *_exc):
        self.running = False
        self.join()


def test_a_primary_goes_and_no_commit_is_lost(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    t.ok("add-unit", "postgresql", "--wait")
    third = t.address("postgresql/2")
    c.rows("CREATE TABLE t (n int)")
    with Writer(c, [c.primary, c.standby, third]) as writer:
        t.ok("remove-unit", "postgresql/0", "--wait", "--destroy-storage")
        count = len(writer.committed)
        wait_until(lambda: len(writer.committed) > count + 20, 20, "it writes again")
    new = t.address(t.primary())
    assert set(map(int, c.rows("SELECT n FROM t", host=new))) >= set(writer.committed)
    told = t.credentials()
    assert told["endpoints"] == [new]
    assert set(told["read-only-endpoints"]) == {c.standby, third} - {new}
    assert as_operator(c, new, "SELECT count(*), bool_and(active) FROM pg_replication_slots") == \
        ["1|t"]
    for unit in t.units():
        assert t.action(unit, "get-primary") == {"primary": t.primary()}


def first_after(t, moment, unit, hook):
    """When the unit's hook ended that was the first after that moment, or None."""
    entries = t.get("/v1/models/-/journal?limit=200")["entries"]
    ends = [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp()
            for e in entries if e["subject"] == unit and e.get("name") == hook]
    return min((end for end in ends if end > moment), default=None)


@pytest.mark.parametrize("promoted", ["postgresql/1", "postgresql/2"])
def test_clients_know_a_new_primary_within_a_second(fresh_cluster, promoted):
    c, t = fresh_cluster, fresh_cluster.tenon
    t.ok("add-unit", "postgresql", "--wait")
    seen = {}

    def watch(session):
        cursor = session.cursor()
        while "at" not in seen:
            cursor.execute("SELECT pg_is_in_recovery()")
            if cursor.fetchone() == (False,):
                seen["at"] = time.time()

    with contextlib.closing(t.connect(t.address(promoted), "operator", c.operator,
                                      "postgres")) as session:
        watching = threading.Thread(target=watch, args=(session,))
        watching.start()
        t.action(promoted, "promote-to-primary", "scope=unit")
        watching.join(30)
    told = wait_until(lambda: first_after(
        t, seen["at"], "data-integrator/0", "postgresql-relation-changed"), 20)
    print(f"told {(told - seen['at']) * 1000:.0f} ms after the promotion")
    assert told - seen["at"] < 1
    assert t.credentials()["endpoints"] == [t.address(promoted)]
    t.settled()
    assert t.workload(promoted) == ("active", "Primary")
    again = t.action(promoted, "promote-to-primary", "scope=unit")
    assert again == {"primary": promoted}
    assert len(t.credentials()["read-only-endpoints"]) == 2


def test_passwords_change_while_a_standby_is_down(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    path, before = break_standby(c)
    changed = {}
    for user in ("operator", "replication", "rewind", "monitoring", "backup"):
        key = f"{user}-password"
        changed[user] = t.action("postgresql/leader", "set-password", f"username={user}")[key]
        assert t.action("postgresql/1", "get-password", f"username={user}")[key] == changed[user]
    path.write_text(before)
    wait_until(lambda: t.workload("postgresql/1") == ("active", ""), 40, "it is back by itself")
    for host in (c.primary, c.standby):
        for user in ("operator", "rewind", "monitoring", "backup"):
            assert t.sql(host, user, changed[user], "postgres", "SELECT 1") == ["1"]


def test_a_unit_after_the_last_one_begins_a_new_cluster_and_clients_keep_access(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    c.rows("CREATE TABLE t AS SELECT 1 AS n")
    t.ok("remove-unit", "postgresql/1", "--wait", "--destroy-storage")
    kept = t.ok("remove-unit", "postgresql/0", "--wait")
    place = pathlib.Path((kept.stdout + kept.stderr).split(" is kept in ")[1].strip())
    assert list(place.rglob("PG_VERSION"))
    t.ok("add-unit", "postgresql", "-n", "2", "--wait")
    told = t.credentials()
    assert (told["username"], told["password"]) == (c.user, c.password)
    for host in told["endpoints"] + told["read-only-endpoints"]:
        assert c.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
                      host=host) == ["0"]
    assert list(place.rglob("PG_VERSION"))
    t.keeps_data = True
