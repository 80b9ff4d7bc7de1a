# SPDX-License-Identifier: Apache-2.0
"""What clients may ask the PostgreSQL charm for, beside a database: secrets, custom entities."""

import contextlib
import json

import psycopg2
import pytest
from fake_basics import wait_until
from fake_tenond import HookFailed
from postgresql_world import cluster

GROUP = pytest.mark.xdist_group("postgresql_requests")
USER_KEYS = '["username", "password", "uris", "read-only-uris", "tls"]'
ENTITY_KEYS = '["username", "password", "uris", "entity-name", "entity-password"]'


@pytest.fixture(scope="module")
def pair():
    with cluster(units=2) as world:
        yield world


def permissions(*entries):
    return json.dumps([{"resource_type": kind, "resource_name": name,
                        "privileges": words.split()} for kind, name, words in entries])


def refusal(world, relation):
    return json.loads(world.answer(relation)["status"])[0]


class Login:
    """Statements as a custom user, with what it was told."""

    def __init__(self, world, relation, name=None, password=None):
        told = world.answer(relation)
        self.unit, self.world = world.app[0], world
        self.name = name or told["entity-name"]
        self.password = password or told["entity-password"]
        self.database = told["database"]

    def query(self, sql, database=None):
        return self.world.query(self.unit, sql, database or self.database, self.name,
                                self.password)

    def may_not(self, sql):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            self.query(sql)


# ---- secrets ----

@GROUP
def test_who_asks_for_secrets_gets_no_password_in_the_databag(pair):
    relation = pair.relate("sealed", requested_secrets=USER_KEYS)
    bag, told = pair.bag(relation), pair.answer(relation)
    assert set(bag) == {"data", "database", "endpoints", "read-only-endpoints", "version",
                        "secret-user", "secret-tls"}
    assert told["password"] not in json.dumps(bag)
    assert set(pair.secret(relation, bag["secret-user"])) == \
        {"username", "password", "uris", "read-only-uris"}
    assert pair.secret(relation, bag["secret-tls"]) == {"tls": "False"}
    assert pair.client_query(relation, pair.app[0], "SELECT 1") == [(1,)]
    pair.remove(relation)
    assert pair.model.secrets == []


@GROUP
def test_who_does_not_ask_gets_it_in_the_databag(pair):
    relation = pair.relate("open")
    assert pair.bag(relation) == pair.answer(relation)
    assert pair.model.secrets == []
    pair.remove(relation)


@GROUP
def test_what_is_not_listed_stays_in_the_databag(pair):
    relation = pair.relate("half", requested_secrets='["password"]')
    bag = pair.bag(relation)
    assert "username" in bag and "password" not in bag
    assert set(pair.secret(relation, bag["secret-user"])) == {"password"}
    pair.remove(relation)


@GROUP
def test_each_client_reads_its_own_secret_only(pair):
    one, two = (pair.relate("shared", requested_secrets=USER_KEYS) for _ in range(2))
    uris = [pair.bag(r)["secret-user"] for r in (one, two)]
    assert uris[0] != uris[1]
    assert pair.secret(two, uris[0]) is None and pair.secret(one, uris[1]) is None
    pair.remove(one)
    assert [s.uri for s in pair.model.secrets if "user" in s.label] == [uris[1]]
    assert pair.client_query(two, pair.app[0], "SELECT 1") == [(1,)]
    pair.remove(two)


@GROUP
def test_secrets_may_be_asked_for_later_and_given_up_again(pair):
    relation = pair.relate("later", extra_user_roles="admin")
    plain = pair.answer(relation)
    pair.ask(relation, requested_secrets='["username", "password"]')
    assert not {"username", "password"} & set(pair.bag(relation))
    sealed = pair.answer(relation)
    assert (sealed["username"], sealed["password"]) == (plain["username"], plain["password"])
    pair.ask(relation, extra_user_roles="reader")
    assert pair.answer(relation)["password"] == plain["password"]
    pair.ask(relation, requested_secrets=None)
    assert pair.bag(relation)["password"] == plain["password"]
    assert "secret-user" not in pair.bag(relation) and pair.model.secrets == []
    pair.remove(relation)


