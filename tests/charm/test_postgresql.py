# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL charm on real servers: cluster, access, revocation."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess

import psycopg2
import pytest
from fake_basics import charm_dir, wait_until
from fake_tenond import HookFailed, Model
from postgresql_world import GONE, cluster, files_with, psql

PAIR = pytest.mark.xdist_group("postgresql_pair")


@pytest.fixture(scope="module")
def pair():
    """Two units, used by every test that leaves no trace."""
    with cluster(units=2) as world:
        yield world


def acl_lines(listing, database):
    """The cells of the last column of a database's rows in psql's \\l."""
    lines = listing.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split("|")[0].strip() == database)
    cells = [lines[start].split("|")[-1]]
    for line in lines[start + 1:]:
        if line.split("|")[0].strip():
            break
        if "|" not in line:
            break
        cells.append(line.split("|")[-1])
    return [cell.strip().rstrip("+").strip() for cell in cells]


# ---- the cluster ----

@PAIR
def test_the_leader_bootstraps_and_the_other_streams(pair):
    assert pair.app[0].status == ("active", "Primary")
    assert pair.app[1].status == ("active", "")
    assert pair.app.status == ("active", "")
    assert pair.app.version == "" and pair.app[0].ports == set()
    assert pair.primary is pair.app[0]
    assert pair.slots() == ["postgresql_1"]
    assert pair.query(pair.app[1], "SELECT status, sender_host, slot_name "
                      "FROM pg_stat_wal_receiver") == \
        [("streaming", pair.app[0].address, "postgresql_1")]


@PAIR
def test_units_pass_through_the_known_states(pair):
    assert pair.app[0].statuses[:5] == [
        ("maintenance", "installing PostgreSQL"), ("waiting", "waiting to start PostgreSQL"),
        ("maintenance", "initialising the database"),
        ("waiting", "awaiting for member to start"), ("active", "Primary")]
    waiting = [s for s in pair.app[1].statuses if s[0] != "active"]
    assert waiting[:3] == [
        ("maintenance", "installing PostgreSQL"), ("waiting", "waiting to start PostgreSQL"),
        ("waiting", "awaiting for cluster to start")]
    assert ("maintenance", "cloning from postgresql/0") in waiting


@PAIR
def test_the_server_is_set_up_as_promised(pair):
    def show(name):
        return pair.query(pair.app[0], f"SHOW {name}")[0][0]

    assert show("data_checksums") == "on"
    assert show("listen_addresses") == pair.app[0].address
    assert show("wal_level") == "logical"
    assert show("password_encryption") == "scram-sha-256"
    assert show("unix_socket_directories") == ""
    assert show("server_encoding") == "UTF8" and show("lc_collate") == "C.UTF-8"
    assert pair.query(pair.app[0], "SELECT oid FROM pg_roles WHERE rolname = 'operator'") == \
        [(10,)]
    assert pair.query(pair.app[0], "SELECT count(*) FROM pg_hba_file_rules "
                      "WHERE error IS NOT NULL") == [(0,)]


@PAIR
def test_system_users_have_passwords_of_their_own(pair):
    seen = set()
    for user in ("operator", "rewind", "monitoring", "backup"):
        results = pair.app[1].action("get-password", {"username": user}).results
        password = results[f"{user}-password"]
        assert len(password) == 32 and password.isalnum()
        assert pair.query(pair.app[0], "SELECT session_user", "postgres", user, password) == \
            [(user,)]
        seen.add(password)
    assert len(seen) == 4
    password = pair.app[0].action("get-password", {"username": "replication"}).results
    with pytest.raises(psycopg2.OperationalError, match="pg_hba.conf rejects"):
        pair.connect(pair.app[0], "postgres", "replication", password["replication-password"])


@PAIR
def test_actions_answer_on_every_unit(pair):
    for unit in pair.app.units:
        assert unit.action("get-primary").results == {"primary": "postgresql/0"}
        assert list(unit.action("get-password").results) == ["operator-password"]
    refused = pair.app[0].action("get-password", {"username": "postgres"})
    assert refused.failure == (
        "The action can be run only for users used by the charm: operator, replication, rewind, "
        "monitoring, backup not postgres")
    assert pair.app[1].action("set-password").failure == \
        "The action can be run only on leader unit"


