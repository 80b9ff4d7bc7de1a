# SPDX-License-Identifier: Apache-2.0
"""Relations: credentials come, work, and go, and the data stays."""
import re

import psycopg2
import pytest
import yaml

from harness import ROOT, wait_until

pytestmark = pytest.mark.xdist_group("relation")

GREETER = ROOT / "tests/data/charms/greeter"
ACL = ['=Tc/operator', 'operator=CTc/operator', '"relation-3"=CTc/operator']


@pytest.mark.ordinary
def test_an_integrator_without_a_database_is_blocked(tutorial):
    tutorial.ok("deploy", "data-integrator", "--channel", "edge",
                "--config", "database-name=test-database", "--wait")
    assert tutorial.workload("data-integrator/0") == (
        "blocked", "Please relate the data-integrator with the desired product")
    failed = tutorial.ok("run-action", "data-integrator/leader",
                         "get-credentials", "--wait").stdout
    task = yaml.safe_load(failed)["unit-data-integrator-0"]
    assert task["status"] == "failed"
    assert task["message"] == \
        "The action can be run only after relation is created."


def test_an_integrator_without_a_name_asks_for_one(tutorial):
    tutorial.ok("deploy", "data-integrator", "--wait")
    word, message = tutorial.workload("data-integrator/0")
    assert word == "blocked" and "database name" in message
    tutorial.ok("config", "data-integrator", "database-name=x")
    tutorial.settled()
    assert "Please relate" in tutorial.workload("data-integrator/0")[1]


def test_both_are_active_after_relating(cluster):
    units = cluster.tenon.status()["applications"]
    for app in ("postgresql", "data-integrator"):
        assert units[app]["application-status"]["current"] == "active"


def test_the_first_user_of_a_fresh_model_is_relation_3(cluster):
    assert cluster.user == "relation-3"
    assert re.fullmatch(r"[A-Za-z0-9]{16,}", cluster.password)


def test_get_credentials_prints_the_keys_of_the_tutorial(cluster):
    text = cluster.tenon.ok("run-action", "data-integrator/leader",
                            "get-credentials", "--wait").stdout
    keys = [line.split(":")[0] for line in text.splitlines()]
    assert keys == [
        "unit-data-integrator-0", "  UnitId", "  id", "  results", "    ok",
        "    postgresql", "      database", "      endpoints",
        "      password", "      read-only-endpoints", "      username",
        "      version", "  status", "  timing", "    completed",
        "    enqueued", "    started"]
    assert re.search(r'^  id: "\d+"$', text, re.M)
    assert re.search(r'^    ok: "True"$', text, re.M)
    assert re.search(r'^      version: "\d+\.\d+"$', text, re.M)
    assert re.search(r'^    started: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$',
                     text, re.M)
    assert f"endpoints: {cluster.primary}:5432" in text
    assert f"read-only-endpoints: {cluster.standby}:5432" in text


@pytest.mark.parametrize("member", ["primary", "standby"])
def test_the_database_is_listed_on_every_member(cluster, member):
    host = getattr(cluster, member)
    listed = cluster.tenon.psql(host, cluster.user, cluster.password, "--list")
    assert listed.rc == 0, str(listed)
    row, second, third = [
        [cell.strip() for cell in line.split("|")]
        for line in listed.stdout.split("\n test-database ")[1].splitlines()][:3]
    assert row[1:5] == ["operator", "UTF8", "C.UTF-8", "C.UTF-8"]
    assert [re.sub(r"\s*\+$", "", r[-1]) for r in (row, second, third)] == ACL


def test_what_is_written_on_the_primary_is_seen_on_the_standby(cluster):
    cluster.rows("CREATE TABLE notes (t text)", "INSERT INTO notes VALUES ('a')")
    try:
        wait_until(lambda: cluster.tenon.psql(
            cluster.standby, cluster.user, cluster.password, "-qAt", "-d",
            cluster.database, "-c", "TABLE notes").stdout == "a\n", 10)
    finally:
        cluster.rows("DROP TABLE notes")


def test_a_user_does_not_get_into_other_databases(cluster):
    with pytest.raises(psycopg2.OperationalError) as refused:
        cluster.tenon.connect(cluster.primary, cluster.user, cluster.password,
                              "template1")
    assert "rejects" in str(refused.value) or \
        "permission denied" in str(refused.value)


def test_a_user_has_no_rights_beyond_its_database(cluster):
    rows = cluster.rows(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication,"
        " rolbypassrls FROM pg_roles WHERE rolname = session_user")
    assert rows == ["f|f|f|f|f"]
    refused = cluster.tenon.psql(
        cluster.primary, cluster.user, cluster.password, "-d",
        cluster.database, "-c", "COPY (SELECT 1) TO PROGRAM 'cat'")
    assert refused.rc != 0 and "pg_execute_server_program" in refused.stderr


def removed_user_error(host, user):
    return (f'psql: error: connection to server at "{host}", port 5432 failed:'
            f' FATAL:  password authentication failed for user "{user}"\n')