def test_new_endpoints_are_a_new_revision_of_the_uris():
    with cluster() as world:
        relation = world.relate("uris", requested_secrets=USER_KEYS)
        uri = world.bag(relation)["secret-user"]
        assert "read-only-uris" not in world.secret(relation, uri)
        world.app.add_unit()
        world.settle()
        assert world.bag(relation)["secret-user"] == uri
        content = world.secret(relation, uri)
        assert f"@{world.app[1].address}:5432/uris" in content["read-only-uris"]
        assert world.model.secrets[0].revision == 2
        # What a leader before could not remove is removed by the next one.
        world.model.relations.remove(relation)
        for unit in world.app.units:
            unit.seen.pop(relation, None)
        world.app.remove_unit(world.app[0])
        world.settle()
        assert world.model.secrets == [] and world.roles().isdisjoint({"relation-2"})


@GROUP
def test_a_secret_that_is_gone_is_made_anew(pair):
    relation = pair.relate("anew", requested_secrets=USER_KEYS)
    before = pair.answer(relation)
    pair.model.secrets.clear()
    assert pair.app[0].hook("config-changed").ok
    pair.settle()
    after = pair.answer(relation)
    assert after["username"] == before["username"] and after["password"] != before["password"]
    assert pair.client_query(relation, pair.app[1], "SELECT 1") == [(1,)]
    pair.remove(relation)
    assert pair.model.secrets == []


@GROUP
def test_what_a_relation_that_was_forced_out_has_left_is_taken_back(pair):
    relation = pair.relate("forced", requested_secrets=USER_KEYS)
    told = pair.answer(relation)
    # As `remove-relation --force`: no unit runs a hook because of it.
    for unit in pair.model.units:
        unit.seen.pop(relation, None)
    pair.model.relations.remove(relation)
    assert pair.app[0].hook("update-status").ok
    pair.settle()
    assert pair.model.secrets == [] and told["username"] not in pair.roles()
    for unit in pair.app.units:
        assert "password authentication failed" in pair.refusal(unit, told, "forced")


# ---- custom users and groups ----

@pytest.fixture(scope="module")
def shop(pair):
    """The usual client of a database, with tables of its own."""
    relation = pair.relate("shop")
    pair.client_query(relation, pair.app[0], """
        CREATE TABLE orders AS SELECT 1 AS a; CREATE TABLE "odd.na""me" AS SELECT 2 AS a;
        CREATE SCHEMA stock; CREATE TABLE stock.items AS SELECT 3 AS a;
        CREATE SEQUENCE numbers""")
    return relation


@GROUP
def test_a_custom_user_may_do_what_is_listed_and_no_more(pair, shop):
    relation = pair.relate("shop", entity_type="USER", requested_secrets=ENTITY_KEYS,
                           entity_permissions=permissions(
                               ("TABLE", "orders", "SELECT insert"),
                               ("TABLE", 'public."odd.na""me"', "ALL"),
                               ("SEQUENCE", "public.numbers", "USAGE")))
    assert {"username", "password", "secret-user"} & set(pair.bag(relation)) == {"secret-user"}
    told = pair.answer(relation)
    assert "username" not in told and told["entity-name"] == f"relation-{relation.id}"
    assert told["entity-password"] not in json.dumps(pair.bag(relation))
    user = Login(pair, relation)
    assert user.query("INSERT INTO orders VALUES (9); SELECT nextval('numbers'); "
                      'TRUNCATE "odd.na""me"; SELECT count(*) FROM orders') == [(2,)]
    with contextlib.closing(psycopg2.connect(told["uris"])) as connection:
        connection.cursor().execute("SELECT a FROM orders")
    for sql in ("DELETE FROM orders", "SELECT * FROM stock.items", "CREATE TABLE x ()",
                "DROP TABLE orders", "CREATE SCHEMA x", 'SET ROLE "shop:owner"'):
        user.may_not(sql)
    assert "pg_hba.conf rejects" in pair.refusal(
        pair.app[0], {"username": user.name, "password": user.password}, "template1")
    pair.remove(relation)
    assert "password authentication failed" in pair.refusal(
        pair.app[1], {"username": user.name, "password": user.password}, "shop")
    assert user.name not in pair.roles()