def test_a_password_is_changed_for_server_and_units():
    with cluster() as world:
        leader, old = world.app[0], world.operator()
        made = leader.action("set-password").results["operator-password"]
        assert made == world.operator() != old
        assert world.query(leader, "SELECT 1") == [(1,)]
        assert "password authentication failed" in world.refusal(
            leader, {"username": "operator", "password": old}, "postgres")
        given = "it's 100% \\ \u00e9"
        assert leader.action("set-password", {"username": "monitoring", "password": given}) \
            .results == {"monitoring-password": given}
        assert world.query(leader, "SELECT 1", user="monitoring", password=given) == [(1,)]
        assert leader.action("set-password", {"password": "two\nlines"}).failure == \
            "The password must be 1 to 256 bytes of text on one line"
        leader.stop_process()
        relation = world.relate("after")
        assert world.client_query(relation, leader, "SELECT 1") == [(1,)]


# ---- access ----

@PAIR
def test_a_relation_gives_access_on_every_member(pair):
    relation = pair.relate("test-database")
    bag = pair.answer(relation)
    assert json.loads(bag.pop("data")) == {"database": "test-database"}
    assert bag == {
        "database": "test-database", "endpoints": f"{pair.app[0].address}:5432",
        "password": bag["password"], "read-only-endpoints": f"{pair.app[1].address}:5432",
        "tls": "False", "uris": bag["uris"],
        "username": f"relation-{relation.id}", "version": bag["version"]}
    assert len(bag["password"]) == 32 and bag["password"].isalnum()
    assert bag["version"] == \
        pair.query(pair.app[0], "SHOW server_version")[0][0].split(" ")[0]
    for unit in pair.app.units:
        status, listing, errors = psql(unit, bag, "test-database", "-c", "\\l")
        assert (status, errors) == (0, "")
        assert acl_lines(listing, "test-database") == [
            "=Tc/operator", "operator=CTc/operator", f'"{bag["username"]}"=CTc/operator',
            '"test-database:owner"=C/operator']
        assert psql(unit, bag, "postgres", "--list")[1] == listing
        assert acl_lines(listing, "postgres") == [""]
    pair.client_query(relation, pair.app[0], "CREATE TABLE t AS SELECT 1 AS a")
    pair.await_replay()
    assert pair.client_query(relation, pair.app[1], "SELECT a FROM t") == [(1,)]
    pair.remove(relation)


@PAIR
def test_other_databases_are_closed(pair):
    one, two = pair.relate("one"), pair.relate("two")
    for unit in pair.app.units:
        for database in ("two", "template1"):
            assert "pg_hba.conf rejects" in pair.refusal(unit, pair.answer(one), database)
        assert pair.refusal(unit, pair.answer(two), "two") is None
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        pair.client_query(one, pair.app[0], "ALTER DATABASE one RENAME TO three")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        pair.client_query(one, pair.app[0], "DROP DATABASE one", "postgres")
    pair.remove(one)
    pair.remove(two)


@PAIR
def test_removal_takes_access_away_everywhere_and_closes_sessions(pair):
    relation = pair.relate("going")
    bag = pair.answer(relation)
    pair.client_query(relation, pair.app[0], "CREATE TABLE kept AS SELECT 7 AS a")
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(contextlib.closing(pair.connect(
            unit, "going", bag["username"], bag["password"]))) for unit in pair.app.units]
        pair.remove(relation)
        for session in sessions:
            with pytest.raises(psycopg2.Error):
                session.cursor().execute("SELECT 1")
    for unit in pair.app.units:
        for database in ("going", "postgres"):
            status, output, errors = psql(unit, bag, database, "-c", "SELECT 1")
            assert (status, output) == (2, "")
            assert errors == (f'psql: error: connection to server at "{unit.address}", port 5432 '
                              f'failed: {GONE.format(bag["username"])}\n')
    assert bag["username"] not in pair.roles()
    assert pair.query(pair.app[0], "SELECT a FROM kept", "going") == [(7,)]


