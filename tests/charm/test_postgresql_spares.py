# SPDX-License-Identifier: Apache-2.0
"""Spare databases: made ahead, taken by renaming, never taken twice."""

import contextlib
import json
import os
import re
import signal
import threading

import pytest
from fake_basics import wait_until
from fake_unit import CharmDied
from postgresql_world import cluster, psql
from test_postgresql import acl_lines
from test_postgresql_faults import ADVISORY, Killer, killed_while_blocked, lock, waits_for_lock

SPARE = "tenon-spare-"
PAIR = pytest.mark.xdist_group("spares_pair")
SINGLE = pytest.mark.xdist_group("spares_single")


@pytest.fixture(name="pair", scope="module")
def fixture_pair():
    with cluster(units=2, spares=1) as world:
        yield world


@pytest.fixture(name="single", scope="module")
def fixture_single():
    with cluster(spares=1) as world:
        yield world


def due(unit):
    """As if the time had come; what the hook asked for before is forgotten."""
    if "spares-at" in unit.state:
        unit.state["spares-at"] = 1
    unit.update_after = None


def tend(world):
    """Until the leader asks for no more: the spares."""
    leader = world.app.leader
    for _ in range(10):
        if "spares-at" not in leader.state:
            break
        due(leader)
        result = leader.hook("update-status")
        assert result.ok, result
        if leader.update_after == 60:
            break
    return spares(world)


def spares(world, unit=None):
    """{name: oid} of the databases."""
    return dict(world.query(unit or world.primary,
                            "SELECT datname, oid FROM pg_database WHERE datname LIKE %s",
                            args=(SPARE + "%",)))


def spare_roles(world):
    return sorted(r for r in world.roles() if r.startswith(SPARE))


def oid_of(world, database, unit=None):
    return world.query(unit or world.primary, "SELECT oid FROM pg_database WHERE datname = %s",
                       args=(database,))[0][0]


def in_full(names):
    return sorted(n + part for n in names for part in ("", ":owner", ":reader", ":user"))


def works(world, relation):
    """The client can do what a client can do, on every member."""
    bag = world.answer(relation)
    world.client_query(relation, world.primary, "CREATE TABLE t AS SELECT 1 AS a")
    world.await_replay()
    for unit in world.live:
        assert world.client_query(relation, unit, "SELECT a FROM t") == [(1,)]
        assert psql(unit, bag, bag["database"], "-c", "\\l")[0] == 0
    assert world.query(world.primary, "SELECT tableowner FROM pg_tables WHERE tablename = 't'",
                       bag["database"]) == [(bag["database"] + ":owner",)]


def marks(world, database):
    return dict(world.query(
        world.primary, "SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles"
        " WHERE rolname IN (%s, %s, %s)",
        args=(database, database + ":owner", database + ":reader")))


def acl(world, relation, unit=None):
    bag = world.answer(relation)
    return acl_lines(psql(unit or world.primary, bag, bag["database"], "-c", "\\l")[1],
                     bag["database"])


# ---- made and taken ----

@PAIR
def test_a_relation_gets_the_spare_database_on_every_member(pair):
    (name, oid), = tend(pair).items()
    pair.await_replay()
    relation = pair.relate("from-spare")
    assert [oid_of(pair, "from-spare", u) for u in pair.live] == [oid, oid]
    assert spares(pair) == {} and spare_roles(pair) == []
    assert marks(pair, "from-spare") == {
        "from-spare": f"tenon: database {oid}", "from-spare:owner": "tenon: database",
        "from-spare:reader": "tenon: database"}
    bag = pair.answer(relation)
    assert bag["username"] == f"relation-{relation.id}" and name not in json.dumps(bag)
    assert json.loads(bag["data"]) == {"database": "from-spare"}
    for unit in pair.live:
        assert acl(pair, relation, unit) == [
            "=Tc/operator", "operator=CTc/operator", f'"{bag["username"]}"=CTc/operator',
            '"from-spare:owner"=C/operator']
    works(pair, relation)
    assert bag["password"] not in json.dumps(pair.app.leader.state)
    pair.remove(relation)
    assert oid_of(pair, "from-spare") == oid and bag["username"] not in pair.roles()


