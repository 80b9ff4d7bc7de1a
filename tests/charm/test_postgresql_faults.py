# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm, killed at the worst moments: it has to converge."""

import contextlib
import os
import signal
import threading

import pytest
from fake_basics import wait_until
from fake_tenond import HookFailed, Model
from fake_unit import CharmDied
from postgresql_world import CHANNEL, GONE, World, cluster

ADVISORY = "SELECT pg_advisory_lock(8387227)"


def lock(table):
    return f"LOCK TABLE {table} IN SHARE MODE"


class Killer:
    """Kills a unit's charm when it calls a tool, before or after the tool acts."""

    def __init__(self, unit, tool, when, args):
        self.unit, self.tool, self.when, self.args = unit, tool, when, args
        self.fired = False
        self.answer = unit.answer
        unit.answer = self

    def __call__(self, tools, message):
        wanted = message["tool"] == self.tool and \
            self.args.items() <= message.get("args", {}).items()
        if not wanted or self.fired:
            return self.answer(tools, message)
        self.fired = True
        if self.when == "after":
            self.answer(tools, message)
        os.killpg(self.unit.process.pid, signal.SIGKILL)
        return {"ok": None}


class Background:
    """model.settle() in a thread of its own; what it raised."""

    def __init__(self, world):
        self.world, self.error = world, None
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            self.world.settle()
        except Exception as e:  # pylint: disable=broad-except
            self.error = e

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exc):
        self.thread.join()

    @property
    def is_running(self):
        return self.thread.is_alive()


def waits_for_lock(world):
    return world.query(world.app[0], "SELECT count(*) FROM pg_stat_activity WHERE "
                       "application_name = 'tenon' AND wait_event_type = 'Lock'") != [(0,)]


def killed_while_blocked(world, statement, database="postgres"):
    """Hold a lock, wait until the leader's charm waits for it, kill the charm."""
    with contextlib.closing(world.connect(world.app[0], database)) as holder:
        holder.autocommit = False
        holder.cursor().execute(statement)
        with Background(world) as background:
            wait_until(lambda: waits_for_lock(world) or not background.is_running,
                       "the charm waits for the lock")
            assert background.is_running, f"nothing waited for it: {background.error}"
            os.killpg(world.app[0].process.pid, signal.SIGKILL)
        assert isinstance(background.error, CharmDied), background.error
        holder.rollback()


def healthy(world):
    """What has to hold when all is done, whatever happened before."""
    primary, *standbys = world.app.units
    assert primary.status == ("active", "Primary")
    assert [u.status for u in standbys] == [("active", "")] * len(standbys)
    assert world.slots() == [f"postgresql_{u.number}" for u in standbys]
    for unit in world.app.units:
        names = sorted(p.name for p in (unit.dir / "storage" / "pgdata").iterdir())
        assert names == ["data"], names
    relation = world.relate("healthy")
    for unit in world.app.units:
        assert world.client_query(relation, unit, "SELECT 1") == [(1,)]
    world.remove(relation)
    assert not [r for r in world.roles() if r.startswith("relation-")]


def die_and_converge(world, unit, tool, when, args):
    killer = Killer(unit, tool, when, args)
    with pytest.raises(CharmDied):
        world.settle()
    assert killer.fired
    world.settle()


@pytest.fixture(name="model_only")
def fixture_model_only():
    """A model in which nothing has run yet."""
    with Model(env=CHANNEL) as model:
        yield lambda units: World(model, units)


@pytest.mark.parametrize("tool, when, args", [
    ("status-set", "after", {"message": "initialising the database"}),
    ("status-set", "before", {"message": "awaiting for member to start"}),
    ("service-set", "after", {}),
    ("service-start", "before", {}),
    ("service-start", "after", {}),
    ("service-get", "after", {}),
    ("relation-set", "after", {"app": True}),
    ("status-set", "after", {"message": "Primary"}),
])
def test_bootstrap_converges_after_a_kill(model_only, tool, when, args):
    world = model_only(1)
    die_and_converge(world, world.app[0], tool, when, args)
    healthy(world)


@pytest.mark.parametrize("part", ["PG_VERSION", "base/1", "global/pg_control"])
def test_bootstrap_converges_after_a_kill_within_initdb(model_only, part):
    world = model_only(1)
    unit = world.app[0]
    with Background(world) as background:
        wait_until(lambda: (unit.dir / "storage/pgdata/data.new" / part).exists(), part)
        os.killpg(unit.process.pid, signal.SIGKILL)
    assert isinstance(background.error, CharmDied)
    world.settle()
    healthy(world)