@PAIR
def test_the_next_user_owns_what_the_last_one_made(pair):
    first = pair.relate("shop")
    old = pair.answer(first)
    pair.client_query(first, pair.app[0], """
        CREATE SCHEMA s; CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1);
        SET ROLE NONE; CREATE TABLE own (b int); INSERT INTO own VALUES (2);
        SELECT lo_create(4242)""")
    pair.remove(first)
    second = pair.relate_again("client" + str(pair.clients), "shop")
    bag = pair.answer(second)
    assert bag["username"] != old["username"] and bag["password"] != old["password"]
    assert pair.client_query(second, pair.app[0], """
        ALTER TABLE s.t ADD c int; INSERT INTO s.t VALUES (3, 3); DROP TABLE own;
        ALTER SCHEMA s RENAME TO z; SELECT count(*) FROM z.t""") == [(2,)]
    pair.client_query(second, pair.app[0], "SELECT lo_unlink(4242)")
    listing = psql(pair.app[0], bag, "shop", "-c", "\\l")[1]
    assert acl_lines(listing, "shop") == [
        "=Tc/operator", "operator=CTc/operator", f'"{bag["username"]}"=CTc/operator',
        '"shop:owner"=C/operator']
    pair.remove(second)
    assert pair.query(pair.app[0], "SELECT count(*) FROM z.t", "shop") == [(2,)]


@PAIR
def test_objects_left_in_any_database_are_handed_to_the_owner(pair):
    relation = pair.relate("left", extra_user_roles="admin,createdb")
    pair.client_query(relation, pair.app[0], "CREATE TABLE t (); SELECT lo_create(41)")
    pair.client_query(relation, pair.app[0], "SELECT lo_create(42)", "postgres")
    for name in ("left_open", "left_closed"):
        pair.client_query(relation, pair.app[0], f"CREATE DATABASE {name}", "postgres")
        pair.client_query(relation, pair.app[0], "CREATE SCHEMA s; CREATE TABLE s.t (); "
                          "SELECT lo_create(43)", name)
    pair.client_query(relation, pair.app[0],
                      "ALTER DATABASE left_closed ALLOW_CONNECTIONS false", "postgres")
    user = pair.answer(relation)["username"]
    pair.remove(relation)
    assert user not in pair.roles()
    assert pair.query(pair.app[0], "SELECT datname, datallowconn, pg_get_userbyid(datdba) "
                      "FROM pg_database WHERE datname ~ '^left_' ORDER BY 1") == [
        ("left_closed", False, "left:owner"), ("left_open", True, "left:owner")]
    pair.query(pair.app[0], "ALTER DATABASE left_closed ALLOW_CONNECTIONS true")
    for name, oid in (("left", 41), ("postgres", 42), ("left_open", 43), ("left_closed", 43)):
        assert pair.query(pair.app[0], "SELECT pg_get_userbyid(lomowner) FROM "
                          "pg_largeobject_metadata WHERE oid = %s", name, args=(oid,)) == \
            [("left:owner",)]
    assert pair.query(pair.app[0], "SELECT pg_get_userbyid(relowner) FROM pg_class "
                      "WHERE oid = 's.t'::regclass", "left_closed") == [("left:owner",)]


@PAIR
def test_clients_of_one_database_share_it(pair):
    one, two = pair.relate("shared"), pair.relate("shared")
    pair.client_query(one, pair.app[0], "CREATE TABLE t (a int)")
    pair.client_query(two, pair.app[0], "ALTER TABLE t ADD b int; INSERT INTO t VALUES (1, 2)")
    pair.remove(one)
    assert pair.client_query(two, pair.app[0], "SELECT * FROM t") == [(1, 2)]
    pair.remove(two)


@PAIR
def test_names_that_differ_in_case_are_two_databases(pair):
    upper, lower = pair.relate("Case"), pair.relate("case")
    pair.client_query(upper, pair.app[0], "CREATE TABLE only_upper ()")
    assert pair.client_query(lower, pair.app[0], "SELECT to_regclass('only_upper')") == [(None,)]
    assert "pg_hba.conf rejects" in pair.refusal(pair.app[0], pair.answer(lower), "Case")
    pair.remove(upper)
    pair.remove(lower)


