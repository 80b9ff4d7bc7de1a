# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: a member that was away, or is behind, serves nobody who was removed."""

import os
import signal

import pytest
from fake_tenond import HookFailed, wait_until
from postgresql_world import GONE, cluster

CLOSED = "pg_hba.conf rejects connection"


def accepts(world, unit):
    return lambda: world.refusal(unit, {"username": "operator", "password": world.operator()},
                                 "postgres") is None


def hba_on_disk(unit):
    return (unit.dir / "postgres" / "pg_hba.conf").read_text()


def is_closed_on_disk(unit):
    return "tenon_clients" not in hba_on_disk(unit)


def test_a_standby_that_comes_back_is_closed_until_it_knows_who_was_removed():
    with cluster(units=2) as world:
        primary, standby = world.app.units
        going, staying = world.relate("app"), world.relate("app")
        gone, stays = world.answer(going), world.answer(staying)
        world.await_replay()
        world.query(standby, "ALTER SYSTEM SET recovery_min_apply_delay = '8s'")
        standby.services["postgres"].stop()
        world.remove(going)
        assert gone["username"] not in {row[0] for row in world.query(
            primary, "SELECT rolname FROM pg_roles")}
        standby.services["postgres"].start()
        wait_until(accepts(world, standby), "the standby is up")
        for _turn in range(5):
            for bag in (gone, stays):
                assert CLOSED in world.refusal(standby, bag, "app")
        assert world.query(standby, "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s",
                           args=(gone["username"],)) == [(True,)], "it knew too early to tell"
        assert standby.hook("update-status").ok
        assert ("waiting", "waiting to replay what postgresql/0 has") in standby.statuses
        assert standby.status == ("active", "")
        assert GONE.format(gone["username"]) in world.refusal(standby, gone, "app")
        assert world.refusal(standby, stays, "app") is None
        assert is_closed_on_disk(standby) and not is_closed_on_disk(primary)


def test_a_standby_that_is_killed_comes_up_closed_and_is_opened():
    with cluster(units=2) as world:
        primary, standby = world.app.units
        bag = world.answer(world.relate("app"))
        assert is_closed_on_disk(standby)
        assert world.refusal(standby, bag, "app") is None
        backend = world.connect(standby, "app", bag["username"], bag["password"])
        old = standby.services["postgres"].pid
        os.kill(backend.get_backend_pid(), signal.SIGKILL)
        backend.close()
        wait_until(lambda: standby.services["postgres"].pid not in (0, old), "another server")
        wait_until(accepts(world, standby), "it is up")
        assert CLOSED in world.refusal(standby, bag, "app")
        world.model.wait_for_service_event()
        world.settle()
        wait_until(lambda: not standby.pending_services or world.settle() is None, "settled")
        assert world.refusal(standby, bag, "app") is None
        assert is_closed_on_disk(standby)
        os.kill(primary.services["postgres"].pid, signal.SIGKILL)
        wait_until(accepts(world, primary), "the primary is up")
        assert world.refusal(primary, bag, "app") is None


def test_what_a_cut_off_charm_left_open_is_closed_again():
    with cluster(units=2) as world:
        primary, standby = world.app.units
        path = standby.dir / "postgres" / "pg_hba.conf"
        path.write_text(hba_on_disk(primary))
        assert standby.hook("update-status").ok
        assert is_closed_on_disk(standby)


def test_a_new_primary_is_open_on_disk_and_the_old_one_closed():
    with cluster(units=2) as world:
        old, new = world.app.units
        bag = world.answer(world.relate("app"))
        assert new.action("promote-to-primary", {"scope": "unit"}).ok
        world.settle()
        assert is_closed_on_disk(old) and not is_closed_on_disk(new)
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
            behind = ("waiting", "waiting for a member to replay: postgresql/1")
            assert world.app.status == behind and world.app[0].status == behind
        finally:
            os.kill(receiver, signal.SIGCONT)
        world.settle()
        assert world.app[0].status == ("active", "Primary")
        assert world.app.status == ("active", "")
        for unit in world.app.units:
            assert GONE.format(bag["username"]) in world.refusal(unit, bag, "app")