@PAIR
def test_a_spare_is_made_again_when_it_is_quiet(pair):
    first = tend(pair)
    relation = pair.relate("takes-it")
    leader = pair.app.leader
    assert leader.update_after == 2 and "spares-at" in leader.state
    # Too early: somebody has asked meanwhile.
    assert leader.hook("update-status").ok and spares(pair) == {}
    second = tend(pair)
    assert len(second) == 1 and not set(second) & set(first)
    assert spare_roles(pair) == in_full(second)
    assert list(leader.state["spare-passwords"]) == list(second)
    pair.remove(relation)
    assert spares(pair) == second, "what a client leaves is no spare"


@PAIR
def test_nobody_can_use_a_spare(pair):
    (name,) = tend(pair)
    other = pair.relate("somebody-else")
    (name,) = tend(pair)
    wide = pair.relate("wide", extra_user_roles="superuser")
    (name,) = tend(pair)
    user = {"username": name + ":user",
            "password": pair.app.leader.state["spare-passwords"][name]}
    for unit in pair.live:
        assert "not permitted to log in" in pair.refusal(unit, user, name)
        assert "pg_hba.conf rejects" in pair.refusal(unit, pair.answer(other), name)
        assert "not currently accepting connections" in \
            pair.refusal(unit, pair.answer(wide), name)
    for relation in (other, wide):
        pair.remove(relation)


@PAIR
def test_names_of_spares_are_refused(pair):
    (name,) = tend(pair)
    for wanted in (name, name + ":user", SPARE + "mine"):
        relation = pair.relate(wanted)
        told = json.loads(pair.bag(relation)["status"])
        assert told[0]["message"] == f'database name "{wanted}" is reserved'
        pair.remove(relation)
    refused = pair.app.leader.action("adopt-database", {"database": name})
    assert refused.failure.startswith(f'database name "{name}" is reserved')
    assert list(spares(pair)) == [name]


@PAIR
def test_a_database_that_exists_is_taken_as_it_is(pair):
    first = pair.relate("exists")
    oid = oid_of(pair, "exists")
    before = tend(pair)
    second = pair.relate("exists")
    assert oid_of(pair, "exists") == oid and spares(pair) == before
    works(pair, second)
    for relation in (first, second):
        pair.remove(relation)


@PAIR
def test_what_is_somebodys_own_is_refused_and_the_spare_stays(pair):
    before = tend(pair)
    pair.query(pair.primary, "CREATE DATABASE own")
    pair.query(pair.primary, "CREATE ROLE own2")
    for name in ("own", "own2"):
        relation = pair.relate(name)
        assert "was not made for a relation" in pair.bag(relation)["status"]
        pair.remove(relation)
    assert spares(pair) == before


@PAIR
def test_the_second_one_is_made_as_usual_while_there_is_no_spare(pair):
    (_, oid), = tend(pair).items()
    one, two = pair.relate("one"), pair.relate("two")
    assert oid_of(pair, "one") == oid != oid_of(pair, "two")
    assert [acl(pair, r)[2:] for r in (one, two)] == [
        [f'"relation-{one.id}"=CTc/operator', '"one:owner"=C/operator'],
        [f'"relation-{two.id}"=CTc/operator', '"two:owner"=C/operator']]
    for relation in (one, two):
        works(pair, relation)
        pair.remove(relation)


@PAIR
@pytest.mark.parametrize("name, more", [
    ("x-read", {"extra_user_roles": "charmed_read"}), ("x-reader", {"extra_user_roles": "reader"}),
    ("x-createdb", {"extra_user_roles": "createdb"}),
    ("x-user", {"entity_type": "USER", "entity_permissions": json.dumps(
        [{"resource_type": "SCHEMA", "resource_name": "public", "privileges": ["USAGE"]}])}),
    ("x-group", {"entity_type": "GROUP"})])
def test_other_kinds_of_users_get_the_database_and_what_they_would_get(pair, name, more):
    """Next to the same request with no spare there."""
    (spare, oid), = tend(pair).items()
    made = {}
    for database in (name, name + "-2"):
        relation = pair.relate(database, **more)
        made[database] = relation, described(pair, relation, database)
    assert oid_of(pair, name) == oid != oid_of(pair, name + "-2")
    assert [r for r in pair.roles() if r.startswith(spare)] == []
    assert made[name][1] == made[name + "-2"][1]
    for relation, _ in made.values():
        pair.remove(relation)