@PAIR
def test_uris_are_given_when_they_are_asked_for(pair):
    keys = ["username", "password", "tls", "tls-ca", "uris", "read-only-uris"]
    relation = pair.relate("plain", requested_secrets=json.dumps(keys))
    bag = pair.answer(relation)
    assert (bag["tls"], "tls-ca" in bag) == ("False", False)
    for key, unit, recovering in (("uris", pair.app[0], False), ("read-only-uris", pair.app[1], True)):
        assert f"@{unit.address}:5432/" in bag[key]
        with contextlib.closing(psycopg2.connect(bag[key])) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT current_database(), session_user, pg_is_in_recovery()")
            assert cursor.fetchall() == [("plain", bag["username"], recovering)]
    few = pair.relate("few", requested_secrets='["uris"]')
    assert "uris" in pair.answer(few) and not {"read-only-uris", "tls"} & set(pair.answer(few))
    odd = pair.relate("few", requested_secrets="not json")
    assert pair.client_query(odd, pair.app[0], "SELECT 1") == [(1,)]
    # Older clients list nothing, and find what older charms have told them.
    older = pair.relate("older")
    bag = pair.bag(older)
    assert bag["tls"] == "False" and "read-only-uris" not in bag
    with contextlib.closing(psycopg2.connect(bag["uris"])) as connection:
        connection.cursor().execute("CREATE TABLE t ()")
    for one in (relation, few, odd, older):
        pair.remove(one)


@PAIR
def test_what_is_not_ours_is_never_taken_over(pair):
    pair.query(pair.app[0], "CREATE DATABASE foreign_one")
    pair.query(pair.app[0], "CREATE ROLE \"foreign_two:owner\"")
    for name, thing in (("foreign_one", "database"), ("foreign_two", "role")):
        relation = pair.relate(name)
        assert f'{thing} \\"{name}' in pair.answer(relation)["status"]
        assert "username" not in pair.answer(relation)
        pair.remove(relation)
    assert pair.query(pair.app[0], "SELECT datacl FROM pg_database "
                      "WHERE datname = 'foreign_one'") == [(None,)]
    assert "foreign_two" not in pair.roles()


@PAIR
def test_a_refused_request_is_answered_when_its_cause_is_gone(pair):
    pair.query(pair.app[0], "CREATE DATABASE later")
    relation = pair.relate("later")
    assert "status" in pair.answer(relation)
    pair.query(pair.app[0], "DROP DATABASE later")
    assert pair.app[0].hook("config-changed").ok
    pair.settle()
    assert pair.client_query(relation, pair.app[0], "SELECT 1") == [(1,)]
    pair.remove(relation)


@PAIR
def test_extra_user_roles_are_given_or_refused(pair):
    reader = pair.relate("extra", extra_user_roles="reader")
    writer = pair.relate("extra")
    pair.client_query(writer, pair.app[0], "CREATE TABLE t AS SELECT 1 AS a")
    assert pair.client_query(reader, pair.app[0], "SELECT a FROM t") == [(1,)]
    with pytest.raises(psycopg2.Error):
        pair.client_query(reader, pair.app[0],
                          "SET transaction_read_only = off; INSERT INTO t VALUES (2)")
    admin = pair.relate("extra", extra_user_roles="admin, createdb")
    pair.client_query(admin, pair.app[0], "CREATE DATABASE made_by_admin", "postgres")
    assert pair.client_query(admin, pair.app[0], "SELECT a FROM t") == [(1,)]
    assert pair.client_query(admin, pair.app[0], "SELECT 1", "made_by_admin") == [(1,)]
    pair.client_query(admin, pair.app[0], "CREATE SCHEMA mine", "made_by_admin")
    boss = pair.relate("extra", extra_user_roles="boss")
    refusal = json.loads(pair.answer(boss)["status"])[0]["message"]
    assert refusal == (
        'extra user role "boss" is not known; possible are: admin, createdb, createrole, '
        "superuser, reader, charmed_read, charmed_dml, charmed_admin, charmed_stats")
    assert "username" not in pair.answer(boss)
    pair.ask(boss, extra_user_roles=" Admin ")
    assert pair.client_query(boss, pair.app[0], "SELECT a FROM t") == [(1,)]
    for relation in (reader, writer, admin, boss):
        pair.remove(relation)
    assert not {r for r in pair.roles() if r.startswith("relation-")}
    assert pair.query(pair.app[0], "SELECT pg_get_userbyid(datdba) FROM pg_database "
                      "WHERE datname = 'made_by_admin'") == [("extra:owner",)]


