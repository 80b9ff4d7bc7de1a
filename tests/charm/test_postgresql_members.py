# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: members in trouble leave the endpoints, and come back by themselves."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile

import psycopg2
import pytest
from fake_basics import wait_until
from fake_tenond import HookFailed, Model
from postgresql_world import CHANNEL, World, cluster, deliver, kill_postmaster, programs


def read_only(world, relation):
    """The units that clients are told of for reading."""
    listed = world.answer(relation).get("read-only-endpoints", "").split(",")
    return [u.name for u in world.live if f"{u.address}:5432" in listed]


@contextlib.contextmanager
def broken_configuration(unit):
    """What ALTER SYSTEM can do to a server: it will not start."""
    path = unit.dir / "storage/pgdata/data/postgresql.auto.conf"
    before = path.read_text()
    path.write_text(before + "shared_buffers = 'lots'\n")
    yield
    path.write_text(before)


def test_a_standby_that_does_not_start_is_no_endpoint_until_it_does():
    with cluster(units=3) as world:
        broken, other = world.app[1], world.app[2]
        relation = world.relate("app")
        assert read_only(world, relation) == [broken.name, other.name]
        with broken_configuration(broken):
            kill_postmaster(broken)
            world.settle()
            assert read_only(world, relation) == [other.name]
            assert broken.status == ("waiting", "PostgreSQL does not start: configuration file "
                                     f'"{broken.dir}/storage/pgdata/data/postgresql.auto.conf" '
                                     "contains errors")
            assert broken.update_after == 10
            # The others are served as ever, also by the leader.
            late = world.relate("late")
            assert world.client_query(late, other, "SELECT 1") == [(1,)]
            assert read_only(world, late) == [other.name]
        broken.hook("update-status")
        world.settle()
        assert broken.status == ("active", "")
        assert read_only(world, relation) == [broken.name, other.name]
        for each in (relation, late):
            assert world.client_query(each, broken, "SELECT 1") == [(1,)]


def test_a_leader_whose_own_standby_is_broken_serves_clients():
    with cluster(units=2) as world:
        old, new = world.app.units
        assert new.action("promote-to-primary", {"scope": "unit"}).ok
        world.settle()
        assert world.primary is new and old.is_leader
        with broken_configuration(old):
            kill_postmaster(old)
            world.settle()
            assert old.status[0] == "waiting"
            relation = world.relate("app")
            assert world.client_query(relation, new, "SELECT 1") == [(1,)]
            assert read_only(world, relation) == []
        old.hook("update-status")
        world.settle()
        assert read_only(world, relation) == [old.name]


def test_a_standby_whose_stream_hangs_is_no_endpoint_until_it_goes_on():
    with cluster(units=2) as world:
        primary, standby = world.app.units
        relation = world.relate("app")
        receiver = world.query(standby, "SELECT pid FROM pg_stat_wal_receiver")[0][0]
        assert standby.hook("update-status").ok
        assert standby.update_after == 60  # It looks after itself once a minute.
        os.kill(receiver, signal.SIGSTOP)
        try:
            world.query(primary, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
            wait_until(lambda: world.slots() == [], "it is cut off")
            assert standby.hook("update-status").ok
            assert standby.status[1].startswith("does not stream from postgresql/0")
            deliver(primary)
            assert read_only(world, relation) == []
        finally:
            os.kill(receiver, signal.SIGCONT)
        world.settle()
        assert standby.status == ("active", "")
        assert read_only(world, relation) == [standby.name]


def resumes_replay(world, standby):
    """What waits to be replayed may be in the way of any question."""
    with contextlib.suppress(psycopg2.OperationalError):
        world.query(standby, "SELECT pg_wal_replay_resume()")
        return True
    return False


def test_a_standby_that_lags_is_named_and_becomes_an_endpoint_when_it_knows():
    with cluster(units=2) as world:
        primary, standby = world.app.units
        known = world.relate("app")
        world.query(standby, "SELECT pg_wal_replay_pause()")
        relation = world.relate("late")
        behind = ("waiting", "waiting for a member to replay: postgresql/1")
        assert behind in primary.statuses and behind in world.app.statuses
        assert world.client_query(relation, primary, "SELECT 1") == [(1,)]
        assert read_only(world, relation) == [] and read_only(world, known) == [standby.name]
        assert primary.status == ("active", "Primary")
        assert world.app.status == \
            ("active", "postgresql/1 lags behind and is not among the endpoints")
        assert primary.update_after == 5
        # The next one does not wait for it, and nobody else is looked at meanwhile.
        primary.statuses.clear()
        again = world.relate("again")
        assert behind not in primary.statuses and read_only(world, again) == []
        calls = primary.hook("update-status").calls
        assert not [c for c in calls if "database:" in str(c.args.get("relation"))]
        assert read_only(world, relation) == [] and primary.update_after == 5
        wait_until(lambda: resumes_replay(world, standby), "it goes on")
        world.await_replay()
        assert primary.hook("update-status").ok
        for each in (relation, again):
            assert read_only(world, each) == [standby.name]
            assert world.client_query(each, standby, "SELECT 1") == [(1,)]
        assert world.app.status == ("active", "") and primary.update_after is None


def test_clients_know_the_new_primary_before_the_old_one_follows_it():
    with cluster(units=3) as world:
        old, new, other = world.app.units
        relation = world.relate("app")
        assert new.action("promote-to-primary", {"scope": "unit"}).ok
        while world.answer(relation)["endpoints"] != f"{new.address}:5432":
            assert world.model.step([]), "settled without it"
        assert world.query(new, "SELECT pg_is_in_recovery()") == [(False,)]
        assert old.services["postgres"].pid == 0
        assert read_only(world, relation) == [other.name]
        world.settle()
        assert read_only(world, relation) == [old.name, other.name]

# ---- a new copy ----

def data_of(unit):
    return unit.dir / "storage/pgdata/data"


def delete_data(_world, unit):
    shutil.rmtree(data_of(unit))


def lose_control_file(_world, unit):
    (data_of(unit) / "global/pg_control").unlink()


def empty_control_file(_world, unit):
    (data_of(unit) / "global/pg_control").write_bytes(b"")


def flip_a_bit_of_the_control_file(_world, unit):
    path = data_of(unit) / "global/pg_control"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)