@pytest.mark.parametrize("tool, when, args", [
    ("status-set", "after", {"message": "cloning from postgresql/0"}),
    ("service-set", "after", {}),
    ("service-start", "after", {}),
    ("relation-set", "after", {"values": {"state": "ready"}}),
])
def test_cloning_converges_after_a_kill(tool, when, args):
    with cluster() as world:
        standby = world.app.add_unit()
        die_and_converge(world, standby, tool, when, args)
        healthy(world)


def test_cloning_converges_after_a_kill_within_the_copy():
    with cluster() as world:
        relation = world.relate("big")
        world.client_query(relation, world.app[0],
                           "CREATE TABLE t AS SELECT repeat(md5(i::text), 50) AS a "
                           "FROM generate_series(1, 60000) i")
        standby = world.app.add_unit()
        with Background(world) as background:
            wait_until(lambda: (standby.dir / "storage/pgdata/data.new/base").exists(), "a copy")
            os.killpg(standby.process.pid, signal.SIGKILL)
        assert isinstance(background.error, CharmDied)
        world.settle()
        assert world.client_query(relation, standby, "SELECT count(*) FROM t") == [(60000,)]
        world.remove(relation)
        healthy(world)


def test_data_of_another_cluster_is_moved_aside_and_kept(model_only):
    world = model_only(1)
    world.settle()
    standby = world.app.add_unit()
    with cluster() as other:
        other.query(other.app[0], "CREATE DATABASE precious")
        other.app[0].services["postgres"].stop()
        target = standby.dir / "storage" / "pgdata"
        target.mkdir(parents=True, mode=0o711)
        target.parent.chmod(0o711)
        os.rename(other.app[0].dir / "storage/pgdata/data", target / "data")
    world.settle()
    kept = [p for p in target.iterdir() if p.name != "data"]
    assert len(kept) == 1 and (kept[0] / "PG_VERSION").exists()
    assert world.slots() == ["postgresql_1"]
    assert ("WARNING", f"the data directory was moved to {kept[0]}") in standby.log


@pytest.mark.parametrize("statement", [
    ADVISORY, lock("pg_authid"), lock("pg_database"), lock("pg_db_role_setting"),
    lock("pg_auth_members"), lock("pg_shdescription")])
def test_a_grant_converges_after_a_kill(statement):
    with cluster(units=2) as world:
        relation = world.relate()
        relation.app_bags[relation.far_app("postgresql")].change({"database": "app"})
        killed_while_blocked(world, statement)
        assert "password" not in world.answer(relation)
        world.settle()
        bag = world.answer(relation)
        for unit in world.app.units:
            assert world.client_query(relation, unit, "SELECT current_user") == [("app:owner",)]
        world.remove(relation)
        assert GONE.format(bag["username"]) in world.refusal(world.app[1], bag, "app")
        healthy(world)


def test_another_database_may_be_asked_for_after_a_kill():
    with cluster() as world:
        relation = world.relate()
        asked = relation.app_bags[relation.far_app("postgresql")]
        asked.change({"database": "first"})
        Killer(world.app[0], "relation-set", "after", {"app": True})
        with pytest.raises(CharmDied):
            world.settle()
        asked.change({"database": "second"})
        world.settle()
        assert world.client_query(relation, world.app[0], "SELECT current_user") == \
            [("second:owner",)]
        assert "pg_hba.conf rejects" in world.refusal(
            world.app[0], world.answer(relation), "first")


@pytest.mark.parametrize("statement", [
    ADVISORY, lock("pg_authid"), lock("pg_shdepend"), lock("pg_auth_members")])
def test_a_revocation_converges_after_a_kill(statement):
    with cluster(units=2) as world:
        relation = world.relate("app")
        bag = world.answer(relation)
        world.client_query(relation, world.app[0],
                           "SET ROLE NONE; CREATE TABLE own (a int)")
        world.model.remove_relation(relation)
        killed_while_blocked(world, statement)
        world.settle()
        assert bag["username"] not in world.roles()
        for unit in world.app.units:
            assert GONE.format(bag["username"]) in world.refusal(unit, bag, "app")
        assert world.query(world.app[0], "SELECT pg_get_userbyid(relowner) FROM pg_class "
                           "WHERE relname = 'own'", "app") == [("app:owner",)]
        healthy(world)


