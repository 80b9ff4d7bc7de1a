# SPDX-License-Identifier: Apache-2.0
"""What the doctor finds in a cluster, and that it changes nothing."""

import os
import pathlib
import signal
import tempfile

import pytest
from fake_basics import wait_until
from postgresql_world import cluster, programs

GROUP = pytest.mark.xdist_group("postgresql_doctor")


@pytest.fixture(scope="module")
def world():
    """With a database that clients have asked for, whichever test comes first."""
    with cluster() as made:
        made.well = made.relate("well", extra_user_roles="createdb")
        yield made


def look(world):
    result = world.app.leader.action("doctor")
    assert result.failure is None, result
    return result.results["findings"]


def troubles(world):
    return [f for f in look(world) if f["level"] != "ok"]


def sql(world, statement, database="postgres", **who):
    return world.query(world.app[0], statement, database, **who)


def one(world, check):
    found = [f for f in troubles(world) if f["check"] == check]
    assert len(found) == 1, found
    return found[0]


@GROUP
def test_a_cluster_that_is_as_we_made_it_has_nothing_wrong(world):
    world.client_query(world.well, world.app[0], "CREATE TABLE mine (a int)")
    findings = look(world)
    assert {f["check"] for f in findings} == {
        "members", "roles", "owners", "drift", "slots", "release", "lag", "commits",
        "unlogged"}
    assert [f for f in findings if f["level"] != "ok"] == []
    # It may, until it goes: that is no error, and is told.
    assert any(f["check"] == "owners" and "become the owner role's" in f["message"]
               for f in findings), findings


@GROUP
def test_a_role_of_a_client_that_makes_roles_is_found(world):
    relation = world.relate("maker", extra_user_roles="createrole")
    world.client_query(relation, world.app[0], 'CREATE ROLE "le\'ft;" NOLOGIN')
    found = one(world, "roles")
    assert found["message"] == 'role "le\'ft;" is nobody\'s: a person made it, or a client ' \
                               'with createrole'
    assert 'DROP ROLE "le\'ft;"' in found["hint"]
    sql(world, 'DROP ROLE "le\'ft;"')
    assert troubles(world) == []


@GROUP
def test_the_user_of_a_relation_that_is_gone_is_found(world):
    sql(world, 'CREATE ROLE "relation-99" LOGIN')
    sql(world, "COMMENT ON ROLE \"relation-99\" IS 'tenon: user of a relation'")
    assert "its relation is gone" in one(world, "roles")["message"]
    sql(world, 'DROP ROLE "relation-99"')


@GROUP
def test_the_roles_of_a_database_that_was_dropped_are_found(world):
    world.remove(world.relate("gone"))
    sql(world, "DROP DATABASE gone")
    found = [f for f in troubles(world) if f["check"] == "roles"]
    assert [f["message"] for f in found] == [
        f"role {role} is nobody's: its database is gone"
        for role in ("gone", '"gone:owner"', '"gone:reader"')]
    for f in found:
        sql(world, f["hint"].removeprefix("if nobody needs it: "))
    assert troubles(world) == []
    relation = world.relate("gone")
    assert world.bag(relation)["database"] == "gone"
    world.remove(relation)