@GROUP
def test_the_permissions_of_a_custom_user_change_while_related(pair, shop):
    relation = pair.relate("shop", entity_type="user", entity_permissions=permissions(
        ("TABLE", "stock.*", "SELECT"), ("SCHEMA", "public", "USAGE CREATE"),
        ("DATABASE", "shop", "CREATE")))
    user = Login(pair, relation)
    pair.client_query(shop, pair.app[0], "CREATE TABLE stock.more AS SELECT 4 AS a")
    assert user.query("CREATE SCHEMA his; CREATE TABLE public.mine AS SELECT 5 AS a; "
                      "SELECT i.a, m.a FROM stock.items i, stock.more m") == [(3, 4)]
    with contextlib.closing(pair.connect(pair.app[0], "shop", user.name, user.password)) as open_:
        pair.ask(relation, entity_permissions=permissions(("TABLE", "orders", "SELECT")))
        # Permissions hold at once, in open sessions too, and so need not end them.
        open_.cursor().execute("SELECT a FROM orders")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            open_.cursor().execute("SELECT * FROM stock.items")
    assert Login(pair, relation).password == user.password
    assert user.query("SELECT count(*) > 0 FROM orders") == [(True,)]
    for sql in ("SELECT * FROM stock.items", "SELECT * FROM mine", "CREATE TABLE x ()"):
        user.may_not(sql)
    assert pair.client_query(shop, pair.app[0], "SELECT a FROM mine; DROP TABLE mine; "
                             "DROP SCHEMA his; SELECT 1") == [(1,)]
    pair.client_query(shop, pair.app[0], "CREATE TABLE stock.last ()")
    user.may_not("SELECT * FROM stock.last")
    pair.ask(relation, entity_permissions=None)
    user.may_not("SELECT * FROM public.orders")
    pair.remove(relation)


@GROUP
def test_the_members_of_a_custom_group_have_its_permissions(pair, shop):
    group = pair.relate("shop", entity_type="GROUP", requested_secrets='["uris"]',
                        entity_permissions=permissions(("TABLE", "orders", "SELECT")))
    told = pair.answer(group)
    assert told["entity-name"] == f"relation-{group.id}"
    assert not {"entity-password", "password", "username", "uris"} & set(told)
    member = pair.relate("shop", entity_type="USER")
    user = Login(pair, member)
    user.may_not("SELECT a FROM public.orders")
    pair.query(pair.app[0], f'GRANT "{told["entity-name"]}" TO "{user.name}"')
    assert user.query("SELECT count(*) > 0 FROM orders") == [(True,)]
    with pytest.raises(psycopg2.OperationalError):
        Login(pair, group, password="x").query("SELECT 1")
    pair.remove(group)
    user.may_not("SELECT a FROM public.orders")
    pair.remove(member)


@GROUP
def test_custom_entities_may_have_extra_roles_too(pair, shop):
    reader = pair.relate("shop", entity_type="USER", extra_user_roles="reader")
    assert Login(pair, reader).query("SELECT a FROM stock.items") == [(3,)]
    group = pair.relate("shop", entity_type="GROUP", extra_group_roles="charmed_read")
    name = pair.answer(group)["entity-name"]
    assert pair.query(pair.app[0], f"SELECT pg_has_role('{name}', 'pg_read_all_data', 'usage'), "
                      f"rolcanlogin FROM pg_roles WHERE rolname = '{name}'") == [(True, False)]
    pair.ask(reader, extra_user_roles="createdb")
    Login(pair, reader).may_not("SELECT a FROM stock.items")
    Login(pair, reader).query("CREATE DATABASE of_entity", "postgres")
    for relation in (reader, group):
        pair.remove(relation)