def described(world, relation, database):
    """What the server says of user and database, their names taken out."""
    user = f"relation-{relation.id}"
    told = world.query(world.primary, """
        SELECT datacl::text, datallowconn, (SELECT string_agg(g.rolname, ' ' ORDER BY g.rolname)
          FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
          JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = %(user)s),
        (SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting s
          WHERE s.setdatabase = d.oid),
        (SELECT to_jsonb(r) - 'oid' - 'rolpassword' FROM pg_roles r WHERE rolname = %(user)s)::text
        FROM pg_database d WHERE datname = %(database)s""",
                       args={"user": user, "database": database})
    told += world.query(world.primary, "SELECT nspacl::text, (SELECT string_agg(defaclacl::text,"
                        " ' ' ORDER BY defaclobjtype) FROM pg_default_acl) FROM pg_namespace"
                        " WHERE nspname = 'public'", database)
    return str(told).replace(user, "USER").replace(database, "DATABASE")


@PAIR
def test_the_usual_user_has_what_it_would_have_without_a_spare(pair):
    tend(pair)
    relations = [pair.relate(name) for name in ("usual", "usual-2")]
    assert described(pair, relations[0], "usual") == described(pair, relations[1], "usual-2")
    for relation in relations:
        pair.remove(relation)


# ---- in the way ----