@GROUP
@pytest.mark.parametrize("lost", [["half"], ["half:owner", "half:reader"]])
def test_roles_that_are_left_of_a_database_serve_the_next(world, lost):
    world.remove(world.relate("half"))
    sql(world, "DROP DATABASE half")
    for role in lost:
        sql(world, f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    begin_again(world)


@GROUP
@pytest.mark.parametrize("lost", [["half:reader"], ["half:owner", "half:reader"]])
def test_roles_that_a_database_has_lost_are_made_again(world, lost):
    world.remove(world.relate("half"))
    sql(world, 'REASSIGN OWNED BY "half:owner" TO operator', "half")
    for role in lost:
        sql(world, f'DROP OWNED BY "{role}"', "half")
        sql(world, f'DROP ROLE "{role}"')
    assert {f["message"] for f in troubles(world)} == {
        f'role "{role}" is missing' for role in lost}
    begin_again(world)


def begin_again(world):
    relation = world.relate("half")
    assert world.client_query(relation, world.app[0], "CREATE TABLE IF NOT EXISTS t (); "
                              "SELECT current_user::text") == [("half:owner",)]
    assert troubles(world) == []
    world.remove(relation)
    sql(world, "DROP DATABASE half")
    sql(world, 'DROP ROLE half, "half:owner", "half:reader"')


@GROUP
def test_what_a_login_owns_is_found(world):
    sql(world, "CREATE ROLE person LOGIN PASSWORD 'x'")
    sql(world, "CREATE SCHEMA theirs AUTHORIZATION person", "well")
    found = one(world, "owners")
    assert found["message"] == "person owns 1 objects in database well"
    assert found["hint"] == 'in it: REASSIGN OWNED BY person TO "well:owner"'
    sql(world, found["hint"].removeprefix("in it: "), "well")
    sql(world, "DROP ROLE person")
    assert troubles(world) == []


@GROUP
def test_a_slot_of_nobodys_is_found(world):
    sql(world, "SELECT pg_create_physical_replication_slot('left', true)")
    found = one(world, "slots")
    assert found["level"] == "error"
    assert found["message"].startswith(
        "postgresql/0: slot left is nobody's, is not in use, and holds ")
    sql(world, found["hint"])
    assert troubles(world) == []


@GROUP
@pytest.mark.parametrize("change, mend, text", [
    ("ALTER DATABASE well OWNER TO \"well:owner\"", "ALTER DATABASE well OWNER TO operator",
     'database well belongs to "well:owner", which may drop it'),
    ("ALTER ROLE \"well:reader\" LOGIN", "ALTER ROLE \"well:reader\" NOLOGIN",
     'role "well:reader" may log in, and has no password of ours'),
    ("ALTER ROLE \"well:reader\" RENAME TO away", "ALTER ROLE away RENAME TO \"well:reader\"",
     'role "well:reader" is missing'),
    ("ALTER SYSTEM SET work_mem = '7MB'", "ALTER SYSTEM RESET work_mem",
     "postgresql/0: work_mem = 7MB was set with ALTER SYSTEM, and goes before what the charm "
     "sets"),
    ("ALTER ROLE monitoring NOLOGIN", "ALTER ROLE monitoring LOGIN",
     "role monitoring has lost LOGIN"),
    ("ALTER ROLE rewind SUPERUSER", "ALTER ROLE rewind NOSUPERUSER",
     "role rewind was given SUPERUSER"),
    ("REVOKE pg_monitor FROM monitoring", "GRANT pg_monitor TO monitoring",
     "role monitoring is not in pg_monitor any more"),
    ("ALTER ROLE monitoring RENAME TO \"relation-0\";"
     "COMMENT ON ROLE \"relation-0\" IS 'tenon: spare role'",
     "ALTER ROLE \"relation-0\" RENAME TO monitoring; COMMENT ON ROLE monitoring IS NULL",
     "role monitoring is missing"),
])
def test_what_was_changed_by_hand_is_found(world, change, mend, text):
    sql(world, change)
    assert one(world, "drift")["message"] == text
    sql(world, mend)
    assert troubles(world) == []


@GROUP
def test_a_changed_pg_hba_is_found(world):
    (path,), = sql(world, "SHOW hba_file")
    with open(path, encoding="utf-8") as file:
        before = file.read()
    with open(path, "a", encoding="utf-8") as file:
        file.write("host all all 10.0.0.0/8 trust\n")
    assert one(world, "drift")["message"] == "postgresql/0: pg_hba.conf is not as we wrote it"
    with open(path, "w", encoding="utf-8") as file:
        file.write(before)
    assert troubles(world) == []


@GROUP
def test_what_the_user_of_a_relation_has_lost_or_was_given_is_found(world):
    user = f'"relation-{world.well.id}"'
    for change, text in (
            ("LOGIN", f"role {user} has lost LOGIN"),
            ("CREATEDB", f"role {user} has lost CREATEDB"),
            ("SUPERUSER", f"role {user} was given SUPERUSER")):
        given = "was given" in text
        sql(world, f"ALTER ROLE {user} {'' if given else 'NO'}{change}")
        found = one(world, "drift")
        assert found["message"] == text
        sql(world, found["hint"])
    sql(world, f'REVOKE "well:owner", tenon_clients FROM {user}')
    found = [f for f in troubles(world) if f["check"] == "drift"]
    assert [f["message"] for f in found] == [
        f'role {user} is not in "well:owner" any more',
        f"role {user} is not in tenon_clients any more"]
    for f in found:
        sql(world, f["hint"])
    assert troubles(world) == []


@GROUP
def test_the_user_of_a_relation_that_was_dropped_is_found(world):
    relation = world.relate("dropped")
    user = f'"relation-{relation.id}"'
    sql(world, f"DROP OWNED BY {user}; DROP ROLE {user}", "dropped")
    found = one(world, "drift")
    assert found["message"] == f"role {user} is missing"
    assert found["hint"] == "remove the relation and add it again"
    world.remove(relation)
    assert troubles(world) == []


@GROUP
def test_a_group_need_not_log_in(world):
    relation = world.relate("well", entity_type="GROUP")
    assert troubles(world) == []
    world.remove(relation)


@GROUP
def test_what_needs_a_restart_is_named(world):
    sql(world, "ALTER SYSTEM SET max_connections = 10")
    sql(world, "SELECT pg_reload_conf()")
    wait_until(lambda: len(troubles(world)) > 1, "it has been read")
    assert {f["message"] for f in troubles(world)} == {
        "postgresql/0: max_connections = 10 was set with ALTER SYSTEM, and goes before what the "
        "charm sets",
        "postgresql/0: max_connections is changed with the next start only"}
    sql(world, "ALTER SYSTEM RESET max_connections")
    sql(world, "SELECT pg_reload_conf()")
    wait_until(lambda: troubles(world) == [], "it has been read")


@GROUP
def test_an_extension_that_was_dropped_is_found(world):
    world.app.set_config(plugin_hstore_enable=True, plugin_uuid_ossp_enable=True)
    world.settle()
    assert troubles(world) == []
    sql(world, 'DROP EXTENSION "uuid-ossp"', "well")
    found = one(world, "drift")
    assert found["message"] == \
        'database well does not have extension "uuid-ossp", which is enabled'
    sql(world, found["hint"].removeprefix("in it: "), "well")
    world.app.set_config(plugin_hstore_enable=False, plugin_uuid_ossp_enable=False)
    world.settle()
    sql(world, 'DROP EXTENSION "uuid-ossp"', "well")
    assert troubles(world) == []


@GROUP
def test_an_unlogged_table_is_found(world):
    sql(world, 'CREATE UNLOGGED TABLE "of; one" (a int)', "well")
    found = one(world, "unlogged")
    assert '"of; one" in database well is unlogged' in found["message"]
    sql(world, found["hint"], "well")
    assert troubles(world) == []


@GROUP
def test_every_member_is_looked_at():
    with cluster(units=2) as world:
        standby = world.app[1]
        assert troubles(world) == []
        for change, check, text in (
                ("SELECT pg_create_physical_replication_slot('left', true)", "slots",
                 "postgresql/1: slot left is nobody's, is not in use, and holds "),
                ("ALTER SYSTEM SET work_mem = '7MB'", "drift",
                 "postgresql/1: work_mem = 7MB was set with ALTER SYSTEM, and goes before "),
                ("SELECT pg_wal_replay_pause()", "lag",
                 "postgresql/1: somebody has paused it: it does not replay")):
            world.query(standby, change)
            found = one(world, check)
            assert found["message"].startswith(text)
            world.query(standby, found["hint"])
            assert troubles(world) == []
        (path,), = world.query(standby, "SHOW hba_file")
        with open(path, "a", encoding="utf-8") as file:
            file.write("host all all 127.0.0.0/8 trust\n")
        assert one(world, "drift")["message"] == "postgresql/1: pg_hba.conf is not as we wrote it"


@GROUP
def test_a_member_that_does_not_answer_does_not_serve():
    with cluster(units=2) as world:
        pid = world.app[1].services["postgres"].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            found = one(world, "members")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert found["message"].startswith("postgresql/1 does not serve: ")
        assert found["hint"] == "tenon why postgresql/1"


# It says that it is of a later release, as soon as there is a file of the name.
UPGRADED = """\
[ "$1" != --version ] || [ ! -e {here}/upgraded ] ||
	exec echo "pg_controldata (PostgreSQL) 15.99 (Debian 15.99-1)"
exec {real} "$@"
"""


@GROUP
def test_a_server_that_is_older_than_what_is_installed_is_found():
    with tempfile.TemporaryDirectory() as directory, cluster(units=2, env={
            "TENON_PG_BINDIR": programs(directory, "pg_controldata", UPGRADED)}) as world:
        assert troubles(world) == []
        (pathlib.Path(directory) / "upgraded").touch()
        found = [f for f in troubles(world) if f["check"] == "release"]
        (now,), = sql(world, "SELECT split_part(current_setting('server_version'), ' ', 1)")
        assert [f["message"] for f in found] == [
            f"postgresql/{n}: it runs PostgreSQL {now}, and 15.99 is installed" for n in (0, 1)]
        # What it says has the server started again.
        server = world.app[1].services["postgres"]
        assert f"kill -INT {server.pid}; its charm starts it again" in found[1]["hint"]
        before = server.pid
        os.kill(before, signal.SIGINT)
        wait_until(lambda: server.pid == 0, "it has ended")
        world.settle()
        assert server.pid not in (0, before)
        assert {f["check"] for f in troubles(world)} == {"release"}


@GROUP
def test_only_the_leader_looks():
    with cluster(units=2) as world:
        result = world.app[1].action("doctor")
        assert result.failure == "The action can be run only on leader unit"