def test_credentials_wait_for_a_standby_that_lags():
    with cluster(units=2) as world:
        standby = world.app[1]
        relation = world.relate()
        relation.app_bags[relation.far_app("postgresql")].change({"database": "app"})
        world.query(standby, "SELECT pg_wal_replay_pause()")
        with Background(world) as background:
            wait_until(lambda: world.query(
                world.app[0], "SELECT count(*) FROM pg_roles WHERE rolname = %s",
                args=(f"relation-{relation.id}",)) == [(1,)], "the user is made")
            assert background.is_running and "password" not in world.answer(relation)
            world.query(standby, "SELECT pg_wal_replay_resume()")
        assert background.error is None
        assert world.client_query(relation, standby, "SELECT 1") == [(1,)]


def test_removal_waits_for_a_standby_that_lags():
    with cluster(units=2) as world:
        standby = world.app[1]
        relation = world.relate("app")
        bag = world.answer(relation)
        world.query(standby, "SELECT pg_wal_replay_pause()")
        world.model.remove_relation(relation)
        with Background(world) as background:
            wait_until(lambda: world.query(
                world.app[0], "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s",
                args=(bag["username"],)) == [(False,)], "the login is taken")
            assert background.is_running
            assert world.refusal(standby, bag, "app") is None
            world.query(standby, "SELECT pg_wal_replay_resume()")
        assert background.error is None
        assert GONE.format(bag["username"]) in world.refusal(standby, bag, "app")


def test_the_next_leader_finishes_a_revocation():
    with cluster(units=2) as world:
        relation = world.relate("app")
        bag = world.answer(relation)
        leader, other = world.app.units
        world.model.remove_relation(relation)
        with contextlib.closing(world.connect(leader)) as holder:
            holder.autocommit = False
            holder.cursor().execute(ADVISORY)
            with Background(world) as background:
                wait_until(lambda: waits_for_lock(world), "the charm waits for the lock")
                os.killpg(leader.process.pid, signal.SIGKILL)
            assert isinstance(background.error, CharmDied)
        while event := other.next_event():
            name, fields, note = event
            assert other.hook(name, **fields).ok
            note()
        world.app.remove_unit(leader)
        world.settle()
        assert world.primary is other and bag["username"] not in world.roles()
        assert GONE.format(bag["username"]) in world.refusal(other, bag, "app")


@pytest.mark.parametrize("user", ["operator", "monitoring", "replication"])
@pytest.mark.parametrize("tool, when", [
    (None, None), ("relation-set", "before"), ("relation-set", "after"), ("action-set", "after")])