def lose_the_version(_world, unit):
    (data_of(unit) / "PG_VERSION").unlink()


def lose_the_signal_file(_world, unit):
    (data_of(unit) / "standby.signal").unlink()


def need_log_that_is_gone(world, unit):
    """Its slot is dropped, and the primary keeps nothing for it."""
    primary = world.app[0]
    world.query(primary, "SELECT pg_drop_replication_slot('postgresql_1')")
    world.query(primary, "ALTER SYSTEM SET wal_keep_size = 0")
    world.query(primary, "SELECT pg_reload_conf()")
    for _ in range(3):
        world.query(primary, "SELECT pg_switch_wal() FROM pg_create_restore_point('x')")
    world.query(primary, "CHECKPOINT")
    assert unit.services["postgres"].pid == 0


@pytest.mark.parametrize("harm", [
    delete_data, lose_control_file, empty_control_file, flip_a_bit_of_the_control_file,
    lose_the_version, lose_the_signal_file, need_log_that_is_gone])
def test_a_broken_standby_is_cloned_again_and_its_data_kept(harm):
    with cluster(units=2) as world:
        primary, standby = world.app.units
        relation = world.relate("app")
        world.client_query(relation, primary, "CREATE TABLE t AS SELECT 7 AS n")
        world.await_replay()
        kill_postmaster(standby)
        harm(world, standby)
        had_data = data_of(standby).exists()
        world.settle()
        assert standby.status == ("active", "")
        assert world.slots() == ["postgresql_1"]
        assert world.client_query(relation, standby, "SELECT n FROM t") == [(7,)]
        aside = [p for p in data_of(standby).parent.iterdir() if p.name != "data"]
        assert len(aside) == had_data
        for path in aside:
            assert (path / "base").is_dir()
            assert ("WARNING", f"the data directory was moved to {path}") in standby.log


def test_what_a_log_said_before_it_was_mended_is_no_reason_to_clone_again():
    with cluster(units=2) as world:
        standby = world.app[1]
        kill_postmaster(standby)
        need_log_that_is_gone(world, standby)
        world.settle()
        with broken_configuration(standby):
            kill_postmaster(standby)
            world.settle()
            assert standby.status[0] == "waiting"
        assert standby.hook("update-status").ok
        assert standby.status == ("active", "")
        aside = [p for p in data_of(standby).parent.iterdir() if p.name != "data"]
        assert len(aside) == 1


# ---- progress ----

def test_the_status_shows_how_far_a_copy_is():
    with tempfile.TemporaryDirectory() as directory, \
            cluster(env={"TENON_PG_BINDIR": programs(
                directory, "pg_basebackup", 'exec {real} --max-rate=32M "$@"\n')}) as world:
        world.query(world.app[0], "CREATE TABLE t AS SELECT repeat(md5(i::text), 50) AS a "
                    "FROM generate_series(1, 60000) i")
        standby = world.app.add_unit()
        world.settle()
        shown = [re.fullmatch(r"cloning from postgresql/0: (\d+) %", text)
                 for _, text in standby.statuses]
        percents = [int(found.group(1)) for found in shown if found]
        assert len(percents) > 1 and percents == sorted(percents)
        assert 0 < percents[0] < percents[-1] < 100
        assert standby.status == ("active", "")


# ---- a full disk ----

@contextlib.contextmanager
def disk_of_its_own(unit, size):
    """The storage of a unit that has not been installed yet."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    place = unit.dir / "storage/pgdata"
    place.mkdir(parents=True, mode=0o711)
    place.parent.chmod(0o711)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "tmpfs",
                           str(place)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a disk: {done.stderr.strip()}")
    try:
        yield place
    finally:
        unit.services["postgres"].destroy()
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place):
    with contextlib.suppress(OSError), open(place / "ballast", "wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(65536))


def test_a_primary_whose_disk_is_full_says_so_and_loses_nothing():
    with Model(env=CHANNEL) as model:
        world = World(model, 1)
        unit = world.app[0]
        with disk_of_its_own(unit, "400M") as place:
            world.settle()
            relation = world.relate("app")
            # The table has a page with room.
            world.client_query(relation, unit, "CREATE TABLE t AS SELECT 0 AS n")
            fill(place)
            committed = [(0,)]
            with pytest.raises(psycopg2.Error):
                for number in range(1, 100):
                    world.client_query(relation, unit, f"INSERT INTO t VALUES ({number})")
                    committed.append((number,))
                    world.query(unit, "SELECT pg_switch_wal()")
            assert len(committed) > 1
            wait_until(lambda: unit.services["postgres"].describe()["state"] == "failed",
                       "it has been given up", 60)
            with pytest.raises(HookFailed, match="PostgreSQL does not start: .*No space left"):
                world.settle()
            (place / "ballast").unlink()
            world.settle()
            assert unit.status == ("active", "Primary")
            rows = world.client_query(relation, unit, "SELECT n FROM t ORDER BY n")
            # The last one may have been committed, and its client not told.
            assert rows[:len(committed)] == committed and len(rows) <= len(committed) + 1
