# SPDX-License-Identifier: Apache-2.0
"""Requests that are refused, changed and tried again, as a user goes through it."""
import contextlib
import json
import os
import signal

import psycopg2
import pytest

from harness import Tenon, make_model, wait_until

pytestmark = pytest.mark.xdist_group("requests")

SOFT = "please remove relation and add it again"


@pytest.fixture(scope="module")
def server():
    """One PostgreSQL for all clients of this file."""
    one = Tenon()
    try:
        make_model(one).ok("deploy", "postgresql", "--wait")
        yield one
    finally:
        one.cleanup()


def client(t, name, **options):
    """A new data-integrator, related; settled."""
    args = [w for k, v in options.items() for w in ("--config", f"{k.replace('_', '-')}={v}")]
    t.ok("deploy", "data-integrator", name, *args)
    t.ok("relate", name, "postgresql:database")
    t.settled()
    return name


def operator(t, *statements):
    return t.sql(t.address("postgresql/0"), "operator", t.operator_password(), "postgres",
                 *statements)


def login(t, name, statement, user="username", password="password"):
    got = t.credentials(name)
    return t.sql(got["endpoints"][0], got[user], got[password], got["database"], statement)


def becomes_active(t, name):
    wait_until(lambda: t.workload(f"{name}/0") == ("active", ""), 60,
               f"{name} is active")


def test_a_refused_name_is_granted_when_the_option_changes(server):
    name = client(server, "refused", database_name="template1")
    assert server.workload("refused/0")[0] == "blocked"
    server.ok("config", name, "database-name=fine")
    server.settled()
    assert login(server, name, "SELECT current_database()") == ["fine"]


def test_a_refused_request_is_granted_by_itself_when_the_name_is_free(server):
    operator(server, "CREATE DATABASE taken")
    name = client(server, "waits", database_name="taken")
    word, message = server.workload("waits/0")
    assert word == "blocked" and 'database "taken" exists already' in message
    operator(server, "ALTER DATABASE taken RENAME TO given_back")
    becomes_active(server, name)
    assert login(server, name, "SELECT current_database()") == ["taken"]


def test_a_database_is_taken_over_when_that_is_asked_for(server):
    operator(server, "CREATE DATABASE by_hand")
    server.sql(server.address("postgresql/0"), "operator", server.operator_password(), "by_hand",
               "CREATE TABLE old AS SELECT 1 AS a")
    name = client(server, "heir", database_name="by_hand")
    assert server.workload("heir/0")[0] == "blocked"
    assert "failed" in server.ok("run-action", "postgresql/0", "adopt-database",
                                 "database=nothing", "--wait").stdout
    answer = server.ok("run-action", "postgresql/0", "adopt-database", "database=by_hand",
                       "--wait").stdout
    assert "owner: by_hand:owner" in answer and "status: completed" in answer
    server.settled()
    assert server.workload("heir/0") == ("active", "")
    assert login(server, name, "ALTER TABLE old ADD b int; TABLE old") == ["1|"]


def test_another_name_while_related_blocks_softly(server):
    name = client(server, "softly", database_name="first")
    before = server.credentials(name)
    server.ok("config", name, "database-name=second")
    server.settled()
    assert server.workload("softly/0") == ("blocked", f"To change database name: first, {SOFT}")
    assert server.credentials(name) == before
    assert login(server, name, "SELECT current_database()") == ["first"]
    server.ok("config", name, "database-name=first")
    server.settled()
    assert server.workload("softly/0") == ("active", "")
    assert operator(server, "SELECT count(*) FROM pg_database WHERE datname = 'second'") == ["0"]


def test_other_roles_while_related_are_given_at_once(server):
    name = client(server, "roles", database_name="roles")
    before = server.credentials(name)
    server.ok("config", name, "extra-user-roles=createdb")
    server.settled()
    assert server.credentials(name) == before
    assert login(server, name, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") \
        == ["t"]
    server.ok("config", name, "extra-user-roles=boss")
    server.settled()
    word, message = server.workload("roles/0")
    assert word == "blocked" and "possible are: admin, createdb" in message
    server.ok("config", name, "--reset", "extra-user-roles")
    server.settled()
    assert server.workload("roles/0") == ("active", "")
    assert login(server, name, "SELECT current_user") == ["roles:owner"]


def test_a_custom_user_gets_what_its_options_list(server):
    owner = client(server, "owner", database_name="custom")
    login(server, owner, "CREATE TABLE t AS SELECT 1 AS a; SELECT 1")
    may_read = [{"resource_type": "TABLE", "resource_name": "t", "privileges": ["SELECT"]}]
    name = client(server, "custom", database_name="custom", entity_type="USER",
                  entity_permissions=json.dumps(may_read))
    custom = ("entity-name", "entity-password")
    assert set(server.credentials(name)) == {"database", "endpoints", "version", *custom}
    assert login(server, name, "TABLE t", *custom) == ["1"]
    got = server.credentials(name)
    with contextlib.closing(server.connect(got["endpoints"][0], got["entity-name"],
                                           got["entity-password"], "custom")) as session:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            session.cursor().execute("DELETE FROM t")
    server.ok("config", name, "entity-type=GROUP")
    server.settled()
    assert SOFT in server.workload("custom/0")[1]
    server.ok("remove-relation", name, "postgresql")
    assert operator(server, "SELECT count(*) FROM pg_roles WHERE rolname ~ '^relation' AND "
                    "NOT pg_has_role(oid, 'custom:owner', 'member') AND "
                    "pg_has_role(oid, 'custom', 'member')") == ["0"]


def test_no_password_can_be_read_but_by_the_action(server):
    name = client(server, "sealed", database_name="sealed")
    password = server.credentials(name)["password"]
    for path in ("status", "journal?limit=1000"):
        assert password not in json.dumps(server.get(f"/v1/models/-/{path}"))
    for command in (["status", "--format", "json"], ["status", "--relations"],
                    ["config", name], ["journal"], ["show-model"]):
        assert password not in server.ok(*command).stdout


def rows_with(t, text):
    """The kinds of rows of the store that hold it."""
    return sorted({key.split("/")[0] for key, row in t.unsealed().items() if text in row})


def test_the_password_is_in_one_secret_and_in_no_databag(server):
    name = client(server, "kept", database_name="kept")
    password = server.credentials(name)["password"]
    assert rows_with(server, password) == ["secret"]
    server.ok("remove-relation", name, "postgresql")
    assert rows_with(server, password) == []
    server.ok("relate", name, "postgresql")
    again = server.credentials(name)["password"]
    assert rows_with(server, again) == ["secret"]
    server.ok("remove-application", name)
    server.settled()
    assert rows_with(server, again) == []


def test_a_request_is_granted_when_the_server_answers_again(server):
    (postmaster,) = server.postmasters().values()
    os.kill(postmaster, signal.SIGSTOP)
    try:
        server.ok("deploy", "data-integrator", "patient", "--config", "database-name=patient")
        server.ok("relate", "patient", "postgresql")
        wait_until(lambda: server.workload("postgresql/0")[0] == "error", 60,
                   "the hook has failed")
        assert server.workload("patient/0") == \
            ("waiting", "Waiting for postgresql to provide the database")
    finally:
        os.kill(postmaster, signal.SIGCONT)
    becomes_active(server, "patient")
    assert login(server, "patient", "SELECT current_database()") == ["patient"]