def test_a_password_that_nobody_got_is_taken_back(user, tool, when):
    with cluster(units=2) as world:
        leader, standby = world.app.units
        before = leader.action("get-password", {"username": user}).results[f"{user}-password"]
        change = ("set-password", {"username": user, "password": "never-told"})
        if tool is not None:
            Killer(leader, tool, when, {})
            with pytest.raises(CharmDied):
                leader.action(*change)
        else:
            killed_in_set_password(world, change)
        assert leader.hook("update-status").ok
        results = leader.action("get-password", {"username": user}).results
        assert results == {f"{user}-password": before}
        assert world.query(leader, "SELECT 1") == [(1,)]
        if user != "replication":
            assert world.query(leader, "SELECT 1", user=user, password=before) == [(1,)]
            assert "password authentication failed" in world.refusal(
                leader, {"username": user, "password": "never-told"}, "postgres")
        world.query(leader, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
        wait_until(lambda: world.slots() == ["postgresql_1"], "it streams with the old password")
        done = leader.action(*change).results
        assert done == {f"{user}-password": "never-told"}
        assert standby.action("get-password", {"username": user}).results == done


def killed_in_set_password(world, change):
    """The server carries it out when its client is gone already."""
    leader, errors = world.app[0], []

    def run():
        try:
            leader.action(*change)
        except CharmDied as e:
            errors.append(e)

    with contextlib.closing(world.connect(leader)) as holder:
        holder.autocommit = False
        holder.cursor().execute(lock("pg_authid"))
        thread = threading.Thread(target=run)
        thread.start()
        wait_until(lambda: waits_for_lock(world), "the charm waits for the lock")
        os.killpg(leader.process.pid, signal.SIGKILL)
        thread.join()
        holder.rollback()
    assert errors
    with contextlib.closing(world.connect_as_rescue(leader)) as connection, \
            connection.cursor() as cursor:
        wait_until(lambda: cursor.execute(
            "SELECT obj_description IS NOT NULL FROM (SELECT shobj_description(oid, 'pg_authid') "
            "AS obj_description FROM pg_roles WHERE rolname = %s) AS r",
            (change[1]["username"],)) or cursor.fetchall() == [(True,)], "it is changed")


def test_many_relations_at_once_are_granted_and_revoked():
    with cluster(units=2) as world:
        relations = [world.model.relate(world.app, "database",
                                        world.model.deploy(None, name=f"many{i}"), "db")
                     for i in range(5)]
        for i, relation in enumerate(relations):
            relation.app_bags[f"many{i}"].change({"database": "pool"})
        world.settle()
        for relation in relations:
            assert world.client_query(relation, world.app[1], "SELECT current_user") == \
                [("pool:owner",)]
        for relation in relations:
            world.model.remove_relation(relation)
        world.settle()
        healthy(world)


def test_an_election_that_was_cut_off_keeps_to_its_choice():
    """The one that was promoted has taken rows since; it is down when it is asked again."""
    with cluster(units=3) as world:
        relation = world.relate("app")
        first, leader, _ = world.app.units
        world.client_query(relation, first, "CREATE TABLE t (n int)")
        world.await_replay()
        world.app.remove_unit(first)
        answer, chosen = leader.answer, []

        def cut_off(tools, message):
            if chosen or not first.services["postgres"].describe()["state"] == "stopped" \
                    or world.query(leader, "SELECT pg_is_in_recovery()") == [(True,)]:
                return answer(tools, message)
            chosen.append(leader)
            world.client_query(relation, leader, "INSERT INTO t VALUES (7)")
            service = leader.services["postgres"]
            os.killpg(service.pid, signal.SIGKILL)
            # Who asks whether it runs before that is seen is told that it does.
            wait_until(lambda: service.pid == 0, "it has ended")
            os.killpg(leader.process.pid, signal.SIGKILL)
            return {"ok": None}

        leader.answer = cut_off
        with pytest.raises(CharmDied):
            world.settle()
        world.settle()
        assert world.primary is leader
        assert world.client_query(relation, leader, "TABLE t") == [(7,)]
        healthy_trio(world)


def healthy_trio(world):
    """Two are left of them."""
    primary, standby = world.live
    assert (primary.status, standby.status) == (("active", "Primary"), ("active", ""))
    assert world.slots() == [f"postgresql_{standby.number}"]


@pytest.mark.parametrize("victim", ["postmaster", "backend"])
def test_a_primary_that_crashed_hands_over_everything_all_the_same(victim):
    with cluster(units=2) as world:
        relation = world.relate("app")
        first, other = world.app.units
        world.client_query(relation, first, "CREATE TABLE t (n int)")
        world.await_replay()
        ((sender,),) = world.query(first, "SELECT pid FROM pg_stat_replication")
        answer, fired = first.answer, []

        def crash(tools, message):
            if message["tool"] == "service-stop" and not fired:
                fired.append(message)
                os.kill(sender, signal.SIGSTOP)
                world.client_query(relation, first, "INSERT INTO t VALUES (7)")
                if victim == "postmaster":
                    os.kill(first.services["postgres"].pid, signal.SIGKILL)
                os.kill(sender, signal.SIGKILL)
            return answer(tools, message)

        first.answer = crash
        world.app.remove_unit(first)
        world.settle()
        assert fired and world.primary is other
        assert world.client_query(relation, other, "TABLE t") == [(7,)]


def test_standbys_that_end_when_the_primary_has_gone_elect_one_all_the_same():
    with cluster(units=3) as world:
        relation = world.relate("app")
        first, *others = world.app.units
        answer, fired = first.answer, []

        def power_loss(tools, message):
            said = answer(tools, message)
            if message["tool"] == "service-stop" and not fired:
                fired.append(message)
                for unit in others:
                    os.kill(unit.services["postgres"].pid, signal.SIGKILL)
            return said

        def settles():
            # A server whose children are not gone yet does not start: again.
            with contextlib.suppress(HookFailed):
                world.settle()
                return True

        first.answer = power_loss
        world.app.remove_unit(first)
        wait_until(settles, "hooks that are repeated succeed")
        healthy_trio(world)
        assert world.client_query(relation, world.primary, "SELECT 1") == [(1,)]
