# SPDX-License-Identifier: Apache-2.0
"""Taking over a database that somebody made by hand."""

import contextlib
import json
import threading

import psycopg2
import pytest
from fake_basics import wait_until
from postgresql_world import cluster

GROUP = pytest.mark.xdist_group("postgresql_adopt")

# All that people make, by a user without rights and by the operator; what only
# a superuser can make stays with the operator.
MADE = """
    CREATE SCHEMA "sch""em'a; --";
    CREATE TABLE "sch""em'a; --"."ta""b'le; --" (id serial PRIMARY KEY, note text);
    INSERT INTO "sch""em'a; --"."ta""b'le; --" (note) VALUES ('kept');
    CREATE TABLE plain (a int GENERATED ALWAYS AS IDENTITY, b int) PARTITION BY RANGE (b);
    CREATE TABLE plain_1 PARTITION OF plain FOR VALUES FROM (0) TO (10);
    CREATE SEQUENCE numbers;
    CREATE VIEW seen AS SELECT b FROM plain;
    CREATE MATERIALIZED VIEW kept AS SELECT b FROM plain;
    CREATE STATISTICS stats ON a, b FROM plain;
    CREATE TYPE mood AS ENUM ('ok');
    CREATE TYPE pair AS (a int, b int);
    CREATE TYPE span AS RANGE (subtype = int);
    CREATE DOMAIN small AS int CHECK (VALUE < 10);
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE FUNCTION twice(text) RETURNS text LANGUAGE sql AS 'SELECT $1 || $1';
    CREATE PROCEDURE work(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := 1; END';
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
    CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
    CREATE COLLATION other FROM "C";
    CREATE TEXT SEARCH CONFIGURATION words (copy = simple);
    CREATE TEXT SEARCH DICTIONARY dict (template = simple);
    SELECT lo_create(4711);
"""
SPECIAL = """
    CREATE EXTENSION pg_trgm;
    CREATE FUNCTION in_c() RETURNS int LANGUAGE internal AS 'pg_backend_pid';
    CREATE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION guard();
"""
OWNERS = """
    SELECT replace(o.type || ' ' || o.identity, 'pg_catalog.', '') FROM pg_shdepend s, pg_identify_object(
        s.classid, s.objid, s.objsubid) o WHERE s.deptype = 'o' AND s.refobjid =
        (SELECT oid FROM pg_roles WHERE rolname = %s) AND s.dbid =
        (SELECT oid FROM pg_database WHERE datname = current_database())"""


@pytest.fixture(scope="module")
def pair():
    with cluster(units=2) as world:
        yield world


def make(world, name, owner="operator"):
    """A database by hand: with things of its owner's, and of the operator's."""
    unit = world.app[0]
    password = world.operator()
    if owner != "operator":
        world.query(unit, f"CREATE ROLE {owner} LOGIN CREATEDB PASSWORD 'x'")
        password = "x"
    world.query(unit, f'CREATE DATABASE "{name}"', user=owner, password=password)
    world.query(unit, f'GRANT CREATE ON SCHEMA public TO {owner}', name)
    world.query(unit, MADE, name, owner, password)
    world.query(unit, SPECIAL, name)


def adopt(world, name, unit=0):
    return world.app[unit].action("adopt-database", {"database": name}, timeout=60)


def owned(world, name, role):
    return {row[0] for row in world.query(world.app[0], OWNERS, name, args=(role,))}


def roles_of(world, name):
    return {r for r in world.roles() if r.split(":")[0] == name}


