# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: another unit becomes the primary because it is asked to."""

import contextlib
import os
import shutil
import signal
import threading
import time

import psycopg2
import pytest
from fake_basics import wait_until
from fake_unit import CharmDied
from postgresql_world import cluster


class Writer:
    """A client that commits numbers, wherever the primary is, and notes which."""

    def __init__(self, world, relation):
        self.bag = world.answer(relation)
        self.hosts = ",".join(u.address for u in world.app.units)
        self.committed, self.gap, self.running = [], 0.0, True
        self.thread = threading.Thread(target=self.run)

    def connect(self):
        connection = psycopg2.connect(
            host=self.hosts, dbname=self.bag["database"], user=self.bag["username"],
            password=self.bag["password"], target_session_attrs="read-write", connect_timeout=2)
        connection.autocommit = True
        return connection

    def run(self):
        connection, number, last = None, 0, time.monotonic()
        while self.running:
            try:
                connection = connection or self.connect()
                connection.cursor().execute("INSERT INTO t VALUES (%s)", (number,))
            except psycopg2.Error:
                connection = None
                number += 1  # It may have been committed: that number is not used again.
                continue
            self.committed.append(number)
            self.gap, last = max(self.gap, time.monotonic() - last), time.monotonic()
            number += 1

    def __enter__(self):
        self.thread.start()
        wait_until(lambda: len(self.committed) > 20, "the client writes")
        return self

    def __exit__(self, *_exc):
        self.running = False
        self.thread.join()



def is_settled_on(world, relation, primary):
    others = [u for u in world.live if u is not primary]
    assert world.primary is primary
    assert primary.status == ("active", "Primary")
    assert [u.status for u in others] == [("active", "")] * len(others)
    for unit in world.live:
        assert unit.action("get-primary").results == {"primary": primary.name}
    assert world.slots() == sorted(f"postgresql_{u.number}" for u in others)
    for unit in others:
        assert world.query(unit, "SELECT count(*) FROM pg_replication_slots") == [(0,)]
        assert list((unit.dir / "storage/pgdata").iterdir()) == [unit.dir / "storage/pgdata/data"]
    bag = world.answer(relation)
    assert bag["endpoints"] == f"{primary.address}:5432"
    assert bag["read-only-endpoints"] == ",".join(f"{u.address}:5432" for u in others)
    peers = world.model.relations[0]
    assert "switchover-to" not in peers.app_bags["postgresql"]
    assert not [u for u in world.live if "promote" in peers.unit_bags[u.name]]


def rows(world, unit):
    return {row[0] for row in world.query(unit, "SELECT n FROM t", "app")}


@pytest.fixture(name="trio", scope="module")
def _trio():
    with cluster(units=3) as world:
        relation = world.relate("app")
        world.client_query(relation, world.app[0], "CREATE TABLE t (n int)")
        yield world, relation


@pytest.mark.xdist_group("postgresql_trio")
@pytest.mark.parametrize("number", [0, 1, 0, 1])
def test_any_unit_becomes_the_primary_and_nothing_is_lost(trio, number):
    world, relation = trio
    unit = [u for u in world.app.units if u is not world.primary][number]
    world.client_query(relation, world.primary, "TRUNCATE t")
    with Writer(world, relation) as writer:
        assert unit.action("promote-to-primary", {"scope": "unit"}).results == \
            {"switchover": "started"}
        world.settle()
        count = len(writer.committed)
        wait_until(lambda: len(writer.committed) > count + 20, "the client writes again")
    print(f"no writes for {writer.gap * 1000:.0f} ms")
    is_settled_on(world, relation, unit)
    world.await_replay()
    for member in world.app.units:
        assert set(writer.committed) <= rows(world, member)


@pytest.mark.xdist_group("postgresql_trio")
def test_what_cannot_be_promoted_says_why(trio):
    world, relation = trio
    primary = world.primary
    standby = next(u for u in world.app.units if u is not primary)
    for params in ({}, {"scope": "all"}):
        assert standby.action("promote-to-primary", params).failure == \
            "Scope should be either cluster or unit"
    assert standby.action("promote-to-primary", {"scope": "cluster"}).failure == \
        "This cluster does not replicate another one"
    assert primary.action("promote-to-primary", {"scope": "unit"}).results == \
        {"primary": primary.name}
    world.settle()
    is_settled_on(world, relation, primary)