@SINGLE
def test_somebody_who_is_connected_to_the_spare_stays_so(single):
    (name, oid), = tend(single).items()
    single.query(single.primary, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    with contextlib.closing(single.connect(single.primary, name)) as person:
        relation = single.relate("usual-way")
        assert oid_of(single, "usual-way") != oid and spares(single) == {name: oid}
        with person.cursor() as cursor:
            cursor.execute("SELECT 1")
        single.app.set_config(spare_databases=0)
        single.settle()
        tend(single)
        assert spares(single) == {name: oid}, "nobody is disconnected"
        with person.cursor() as cursor:
            cursor.execute("SELECT 1")
    wait_until(lambda: single.query(
        single.primary, "SELECT count(*) FROM pg_stat_activity WHERE datname = %s",
        args=(name,)) == [(0,)], "the person has gone")
    tend(single)
    assert spares(single) == {} and spare_roles(single) == []
    single.app.set_config(spare_databases=1)
    single.settle()
    single.remove(relation)


@SINGLE
def test_a_password_that_nobody_knows_is_replaced(single):
    (_, oid), = tend(single).items()
    leader = single.app.leader
    known = leader.state.pop("spare-passwords")
    relation = single.relate("unknown-password")
    bag = single.answer(relation)
    assert oid_of(single, "unknown-password") == oid and bag["password"] not in known.values()
    works(single, relation)
    single.remove(relation)


@SINGLE
def test_as_many_are_kept_as_the_option_says(single):
    single.app.set_config(spare_databases=3)
    single.settle()
    three = tend(single)
    assert len(three) == 3 and sorted(single.app.leader.state["spare-passwords"]) == sorted(three)
    relation = single.relate("one-of-three")
    assert len(spares(single)) == 2
    single.app.set_config(spare_databases=1)
    single.settle()
    one = tend(single)
    assert len(one) == 1 and set(one) < set(three)
    single.app.set_config(spare_databases=0)
    single.settle()
    assert tend(single) == {} and spare_roles(single) == []
    again = single.relate("none-there")
    assert "spares-at" not in single.app.leader.state
    assert single.app.leader.state["spare-passwords"] == {}
    works(single, again)
    single.app.set_config(spare_databases=1)
    single.settle()
    assert len(tend(single)) == 1
    for r in (relation, again):
        single.remove(r)


@SINGLE
@pytest.mark.parametrize("meddle", [
    'ALTER DATABASE "{0}" RENAME TO aside', 'ALTER ROLE "{0}:reader" RENAME TO aside',
    'COMMENT ON ROLE "{0}" IS NULL', """COMMENT ON ROLE "{0}" IS 'tenon: spare database 1'"""])
def test_a_spare_that_somebody_has_meddled_with_is_not_used(single, meddle):
    (name, oid), = tend(single).items()
    single.query(single.primary, meddle.format(name))
    relation = single.relate("not-that-one")
    assert oid_of(single, "not-that-one") != oid
    single.remove(relation)
    single.app.leader.state["spares-at"] = 1
    assert len([n for n in tend(single) if n != name]) == 1
    clean_up(single, name)


def clean_up(world, name):
    """What nobody but a person may drop."""
    for database in (name, "aside", "not-that-one"):
        world.query(world.primary, f'DROP DATABASE IF EXISTS "{database}"')
    for role in ("not-that-one:owner", "not-that-one:reader", "not-that-one", "aside",
                 name + ":user", name + ":owner", name + ":reader", name):
        world.query(world.primary, f'DROP ROLE IF EXISTS "{role}"')


@SINGLE
def test_a_refill_that_fails_is_a_line_in_the_log(single):
    leader = single.app.leader
    tend(single)
    relation = single.relate("makes-room")
    single.query(single.primary, "ALTER ROLE tenon_clients RENAME TO aside")
    assert tend(single) == {} and spare_roles(single) == []
    (message,) = [m for level, m in leader.log if level == "WARNING" and "tenon_clients" in m]
    assert message.startswith("spare databases: " + SPARE)
    assert leader.update_after == 60 and leader.status == ("active", "Primary")
    single.query(single.primary, "ALTER ROLE aside RENAME TO tenon_clients")
    assert len(tend(single)) == 1
    single.remove(relation)


# ---- cut off ----

def killed_in_update(world, statement):
    """Hold a lock, and kill the leader's charm when its refill waits for it."""
    leader, ended = world.app.leader, []
    due(leader)

    def run():
        with contextlib.suppress(CharmDied, BrokenPipeError):
            ended.append(leader.hook("update-status"))

    with contextlib.closing(world.connect(leader)) as holder:
        holder.autocommit = False
        holder.cursor().execute(statement)
        thread = threading.Thread(target=run)
        thread.start()
        wait_until(lambda: waits_for_lock(world), "the refill waits for the lock")
        os.killpg(leader.process.pid, signal.SIGKILL)
        thread.join()
        holder.rollback()
    assert not ended
    wait_until(lambda: not waits_for_lock(world), "nobody waits any more")


def is_whole_again(world, client):
    assert len(tend(world)) == 1 and spare_roles(world) == in_full(spares(world))
    (_, oid), = spares(world).items()
    relation = world.relate(client)
    assert oid_of(world, client) == oid
    works(world, relation)
    world.remove(relation)


@SINGLE
@pytest.mark.parametrize("statement", [ADVISORY, lock("pg_authid"), lock("pg_database")])
def test_a_refill_that_is_cut_off_is_made_good(single, statement):
    tend(single)
    client = "cut-" + re.sub("[^a-z]", "-", statement.lower())[:30]
    relation = single.relate(client)
    killed_in_update(single, statement)
    is_whole_again(single, client + "-2")
    single.remove(relation)


@contextlib.contextmanager
def dump(world):
    """A session as that which pg_dumpall has as long as it works."""
    with contextlib.closing(world.connect(world.app.leader)) as connection:
        connection.cursor().execute("SET application_name TO pg_dumpall")
        yield
    wait_until(lambda: world.query(
        world.primary, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
        "'pg_dumpall'") == [(0,)], "the server has seen its end")


def open_databases(world):
    """What pg_dumpall would go through."""
    return {name for name, in world.query(
        world.primary, "SELECT datname FROM pg_database WHERE datallowconn")}


@SINGLE
def test_no_spare_is_made_or_dropped_while_all_is_dumped(single):
    leader = single.app.leader
    tend(single)
    relation = single.relate("during-a-dump")
    with dump(single):
        assert tend(single) == {} and leader.update_after == 60
    assert len(tend(single)) == 1
    single.remove(relation)


@SINGLE
def test_what_a_dump_has_seen_open_stays_open_until_its_end(single):
    """pg_dumpall connects to what was open when it began, and fails if it cannot."""
    leader, results = single.app.leader, []
    tend(single)
    relation = single.relate("before-a-dump")
    due(leader)
    thread = threading.Thread(target=lambda: results.append(leader.hook("update-status")))
    with contextlib.closing(single.connect(leader)) as holder:
        holder.autocommit = False
        holder.cursor().execute(lock("pg_database"))
        thread.start()
        wait_until(lambda: waits_for_lock(single), "the refill waits for the lock")
        with dump(single):
            holder.rollback()
            thread.join()
            (name,) = spares(single)
            assert results[0].ok and name in open_databases(single)
            assert tend(single).keys() == {name} and name in open_databases(single)
    (whole,) = tend(single)
    assert whole != name and whole not in open_databases(single)
    single.remove(relation)


class Passwords:
    """Equal to the values with which a refill ends."""

    def __eq__(self, values):
        return "spare-passwords" in values


@SINGLE
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_refill_whose_end_nobody_heard_of_is_used(single, when):
    tend(single)
    relation = single.relate(f"unheard-{when}")
    leader = single.app.leader
    due(leader)
    Killer(leader, "state-set", when, {"values": Passwords()})
    with pytest.raises(CharmDied):
        leader.hook("update-status")
    is_whole_again(single, f"unheard-{when}-2")
    single.remove(relation)


@SINGLE
def test_one_that_was_left_in_the_making_is_dropped(single):
    (name,) = tend(single)
    single.query(single.primary,
                 f"COMMENT ON ROLE \"{name}\" IS 'tenon: spare database in the making'")
    single.app.leader.state["spares-at"] = 1
    assert name not in tend(single)
    is_whole_again(single, "after-the-making")


@pytest.mark.parametrize("statement", [lock("pg_authid"), lock("pg_database"),
                                       lock("pg_shdescription")])
def test_a_take_that_is_cut_off_is_made_good(statement):
    with cluster(units=2, spares=1) as world:
        (_, oid), = tend(world).items()
        relation = world.relate()
        relation.app_bags[relation.far_app("postgresql")].change({"database": "app"})
        killed_while_blocked(world, statement)
        world.settle()
        assert oid_of(world, "app") == oid or list(spares(world).values()) == [oid]
        works(world, relation)
        tend(world)
        is_whole_again(world, "next")
        world.remove(relation)


def test_a_take_that_nobody_heard_of_is_made_good():
    with cluster(units=2, spares=1) as world:
        (_, oid), = tend(world).items()
        relation = world.relate()
        relation.app_bags[relation.far_app("postgresql")].change({"database": "app"})
        Killer(world.app[0], "relation-set", "after", {"app": True})
        with pytest.raises(CharmDied):
            world.settle()
        assert oid_of(world, "app") == oid and "password" not in world.answer(relation)
        world.settle()
        works(world, relation)
        assert acl(world, relation)[2:] == [
            f'"relation-{relation.id}"=CTc/operator', '"app:owner"=C/operator']
        is_whole_again(world, "next")


# ---- members ----

def test_spares_outlive_a_switchover_and_a_leader():
    with cluster(units=2, spares=1) as world:
        (_, oid), = tend(world).items()
        first, second = world.app.units
        assert second.action("promote-to-primary", {"scope": "unit"}).failure is None
        world.settle()
        wait_until(lambda: world.settle() is not None and world.primary is second,
                   "the other is the primary")
        relation = world.relate("after-switchover")
        assert oid_of(world, "after-switchover") == oid
        works(world, relation)
        (name, oid), = tend(world).items()
        world.await_replay()
        world.app.remove_unit(first)
        world.settle()
        assert world.app.leader is second and list(spares(world)) == [name]
        assert "spare-passwords" not in second.state
        other = world.relate("another-leader")
        assert oid_of(world, "another-leader") == oid
        works(world, other)
        is_whole_again(world, "third")


def test_the_last_unit_goes_with_its_spares():
    with cluster(spares=1) as world:
        tend(world)
        world.app.remove_unit(world.app[0])
        world.settle()
        world.app.add_unit()
        world.settle()
        is_whole_again(world, "begun-anew")