@pytest.mark.ordinary
def test_removing_the_relation_ends_access_and_keeps_the_data(fresh_cluster):
    c, t = fresh_cluster, fresh_cluster.tenon
    c.rows("CREATE TABLE things (n int PRIMARY KEY)",
           "INSERT INTO things VALUES (1)",
           "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
           "CREATE SCHEMA mine", "CREATE TABLE mine.inner (n int)")
    open_sessions = [
        t.connect(host, c.user, c.password, c.database)
        for host in (c.primary, c.standby)]

    done = t.ok("remove-relation", "postgresql", "data-integrator")
    assert done.stdout == ""

    # From here on nothing is waited for: it has happened already.
    for host in (c.primary, c.standby):
        refused = t.psql(host, c.user, c.password, "--list")
        # With a password file, libpq adds a line about that.
        first_line = refused.stderr.splitlines(keepends=True)[0]
        assert (refused.rc, first_line) == (
            2, removed_user_error(host, c.user))
    for session in open_sessions:
        with pytest.raises(psycopg2.Error):
            session.cursor().execute("SELECT 1")
    assert t.sql(c.primary, "operator", c.operator, c.database,
                 "SELECT n FROM things") == ["1"]
    assert t.sql(c.primary, "operator", c.operator, "postgres",
                 "SELECT count(*) FROM pg_roles"
                 f" WHERE rolname = '{c.user}'") == ["0"]
    t.settled()
    assert t.workload("data-integrator/0")[0] == "blocked"

    t.ok("relate", "data-integrator", "postgresql")
    again = t.credentials()
    assert again["username"] == "relation-4"
    assert again["password"] != c.password
    assert t.sql(
        c.primary, "relation-4", again["password"], again["database"],
        "INSERT INTO things VALUES (2)",
        "ALTER TABLE things ADD COLUMN s text",
        "DROP FUNCTION one()", "DROP SCHEMA mine CASCADE",
        "SELECT n FROM things ORDER BY n") == ["1", "2"]
    t.sql(c.primary, "relation-4", again["password"], again["database"],
          "DROP TABLE things")


def test_credentials_can_be_asked_for_right_after_relating(tutorial):
    tutorial.ok("deploy", "postgresql")
    tutorial.ok("deploy", "data-integrator", "--config", "database-name=d")
    tutorial.settled()
    tutorial.ok("relate", "data-integrator:postgresql", "postgresql:database")
    got = tutorial.credentials()
    assert "read-only-endpoints" not in got, "there is no standby"
    assert tutorial.sql(got["endpoints"][0], got["username"], got["password"],
                        "d", "SELECT current_database()") == ["d"]


def test_all_spellings_of_relate_and_run(tutorial):
    tutorial.ok("deploy", "postgresql")
    tutorial.ok("deploy", "data-integrator", "--config", "database-name=d")
    tutorial.settled()
    for number, verb in enumerate(("integrate", "add-relation", "relate"), 3):
        tutorial.ok(verb, "postgresql", "data-integrator")
        text = tutorial.ok("run", "data-integrator/leader",
                           "get-credentials").stdout
        assert yaml.safe_load(text)["postgresql"]["username"] \
            == f"relation-{number}"
        tutorial.ok("remove-relation", "data-integrator", "postgresql")


def test_waiting_for_a_relation_is_about_its_units(tutorial):
    broken = tutorial.base / "broken"
    broken.mkdir()
    (broken / "metadata.yaml").write_text("name: broken\n")
    (broken / "dispatch").write_text("#!/bin/sh\nexit 1\n")
    (broken / "dispatch").chmod(0o755)
    for name in ("left", "right"):
        tutorial.ok("deploy", GREETER, name, "--wait")
    tutorial.ok("deploy", broken)
    wait_until(lambda: tutorial.workload("broken/0")[0] == "error", 30, "it fails")
    done = tutorial.ok("relate", "right:greeted", "left:greeting", "--wait")
    assert [line.split()[0] for line in done.stderr.splitlines()[-2:]] == \
        ["left/0", "right/0"]
    assert "broken" not in done.stderr
    assert tutorial.workload("right/0") == ("active", "hello: left/0")


@pytest.mark.parametrize("name", ["postgres", "template1", "operator" * 9])
def test_a_refused_database_name_is_explained_to_the_client(tutorial, name):
    tutorial.ok("deploy", "postgresql")
    tutorial.ok("deploy", "data-integrator", "--config", f"database-name={name}")
    tutorial.ok("relate", "data-integrator", "postgresql")
    # The server goes on serving others, whatever one client wants.
    tutorial.ok("deploy", "data-integrator", "good", "--config",
                "database-name=good")
    tutorial.ok("relate", "good", "postgresql")
    tutorial.settled()
    word, message = tutorial.workload("data-integrator/0")
    assert word == "blocked"
    assert "Refused" in message or "another database name" in message, message
    assert tutorial.workload("postgresql/0")[0] == "active"
    assert tutorial.credentials("good")["database"] == "good"


@pytest.mark.parametrize("name", [
    "with space", 'q"uote', "sémantique", "x" * 40, "--drop", "a'b", "A;B"])
def test_any_other_database_name_works_as_it_is(tutorial, name):
    tutorial.ok("deploy", "postgresql")
    tutorial.ok("deploy", "data-integrator", "--config",
                f"database-name={name}")
    tutorial.settled()
    tutorial.ok("relate", "data-integrator", "postgresql")
    got = tutorial.credentials()
    assert got["database"] == name
    with tutorial.connect(got["endpoints"][0], got["username"],
                          got["password"], name) as session:
        cursor = session.cursor()
        cursor.execute("CREATE TABLE t (n int); SELECT current_database()")
        assert cursor.fetchone() == (name,)