KNOWN_TYPES = "possible are: DATABASE, SCHEMA, TABLE, SEQUENCE"
REFUSED = {
    "type": ({"entity_type": "ROBOT"},
             'entity type "ROBOT" is not known; possible are: USER, GROUP'),
    "no-type": ({"entity_permissions": "[]"},
                "entity-permissions needs the entity type USER or GROUP"),
    "group-roles": ({"entity_type": "USER", "extra_group_roles": "reader"},
                    "extra-group-roles needs the entity type GROUP"),
    "user-roles": ({"entity_type": "GROUP", "extra_user_roles": "reader"},
                   "extra-user-roles needs the entity type USER, or none"),
    "attributes": ({"entity_type": "GROUP", "extra_group_roles": "createdb"},
                   "the members of a group do not get its attributes; possible are: reader, "
                   "charmed_read, charmed_dml, charmed_stats"),
    "no-json": ({"entity_type": "USER", "entity_permissions": "SELECT"},
                "entity-permissions is not a JSON list of {resource_name, resource_type, "
                "privileges}"),
    "resource": ({"entity_type": "USER", "entity_permissions": permissions(
        ("COLUMN", "a", "SELECT"))}, f'resource type "COLUMN" is not known; {KNOWN_TYPES}'),
    "privilege": ({"entity_type": "USER", "entity_permissions": permissions(
        ("SEQUENCE", "a", "DELETE"))}, 'privilege "DELETE" is not known for a sequence; '
        "possible are: USAGE, SELECT, UPDATE, ALL"),
    "no-table": ({"entity_type": "USER", "entity_permissions": permissions(
        ("TABLE", "nothing", "SELECT"))}, 'there is no table "public.nothing" in database '
        '"shop", or it is not the clients\''),
    "no-schema": ({"entity_type": "USER", "entity_permissions": permissions(
        ("SCHEMA", "nowhere", "USAGE"))}, 'there is no schema "nowhere" in database "shop", or '
        "it is not the clients'"),
    "not-ours": ({"entity_type": "USER", "entity_permissions": permissions(
        ("TABLE", "of_operator", "SELECT"))}, 'there is no table "public.of_operator" in '
        'database "shop", or it is not the clients\''),
    "catalog": ({"entity_type": "USER", "entity_permissions": permissions(
        ("TABLE", "pg_catalog.pg_authid", "SELECT"))},
        'schema "pg_catalog" belongs to the server'),
    "name": ({"requested_entity_secret": "secret:x"}, "the name of a user cannot be chosen: "
             "requested-entity-secret is not supported"),
    "database": ({"entity_type": "USER", "entity_permissions": permissions(
        ("DATABASE", "postgres", "CREATE"))},
        'resource "postgres" is not the database "shop"'),
}


@GROUP
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_granted_is_refused_to_that_client_with_what_could_be(pair, shop, case):
    asked, message = REFUSED[case]
    pair.query(pair.app[0], "CREATE TABLE IF NOT EXISTS public.of_operator ()", "shop")
    relation = pair.relate("shop", **asked)
    assert refusal(pair, relation)["message"] == message
    assert refusal(pair, relation)["resolution"]
    assert set(pair.bag(relation)) == {"status"}
    assert f"relation-{relation.id}" not in pair.roles()
    assert pair.app.status == ("active", "")
    pair.ask(relation, **{**dict.fromkeys(asked), "extra_user_roles": "reader"})
    assert "username" in pair.answer(relation) and "status" not in pair.answer(relation)
    pair.remove(relation)


@GROUP
def test_a_refused_change_leaves_the_permissions_as_they_were(pair, shop):
    relation = pair.relate("shop", entity_type="USER",
                           entity_permissions=permissions(("TABLE", "orders", "SELECT")))
    user = Login(pair, relation)
    pair.ask(relation, entity_permissions=permissions(("TABLE", "nothing", "SELECT")))
    assert "nothing" in refusal(pair, relation)["message"]
    assert user.query("SELECT count(*) > 0 FROM orders") == [(True,)]
    pair.ask(relation, entity_type="GROUP")
    assert refusal(pair, relation)["message"] == "entity-type cannot change while related"
    pair.ask(relation, entity_type="USER", database="other",
             entity_permissions=permissions(("TABLE", "orders", "SELECT")))
    assert refusal(pair, relation)["message"] == \
        'the database cannot change while related: it is "shop"'
    pair.ask(relation, database="shop")
    assert "status" not in pair.answer(relation)
    assert user.query("SELECT count(*) > 0 FROM orders") == [(True,)]
    pair.remove(relation)