def test_a_standby_that_does_not_stream_is_not_promoted():
    with cluster(units=2) as world:
        standby = world.app[1]
        relation = world.relate("app")

        def streams(unit):
            return world.query(unit, "SELECT pid FROM pg_stat_replication "
                               "WHERE state = 'streaming'")

        standby.services["postgres"].stop()
        assert standby.action("promote-to-primary", {"scope": "unit"}).failure == \
            "Unit is not sync standby"
        standby.services["postgres"].start()
        wait_until(lambda: streams(world.app[0]), "it streams")
        assert standby.action("promote-to-primary", {"scope": "unit"}).ok
        standby.services["postgres"].stop()
        wait_until(lambda: not streams(world.app[0]), "it does not stream")
        while event := world.app[0].next_event():
            name, fields, note = event
            assert world.app[0].hook(name, **fields).ok
            note()
        assert world.query(world.app[0], "SELECT pg_is_in_recovery()") == [(False,)]
        standby.services["postgres"].start()
        world.settle()
        is_settled_on(world, relation, world.app[0])


@pytest.mark.parametrize("leader", [0, 1, 2])
def test_a_switchover_converges_after_a_kill_of_every_tool(leader):
    """Each run kills one charm at one more call, until there is nothing left to kill."""
    with cluster(units=3) as world:
        relation = world.relate("app")
        world.client_query(relation, world.app[0], "CREATE TABLE t AS SELECT 1 AS n")
        world.app.leader = world.app[leader]
        world.settle()
        tools = [("service-stop", "before"), ("service-stop", "after"), ("service-start", "after"),
                 ("relation-set", "after")]
        for turn, (tool, when) in enumerate(tools):
            target = next(u for u in world.app.units if u is not world.primary)
            old = world.primary
            assert target.action("promote-to-primary", {"scope": "unit"}).ok
            answer, fired = old.answer, []

            def kill(calls, message, old=old, tool=tool, when=when, answer=answer, fired=fired):
                if message["tool"] != tool or fired:
                    return answer(calls, message)
                fired.append(1)
                if when == "after":
                    answer(calls, message)
                os.killpg(old.process.pid, signal.SIGKILL)
                return {"ok": None}

            old.answer = kill
            with pytest.raises(CharmDied):
                world.settle()
            old.answer = answer
            world.settle()
            is_settled_on(world, relation, target)
            world.client_query(relation, target, f"INSERT INTO t VALUES ({turn})")
        world.await_replay()
        for unit in world.app.units:
            assert world.query(unit, "SELECT count(*) FROM t", "app") == [(1 + len(tools),)]


def test_a_member_that_does_not_know_yet_that_it_was_promoted_stays_as_it_is():
    """Its hook comes between the promotion and the leader's word of it."""
    with cluster(units=3) as world:
        relation = world.relate("app")
        old, target = world.app[0], world.app[1]
        world.client_query(relation, old, "CREATE TABLE t AS SELECT 1 AS n")
        assert target.action("promote-to-primary", {"scope": "unit"}).ok
        answer, seen = old.answer, []

        def look_too_early(tools, message):
            values = message.get("args", {}).get("values", {})
            if values.get("primary") == target.name and not seen:
                world.client_query(relation, target, "INSERT INTO t VALUES (2)")
                begun = time.monotonic()
                seen.append(target.hook("update-status", timeout=120))
                assert time.monotonic() - begun < 10
            return answer(tools, message)

        old.answer = look_too_early
        world.settle()
        assert seen and seen[0].ok, seen
        is_settled_on(world, relation, target)
        assert rows(world, target) == {1, 2}


@contextlib.contextmanager
def waiting_for_the_primary(world, unit):
    """A hook of a unit that does not reach the primary; then it has to end soon."""
    world.app[0].services["postgres"].stop()
    wait_until(lambda: world.query(
        unit, "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    ) == [(0,)], "it does not stream")
    results = []
    thread = threading.Thread(
        target=lambda: results.append(unit.hook("update-status", timeout=120)))
    thread.start()
    wait_until(lambda: "reachable" in unit.status[1], "it waits for the primary")
    begun = time.monotonic()
    yield
    thread.join()
    assert time.monotonic() - begun < 10
    assert results[0].ok, results


def test_a_member_that_is_promoted_while_it_waits_for_the_primary_stays_as_it_is():
    with cluster(units=2) as world:
        target = world.app[1]
        data = (target.dir / "storage/pgdata/data").stat().st_ino
        with waiting_for_the_primary(world, target):
            world.query(target, "SELECT pg_promote()")
        assert target.status == ("active", "Primary")
        assert (target.dir / "storage/pgdata/data").stat().st_ino == data


def test_a_member_does_not_wait_for_a_primary_that_is_none_any_more():
    """It has been told of another one meanwhile, which its next hook sees."""
    with cluster(units=2) as world:
        old, other = world.app.units
        data = old.dir / "storage/pgdata/data"
        with waiting_for_the_primary(world, other):
            (data / "standby.signal").touch()
            shutil.chown(data / "standby.signal", data.owner(), data.group())
            old.services["postgres"].start()