@GROUP
@pytest.mark.parametrize("owner", ["operator", "app_owner"])
def test_a_refused_request_is_granted_by_itself_when_its_database_is_taken_over(pair, owner):
    name = f"of {owner}"
    make(pair, name, owner)
    relation = pair.relate(name)
    status = json.loads(pair.bag(relation)["status"])[0]
    assert status["message"] == \
        f'database "{name}" exists already and was not made for a relation'
    assert "adopt-database" in status["resolution"]
    result = adopt(pair, name)
    assert result.failure is None, result
    assert (result.results["database"], result.results["owner"]) == (name, f"{name}:owner")
    pair.settle()
    assert "status" not in pair.bag(relation)
    ours = owned(pair, name, f"{name}:owner")
    assert result.results["objects"] <= len(ours)
    for thing in ("table public.plain_1", "function public.twice(text)", "procedure public.work(integer)",
                  "aggregate public.total(integer)", "operator public.===(integer,integer)",
                  "type public.mood", "type public.span", "large object 4711", "schema public",
                  "statistics object public.stats", "text search dictionary public.dict",
                  "materialized view public.kept", "sequence public.numbers"):
        assert thing in ours, ours
    assert not any("in_c" in o or "guard" in o or "trgm" in o or "similarity" in o for o in ours)
    assert pair.query(pair.app[0], "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE "
                      "datname = %s", args=(name,)) == [("operator",)]
    if owner != "operator":
        assert owned(pair, name, owner) == set()
        assert pair.query(pair.app[0], 'SELECT note FROM "sch""em\'a; --"."ta""b\'le; --"', name,
                          owner, "x") == [("kept",)]
    # The client does with it as it likes, and a reader reads it.
    reader = pair.relate(name, extra_user_roles="reader")
    assert pair.client_query(reader, pair.app[1], 'SELECT note FROM "sch""em\'a; --"."ta""b\'le;'
                             ' --"') == [("kept",)]
    pair.client_query(relation, pair.app[0], """
        ALTER TABLE "sch""em'a; --"."ta""b'le; --" ADD more int;
        INSERT INTO "sch""em'a; --"."ta""b'le; --" (note) VALUES ('new');
        DROP SCHEMA "sch""em'a; --" CASCADE; DROP TABLE plain CASCADE; DROP SEQUENCE numbers;
        DROP TYPE mood, pair, span; DROP DOMAIN small; DROP ROUTINE twice(int), twice(text), work;
        DROP AGGREGATE total(int); DROP OPERATOR === (int, int); DROP COLLATION other;
        DROP TEXT SEARCH CONFIGURATION words; DROP TEXT SEARCH DICTIONARY dict;
        SELECT lo_unlink(4711)""")
    for sql in ("ALTER FUNCTION in_c() STRICT", "DROP EXTENSION pg_trgm",
                "CREATE OR REPLACE FUNCTION guard() RETURNS event_trigger LANGUAGE plpgsql "
                "AS 'BEGIN ALTER USER operator PASSWORD NULL; END'"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            pair.client_query(relation, pair.app[0], sql)
    for one in (reader, relation):
        pair.remove(one)
    again = adopt(pair, name)
    assert (again.failure, again.results["objects"]) == (None, 0)
    fresh = pair.relate(name)
    assert pair.client_query(fresh, pair.app[0], "CREATE TABLE t (); SELECT 1") == [(1,)]
    pair.remove(fresh)


@GROUP
def test_what_cannot_be_taken_over_is_refused_with_a_reason(pair):
    unit = pair.app[0]
    pair.query(unit, "CREATE DATABASE tmpl IS_TEMPLATE true")
    pair.query(unit, "CREATE DATABASE closed ALLOW_CONNECTIONS false")
    pair.query(unit, "CREATE DATABASE role_taken")
    pair.query(unit, "CREATE ROLE role_taken LOGIN")
    before = pair.roles()
    for name, why in (
            ("postgres", 'database name "postgres" is reserved; choose another database name'),
            ("nothing", 'database "nothing" does not exist'),
            ("tmpl", 'database "tmpl" is a template, or lets nobody in'),
            ("closed", 'database "closed" is a template, or lets nobody in'),
            ("", "the database name is empty; choose another database name")):
        assert adopt(pair, name).failure == why
    assert 'role "role_taken" exists already' in adopt(pair, "role_taken").failure
    assert adopt(pair, "nothing", unit=1).failure == "The action can be run only on leader unit"
    assert pair.roles() == before


@GROUP
def test_a_database_in_use_is_left_as_it_is_and_taken_over_later(pair):
    make(pair, "busy")
    relation = pair.relate("busy")
    with contextlib.closing(pair.connect(pair.app[0], "busy")) as user:
        user.autocommit = False
        user.cursor().execute("SELECT * FROM plain")
        assert adopt(pair, "busy").failure == \
            'database "busy" is in use; try again when its sessions have ended'
    assert roles_of(pair, "busy") == set()
    assert adopt(pair, "busy").failure is None
    pair.settle()
    assert pair.client_query(relation, pair.app[0], "TABLE plain") == []
    pair.remove(relation)


@GROUP
def test_who_is_cut_off_has_done_nothing(pair):
    make(pair, "cut")
    relation = pair.relate("cut")
    waiting = ("SELECT pid FROM pg_stat_activity WHERE datname = 'cut' AND wait_event_type = "
               "'Lock'")
    results = []
    with contextlib.closing(pair.connect(pair.app[0], "cut")) as user:
        user.autocommit = False
        user.cursor().execute("SELECT * FROM plain")
        action = threading.Thread(target=lambda: results.append(adopt(pair, "cut")))
        action.start()
        pid = wait_until(lambda: pair.query(pair.app[0], waiting), "it waits for the lock")[0][0]
        pair.query(pair.app[0], "SELECT pg_terminate_backend(%s)", args=(pid,))
        action.join(60)
    assert results[0].failure is not None
    assert roles_of(pair, "cut") == set() and owned(pair, "cut", "operator") == set()
    assert "status" in pair.bag(relation)
    assert adopt(pair, "cut").failure is None
    pair.settle()
    assert pair.client_query(relation, pair.app[0], "TABLE plain") == []
    pair.remove(relation)


@GROUP
def test_a_database_that_is_made_by_hand_in_the_place_of_ours_is_not_ours(pair):
    first = pair.relate("again")
    pair.remove(first)
    pair.query(pair.app[0], "DROP DATABASE again")
    make(pair, "again")
    second = pair.relate("again")
    assert "exists already" in pair.bag(second)["status"]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        pair.connect(pair.app[0], "again", f"relation-{second.id}", "x")
    assert adopt(pair, "again").failure is None
    pair.settle()
    assert pair.client_query(second, pair.app[0], "TABLE plain") == []
    # Of one that was dropped the roles are left, and used for the next.
    pair.remove(second)
    pair.query(pair.app[0], "DROP DATABASE again")
    third = pair.relate("again")
    assert pair.client_query(third, pair.app[0], "CREATE TABLE t (); SELECT 1") == [(1,)]
    pair.remove(third)
