# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: a member that was away, or is behind, serves nobody who was removed."""

import contextlib
import os
import signal
import threading

import pytest
from fake_basics import wait_until
from fake_tenond import HookFailed
from postgresql_world import GONE, cluster, deliver

CLOSED = "pg_hba.conf rejects connection"


def accepts(world, unit):
    return lambda: world.refusal(unit, {"username": "operator", "password": world.operator()},
                                 "postgres") is None


def hba_on_disk(unit):
    return (unit.dir / "postgres" / "pg_hba.conf").read_text()


def is_closed_on_disk(unit):
    return "tenon_clients" not in hba_on_disk(unit)


def kill_postmaster(_world, unit):
    os.kill(unit.services["postgres"].pid, signal.SIGKILL)


def crash_backend(world, unit):
    with contextlib.closing(world.connect(unit)) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)


def stop(_world, unit):
    unit.services["postgres"].stop()


@pytest.mark.parametrize("end", [stop, kill_postmaster, crash_backend])
def test_a_standby_that_comes_back_is_closed_until_it_knows_who_was_removed(end):
    with cluster(units=2) as world:
        primary, standby = world.app.units
        going, staying = world.relate("app"), world.relate("app")
        gone, stays = world.answer(going), world.answer(staying)
        world.await_replay()
        world.query(standby, "ALTER SYSTEM SET recovery_min_apply_delay = '8s'")
        world.query(standby, "SELECT pg_reload_conf()")
        end(world, standby)
        wait_until(lambda: standby.services["postgres"].pid == 0, "it has ended")
        world.model.remove_relation(going)
        deliver(primary)
        assert gone["username"] not in {row[0] for row in world.query(
            primary, "SELECT rolname FROM pg_roles")}
        removed = world.query(primary, "SELECT pg_current_wal_flush_lsn()")[0]
        seen = {}

        def look():
            wait_until(accepts(world, standby), "the standby is up")
            seen["refusals"] = [world.refusal(standby, bag, "app") for bag in (gone, stays)]
            seen["closed"] = is_closed_on_disk(standby)
            seen["behind"] = world.query(standby, "SELECT pg_last_wal_replay_lsn() < %s",
                                         args=removed)

        looking = threading.Thread(target=look)
        looking.start()
        assert standby.hook("service-changed", service="postgres").ok
        looking.join()
        # It does not keep clients waiting for it, and goes on in its next hook.
        assert standby.status[0] == "waiting" and standby.update_after == 0
        deliver(standby)
        assert all(CLOSED in refusal for refusal in seen["refusals"]) and seen["closed"]
        assert seen["behind"] == [(True,)], "it knew too early to tell"
        if end is stop:  # Else it streams only after it has replayed what it had.
            assert ("waiting", "waiting to replay what postgresql/0 has") in standby.statuses
        assert standby.status == ("active", "")
        assert GONE.format(gone["username"]) in world.refusal(standby, gone, "app")
        assert world.refusal(standby, stays, "app") is None
        assert not is_closed_on_disk(standby) and not is_closed_on_disk(primary)


def restarts(unit):
    return unit.services["postgres"].spec["restart"]


def test_only_the_primary_is_started_again_by_others_whoever_that_is():
    with cluster(units=2) as world:
        one, two = world.app.units
        for primary, standby in ((one, two), (two, one)):
            if world.primary is not primary:
                assert primary.action("promote-to-primary", {"scope": "unit"}).ok
                world.settle()
            assert restarts(primary) and not restarts(standby)
            for unit, setting in ((primary, "on"), (standby, "off")):
                assert world.query(unit, "SHOW restart_after_crash") == [(setting,)]
            crash_backend(world, primary)
            wait_until(accepts(world, primary), "the primary is back")
            wait_until(lambda: world.slots() != [], "the standby streams again")


def test_reloading_by_hand_does_not_close_a_standby():
    with cluster(units=2) as world:
        standby = world.app.units[1]
        bag = world.answer(world.relate("app"))
        before = world.query(standby, "SELECT pg_conf_load_time()")
        world.query(standby, "SELECT pg_reload_conf()")
        wait_until(lambda: world.query(standby, "SELECT pg_conf_load_time()") != before, "read")
        assert world.refusal(standby, bag, "app") is None


def test_a_switchover_leaves_both_open():
    with cluster(units=2) as world:
        old, new = world.app.units
        bag = world.answer(world.relate("app"))
        assert new.action("promote-to-primary", {"scope": "unit"}).ok
        world.settle()
        assert not is_closed_on_disk(old) and not is_closed_on_disk(new)
        for unit in (old, new):
            assert world.refusal(unit, bag, "app") is None


def test_removal_waits_for_a_standby_that_is_cut_off_and_names_it():
    with cluster(units=2) as world:
        standby = world.app[1]
        relation = world.relate("app")
        bag = world.answer(relation)
        receiver = world.query(standby, "SELECT pid FROM pg_stat_wal_receiver")[0][0]
        sender = world.query(world.app[0], "SELECT pid FROM pg_stat_replication")[0][0]
        os.kill(receiver, signal.SIGSTOP)
        try:
            world.query(world.app[0], "SELECT pg_terminate_backend(%s)", args=(sender,))
            wait_until(lambda: not world.query(
                world.app[0], "SELECT pid FROM pg_stat_replication"), "it is cut off")
            world.model.remove_relation(relation)
            with pytest.raises(HookFailed, match="postgresql/1 has not replayed what postgresql/0"):
                world.settle()
            # It comes again, and is no reason to be in error.
            assert (world.app[0].calls[-1].tool, world.app[0].calls[-1].args) == \
                ("hook-defer", {"seconds": 5})
            assert world.app.status == ("active", "")
            assert world.app[0].status == ("active", "Primary")
        finally:
            os.kill(receiver, signal.SIGCONT)
        world.settle()
        assert world.app[0].status == ("active", "Primary")
        assert world.app.status == ("active", "")
        for unit in world.app.units:
            assert GONE.format(bag["username"]) in world.refusal(unit, bag, "app")