# ---- refused requests are tried again ----

BLOCKERS = {
    "database": ("CREATE DATABASE blocked", "DROP DATABASE blocked"),
    "renamed": ("CREATE DATABASE blocked", "ALTER DATABASE blocked RENAME TO other_name"),
    "gate": ("CREATE ROLE blocked", "DROP ROLE blocked"),
    "owner": ('CREATE ROLE "blocked:owner"', 'ALTER ROLE "blocked:owner" RENAME TO others'),
    "user": ('CREATE ROLE "{}"', 'DROP ROLE "{}"'),
}


@GROUP
@pytest.mark.parametrize("case", BLOCKERS)
def test_what_stands_in_the_way_on_the_server_is_looked_at_again(pair, case):
    relation = pair.relate()
    begin, end = (sql.format(f"relation-{relation.id}") for sql in BLOCKERS[case])
    pair.query(pair.app[0], begin)
    pair.ask(relation, database=f"blocked{'2' if case == 'user' else ''}")
    refused = pair.bag(relation)
    assert "exists already and was not made for a relation" in refused["status"]
    assert pair.app[0].update_after == 10
    # Nothing has changed, and it will be looked at again: once is said enough.
    lines = len(pair.app[0].log)
    assert pair.app[0].hook("update-status").ok
    assert pair.bag(relation) == refused and pair.app[0].update_after == 10
    assert not [line for line in pair.app[0].log[lines:] if "refused" in line[1]]
    pair.query(pair.app[0], end)
    assert pair.app[0].hook("update-status").ok
    pair.settle()
    assert "status" not in pair.bag(relation) and pair.app[0].update_after is None
    assert pair.client_query(relation, pair.app[0], "SELECT 1") == [(1,)]
    pair.remove(relation)
    for sql in ("DROP DATABASE blocked", 'DROP ROLE "blocked:owner", "blocked:reader", "blocked"',
                "DROP ROLE IF EXISTS others"):
        if case != "user":
            pair.query(pair.app[0], sql)


@GROUP
def test_a_table_that_is_made_later_is_granted_then(pair, shop):
    relation = pair.relate("shop", entity_type="USER",
                           entity_permissions=permissions(("TABLE", "soon", "SELECT")))
    assert "soon" in refusal(pair, relation)["message"]
    pair.client_query(shop, pair.app[0], "CREATE TABLE soon AS SELECT 7 AS a")
    assert pair.app[0].update_after == 10
    assert pair.app[0].hook("update-status").ok
    pair.settle()
    assert Login(pair, relation).query("SELECT a FROM soon") == [(7,)]
    pair.remove(relation)


@GROUP
def test_what_is_wrong_with_the_request_itself_waits_for_the_client(pair):
    relation = pair.relate("postgres")
    assert "reserved" in refusal(pair, relation)["message"]
    assert pair.app[0].update_after is None
    pair.ask(relation, database="fine", extra_user_roles="boss")
    assert "boss" in refusal(pair, relation)["message"]
    pair.ask(relation, extra_user_roles="createdb")
    assert pair.client_query(relation, pair.app[0], "SELECT 1") == [(1,)]
    pair.remove(relation)


def test_a_request_while_the_server_is_away_is_granted_when_it_is_back():
    with cluster() as world:
        unit = world.app[0]
        service = unit.services["postgres"]
        service.stop()
        relation = world.model.relate(world.app, "database",
                                      world.model.deploy(None, name="client"), "db")
        relation.app_bags["client"].change({"database": "away"})
        # The stand-in of tenond repeats no hook: what fails here is repeated there.
        with pytest.raises(HookFailed):
            world.settle()
        assert world.bag(relation) == {}
        service.start()
        wait_until(lambda: is_up(world), "the server is up")
        world.settle()
        assert world.client_query(relation, unit, "SELECT 1") == [(1,)]


def is_up(world):
    with contextlib.suppress(psycopg2.OperationalError):
        return world.query(world.app[0], "SELECT 1")
    return None
