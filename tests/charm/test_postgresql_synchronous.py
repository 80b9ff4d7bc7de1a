# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm: standbys that a commit waits for."""

import contextlib
import threading

import pytest
from fake_basics import wait_until
from postgresql_world import cluster

pytestmark = pytest.mark.xdist_group("synchronous")


@pytest.fixture(scope="module")
def three():
    with cluster(units=3) as world:
        world.relation = world.relate("shop")
        yield world


@pytest.fixture
def world(three):
    yield three
    configure(three, synchronous_node_count=None, synchronous_mode_strict=None)
    three.client_query(three.relation, three.primary, "DROP TABLE IF EXISTS made")


def configure(world, **options):
    world.app.set_config(**options)
    world.settle()


def names(world, unit):
    return world.query(unit, "SHOW synchronous_standby_names")[0][0]


def synchronous(world):
    """The standbys that count, as the primary sees them."""
    return {row[0] for row in world.query(
        world.primary, "SELECT application_name FROM pg_stat_replication "
        "WHERE sync_state IN ('sync', 'quorum')")}


def slot(unit):
    return unit.name.replace("/", "_")


def others(world, unit):
    return {slot(u) for u in world.live if u is not unit}


def cut(world, unit):
    """It hears no more of its primary."""
    move(world, unit, "ALTER SYSTEM SET primary_conninfo = 'host=127.255.255.254'")
    wait_until(lambda: slot(unit) not in streaming(world), "it is cut off")


def mend(world, unit):
    move(world, unit, "ALTER SYSTEM RESET primary_conninfo")
    wait_until(lambda: slot(unit) in streaming(world), "it streams again")


def move(world, unit, statement):
    with contextlib.closing(world.connect_as_rescue(unit)) as session, \
            session.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SELECT pg_reload_conf()")


def streaming(world):
    return {row[0] for row in world.query(
        world.primary, "SELECT application_name FROM pg_stat_replication "
        "WHERE state = 'streaming'")}


def look(world):
    """What the primary does some seconds later."""
    assert world.primary.update_after <= 10
    assert world.primary.hook("update-status").ok


@contextlib.contextmanager
def commit_that_waits(world):
    """A client that has written something, until a standby has it too."""
    def write():
        world.client_query(world.relation, world.primary, "CREATE TABLE made (n int)")
    client = threading.Thread(target=write, daemon=True)
    client.start()
    wait_until(lambda: world.query(
        world.primary, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
        "a commit waits")
    yield client
    client.join(20)
    assert not client.is_alive(), "it waits no more"


def test_commits_wait_for_nobody_unless_asked(world):
    assert [names(world, u) for u in world.live] == ["", "", ""]
    assert synchronous(world) == set()


def test_as_many_standbys_count_as_are_asked_for(world):
    for count, number in (("all", 2), ("majority", 1), ("1", 1), ("7", 2)):
        configure(world, synchronous_node_count=count)
        assert names(world, world.primary).startswith(f"ANY {number} (")
        wait_until(lambda: synchronous(world) == others(world, world.primary),
                   "both are candidates")
    # The next primary has them at hand.
    for unit in world.live:
        for other in others(world, unit):
            assert f'"{other}"' in names(world, unit)
        assert f'"{slot(unit)}"' not in names(world, unit)
    configure(world, synchronous_node_count=None)
    assert [names(world, u) for u in world.live] == ["", "", ""]


def test_what_is_no_number_is_refused_by_name(world):
    configure(world, synchronous_node_count="1")
    before = names(world, world.primary)
    configure(world, synchronous_node_count="most")
    assert world.app.leader.status == (
        "blocked", 'Configuration Error: synchronous_node_count: is "most", and has to be '
        "all, majority or a number")
    assert names(world, world.primary) == before


def test_a_standby_that_is_lost_is_waited_for_no_more(world):
    first, second = [u for u in world.live if u is not world.primary]
    configure(world, synchronous_node_count="all")
    cut(world, first)
    with commit_that_waits(world):
        look(world)
    assert names(world, world.primary) == f'ANY 1 ("{slot(second)}")'
    mend(world, first)
    look(world)
    assert names(world, world.primary).startswith("ANY 2 (")
    wait_until(lambda: synchronous(world) == others(world, world.primary), "both count")


def test_without_a_standby_commits_wait_only_if_that_is_strict(world):
    standbys = [u for u in world.live if u is not world.primary]
    configure(world, synchronous_node_count="1")
    for unit in standbys:
        cut(world, unit)
    look(world)
    assert names(world, world.primary).startswith("ANY 1 (")
    with commit_that_waits(world):
        wait_until(lambda: any(
            f["check"] == "commits" and f["level"] == "error"
            for f in world.primary.action("doctor").results["findings"]),
            "the doctor finds it")
        # Of those who are cut off nobody hears.
        world.app.set_config(synchronous_mode_strict=False)
        assert world.primary.hook("config-changed").ok
        assert names(world, world.primary) == ""
    mend(world, standbys[0])
    look(world)
    assert names(world, world.primary) == f'ANY 1 ("{slot(standbys[0])}")'
    mend(world, standbys[1])


def test_a_unit_that_leaves_is_waited_for_no_more(world):
    configure(world, synchronous_node_count="all")
    leaving = next(u for u in world.live if u is not world.primary)
    world.app.remove_unit(leaving)
    world.settle()
    (rest,) = others(world, world.primary)
    assert names(world, world.primary) == f'ANY 1 ("{rest}")'
    world.app.add_unit()
    world.settle()
    look(world)
    assert names(world, world.primary).startswith("ANY 2 (")


def test_the_next_primary_waits_from_its_first_commit_on(world):
    configure(world, synchronous_node_count="all")
    next_one = next(u for u in world.live if u is not world.primary)
    assert next_one.action("promote-to-primary", {"scope": "unit"}).ok
    world.settle()
    assert world.primary is next_one
    wait_until(lambda: synchronous(world) == others(world, next_one), "both count")
    world.client_query(world.relation, next_one, "CREATE TABLE made (n int)")
