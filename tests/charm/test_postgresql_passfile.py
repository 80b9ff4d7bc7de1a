# SPDX-License-Identifier: Apache-2.0
"""The one file in which a password stands: a standby's, for its way to the primary."""

import pathlib

import pytest
from fake_basics import wait_until
from postgresql_world import cluster


@pytest.fixture(scope="module")
def pair():
    with cluster(units=2) as world:
        yield world


def passfile(unit):
    return pathlib.Path(unit.dir) / "postgres" / "pgpass"


def streaming(world, unit):
    return world.query(unit, "SELECT pid FROM pg_stat_wal_receiver WHERE status = 'streaming'")


def make_primary(world, unit):
    if world.primary is not unit:
        assert unit.action("promote-to-primary", {"scope": "unit"}).failure is None
        world.settle()
    assert world.primary is unit


@pytest.mark.parametrize("primary", [0, 1], ids=["the-leader", "a-follower"])
def test_a_standby_streams_again_after_its_password_was_changed(pair, primary):
    """The leader, which changes it, is told of no change: it may be the standby."""
    make_primary(pair, pair.app[primary])
    standby = next(u for u in pair.live if u is not pair.primary)
    assert pair.app[0].action("set-password", {"username": "replication"}).failure is None
    pair.settle()
    old = streaming(pair, standby)
    assert old
    pair.query(pair.primary, "SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    wait_until(lambda: streaming(pair, standby) not in ([], old), "a new stream")
    pair.await_replay()


def test_the_file_is_for_the_server_alone_and_a_primary_has_none(pair):
    standby = next(u for u in pair.live if u is not pair.primary)
    assert passfile(standby).stat().st_mode & 0o7777 == 0o600
    assert not passfile(pair.primary).exists()


def test_a_unit_that_becomes_the_primary_forgets_the_password(pair):
    old = pair.primary
    new = next(u for u in pair.live if u is not old)
    make_primary(pair, new)
    assert not passfile(new).exists()
    assert passfile(old).exists()