@PAIR
def test_the_roles_of_the_newer_charm_are_known(pair):
    writer, other = pair.relate("newer"), pair.relate("another")
    for relation in (writer, other):
        pair.client_query(relation, pair.app[0], "CREATE TABLE t AS SELECT 1 AS a")
    write = "SET transaction_read_only = off; INSERT INTO t VALUES (2)"
    given = {role: pair.relate("newer", extra_user_roles=role) for role in
             ("charmed_read", "charmed_dml", "charmed_admin", "charmed_stats")}
    pair.await_replay()
    for role in ("charmed_read", "charmed_dml", "charmed_admin"):
        for database in ("newer", "another"):
            assert pair.client_query(given[role], pair.app[1], "SELECT a FROM t",
                                     database) == [(1,)], role
    for role in ("charmed_read", "charmed_dml"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            pair.client_query(given[role], pair.app[0],
                              "SET transaction_read_only = off; CREATE TABLE u ()")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        pair.client_query(given["charmed_read"], pair.app[0], write)
    pair.client_query(given["charmed_dml"], pair.app[0], write, "another")
    pair.client_query(given["charmed_admin"], pair.app[0], "CREATE DATABASE adm", "postgres")
    assert pair.client_query(given["charmed_stats"], pair.app[0], "SELECT pg_has_role("
                             "'pg_monitor', 'usage'), a FROM t") == [(True, 1)]
    assert "pg_hba.conf rejects" in pair.refusal(
        pair.app[0], pair.answer(given["charmed_stats"]), "another")
    for relation in (writer, other, *given.values()):
        pair.remove(relation)
    assert not {r for r in pair.roles() if r.startswith("relation-")}


@PAIR
def test_roles_change_while_related(pair):
    relation = pair.relate("live", extra_user_roles="admin")
    before = pair.answer(relation)
    pair.client_query(relation, pair.app[0], "CREATE TABLE t AS SELECT 1 AS a; "
                      "SELECT lo_create(77)")
    session = pair.connect(pair.app[0], "live", before["username"], before["password"])
    pair.ask(relation, extra_user_roles="reader")
    with contextlib.closing(session), pytest.raises(psycopg2.Error):
        session.cursor().execute("INSERT INTO t VALUES (2)")
    after = pair.answer(relation)
    assert json.loads(after.pop("data")) == {"database": "live", "extra-user-roles": "reader"}
    assert after == {k: v for k, v in before.items() if k != "data"}
    for unit in pair.app.units:
        assert pair.client_query(relation, unit, "SELECT a FROM t") == [(1,)]
        assert "pg_hba.conf rejects" in pair.refusal(unit, after, "template1")
    for sql in ("INSERT INTO t VALUES (2)", "DROP TABLE t", "SELECT lo_unlink(77)"):
        with pytest.raises(psycopg2.Error):
            pair.client_query(relation, pair.app[0],
                              "SET transaction_read_only = off; " + sql)
    pair.ask(relation, extra_user_roles="boss")
    assert '\\"boss\\" is not known' in pair.answer(relation)["status"]
    assert pair.client_query(relation, pair.app[1], "SELECT a FROM t") == [(1,)]
    pair.ask(relation, extra_user_roles="Reader ")
    assert "status" not in pair.answer(relation)
    pair.ask(relation, extra_user_roles=None)
    assert pair.client_query(relation, pair.app[0], "DROP TABLE t; SELECT lo_unlink(77); "
                             "SELECT current_user") == [("live:owner",)]
    pair.ask(relation, extra_user_roles="superuser")
    assert pair.client_query(relation, pair.app[0], "SELECT rolsuper FROM pg_roles WHERE "
                             "rolname = current_user") == [(True,)]
    pair.remove(relation)


@PAIR
def test_a_relation_that_never_asked_can_be_removed(pair):
    before = pair.roles()
    pair.remove(pair.relate())
    assert pair.roles() == before


# ---- scale ----

def test_members_come_and_go_and_clients_are_told():
    with cluster() as world:
        relation = world.relate("app", requested_secrets='["uris", "read-only-uris"]')
        assert not {"read-only-endpoints", "read-only-uris"} & set(world.answer(relation))
        world.client_query(relation, world.app[0], "CREATE TABLE t AS SELECT 5 AS a")
        one, two = world.app.add_unit(), world.app.add_unit()
        world.settle()
        assert world.slots() == ["postgresql_1", "postgresql_2"]
        assert world.answer(relation)["read-only-endpoints"] == \
            f"{one.address}:5432,{two.address}:5432"
        for unit in (one, two):
            assert world.client_query(relation, unit, "SELECT a FROM t") == [(5,)]
        assert f"@{one.address}:5432,{two.address}:5432/app" in \
            world.answer(relation)["read-only-uris"]
        world.app.remove_unit(two)
        world.settle()
        assert world.answer(relation)["read-only-endpoints"] == f"{one.address}:5432"
        assert world.query(world.app[0], "SELECT slot_name FROM pg_replication_slots") == \
            [("postgresql_1",)]
        assert world.client_query(relation, world.app[0], "SELECT a FROM t") == [(5,)]


def test_removing_the_primary_hands_over_everything():
    with cluster(units=3) as world:
        relation = world.relate("app")
        first, one, two = world.app.units
        world.client_query(relation, first, "CREATE TABLE t (a int)")
        for n in range(50):
            world.client_query(relation, first, f"INSERT INTO t VALUES ({n})")
        bag = world.answer(relation)
        world.app.remove_unit(first)
        world.settle()
        assert world.primary is one
        assert (one.status, two.status) == (("active", "Primary"), ("active", ""))
        assert one.action("get-primary").results == {"primary": "postgresql/1"}
        after = world.answer(relation)
        assert after["endpoints"] == f"{one.address}:5432"
        assert after["read-only-endpoints"] == f"{two.address}:5432"
        assert (after["username"], after["password"]) == (bag["username"], bag["password"])
        assert world.client_query(relation, one, "SELECT count(*) FROM t") == [(50,)]
        world.client_query(relation, one, "INSERT INTO t VALUES (99)")
        world.await_replay()
        assert world.client_query(relation, two, "SELECT count(*) FROM t") == [(51,)]
        assert world.slots() == ["postgresql_2"]
        late = world.relate("late")
        assert world.client_query(late, two, "SELECT 1") == [(1,)]
        world.remove(relation)
        for unit in (one, two):
            assert GONE.format(bag["username"]) in world.refusal(unit, bag, "app")


def test_a_unit_that_goes_leaves_the_users_of_its_relations():
    with cluster(units=2) as world:
        relation = world.relate("app")
        leader, other = world.app.units
        world.app.remove_unit(leader)
        world.settle()
        assert "database-relation-broken" in leader.hooks
        assert world.client_query(relation, other, "SELECT 1") == [(1,)]


def test_the_last_unit_keeps_its_data():
    with cluster() as world:
        unit = world.app[0]
        world.relate("app")
        world.app.remove_unit(unit)
        world.settle()
        assert unit.services["postgres"].describe()["state"] == "stopped"
        data = unit.dir / "storage" / "pgdata" / "data"
        assert (data / "PG_VERSION").exists() and not (data / "postmaster.pid").exists()


# ---- the service ----

def test_a_killed_server_comes_back_and_is_seen():
    with cluster(units=2) as world:
        relation = world.relate("app")
        for unit, status in zip(world.app.units, (("active", "Primary"), ("active", ""))):
            os.kill(unit.services["postgres"].pid, 9)
            world.model.wait_for_service_event()
            world.settle()
            wait_until(lambda u=unit: not u.pending_services or world.settle() is None,
                       "all service events are handled")
            assert unit.status == status
            assert world.client_query(relation, unit, "SELECT 1") == [(1,)]


def takes_port(listener, address):
    """Whether the port was free, and is the listener's now."""
    with contextlib.suppress(OSError):
        listener.bind((address, 5432))
        return True
    return False


def test_a_server_that_cannot_start_says_why_and_starts_later():
    with cluster() as world:
        unit = world.app[0]
        os.kill(unit.services["postgres"].pid, 9)
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wait_until(lambda: takes_port(other, unit.address), "the port is free")
            other.listen()
            wait_until(lambda: unit.services["postgres"].describe()["state"] == "failed", "failed")
            with pytest.raises(HookFailed) as failure:
                world.settle()
            assert "PostgreSQL does not start: " in str(failure.value)
            assert f"{unit.address}:5432 is taken by " in str(failure.value)
            assert f"(pid {os.getpid()})" in str(failure.value)
        world.settle()
        assert unit.status == ("active", "Primary")


# ---- secrets ----

def test_no_password_stands_where_others_can_read_it():
    with cluster(units=2) as world:
        world.query(world.app[0], "ALTER SYSTEM SET log_statement = 'all'")
        world.query(world.app[0], "SELECT pg_reload_conf()")
        relation = world.relate("app")
        secret = world.answer(relation)["password"]
        world.app[0].action("set-password", {"username": "rewind"})
        peers = world.model.relations[0].app_bags["postgresql"]
        secrets = [v for k, v in peers.items() if k.endswith("-password")] + [secret]
        assert len(secrets) == 7
        for unit in world.app.units:
            for pid in pathlib.Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    text = (pid / "cmdline").read_bytes() + (pid / "environ").read_bytes()
                    assert not [s for s in secrets if s.encode() in text]
            for word in secrets:
                for path in files_with(unit.dir, word):
                    assert path == unit.dir / "postgres" / "pgpass"
                    assert path.stat().st_mode & 0o777 == 0o600
        world.remove(relation)
        assert not files_with(world.app[0].dir / "log", secret)


# ---- can it be deployed here ----

def check(channel, **env):
    done = subprocess.run([charm_dir("postgresql") / "dispatch", "check", channel],
                          env={**os.environ, **env}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("channel", ["15/stable", "edge", ""])
def test_the_check_agrees_to_what_is_installed_and_says_what_it_is(channel):
    status, found, errors = check(channel)
    assert (status, errors) == (0, "")
    assert re.fullmatch(r"PostgreSQL (\d+)\.\d+ is in /usr/lib/postgresql/\1/bin"
                        r"(; tracks: \d.*)?\n", found), found


def test_the_check_names_what_is_installed():
    installed = sorted((p.parent.parent.name for p in
                        pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")), key=int)
    assert check("9/stable") == (
        1, f'track "9" is not installed; installed: {", ".join(installed)}\n'
           "apt-get install postgresql-9\n", "")
    assert check("15/stable", TENON_PG_BINDIR="/nowhere") == (
        1, "PostgreSQL is not installed\napt-get install postgresql; or start tenond "
        "with TENON_PG_BINDIR, the directory of its programs\n", "")


BREAKS_ROLES = ("ALTER ROLE ... SET role has no effect in it, "
                "so a client's tables would not belong to their database")
TOO_OLD = "it knows neither recovery_init_sync_method nor pg_read_all_data"


@pytest.mark.parametrize("release, name, reason, better", [
    ("12.21", "12", TOO_OLD, "14"), ("13.22", "13", TOO_OLD, "14"),
    ("14.14", "14.14", BREAKS_ROLES, "14.15"), ("15.9", "15.9", BREAKS_ROLES, "15.10"),
    ("16.5", "16.5", BREAKS_ROLES, "16.6"), ("17.1", "17.1", BREAKS_ROLES, "17.2")])
def test_a_release_that_cannot_be_used_is_refused(tmp_path, release, name, reason, better):
    bindir = tmp_path / release.split(".", maxsplit=1)[0] / "bin"
    bindir.mkdir(parents=True)
    for program in ("postgres", "pg_controldata"):
        (bindir / program).write_text(
            f"#!/bin/sh\necho '{program} (PostgreSQL) {release} (Debian {release}-1)'\n")
        (bindir / program).chmod(0o755)
    message = f"PostgreSQL {name} cannot be used: {reason}"
    assert check("", TENON_PG_BINDIR=str(bindir)) == (
        1, f"{message}\ninstall PostgreSQL {better} or later\n", "")
    with Model(env={"TENON_PG_BINDIR": str(bindir)}) as model:
        result = model.deploy(charm_dir("postgresql"))[0].hook("install")
        assert (result.ok, result.message) == (False, message)


def test_the_charm_is_complete():
    names = {p.name for p in charm_dir("postgresql").iterdir()}
    assert {"dispatch", "metadata.yaml", "config.yaml", "actions.yaml", "revision"} <= names
    assert shutil.which("dispatch", path=charm_dir("postgresql"))
