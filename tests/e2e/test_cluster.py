# SPDX-License-Identifier: Apache-2.0
"""Clusters: deployed, scaled, looked at, removed."""
import json
import os
import pathlib
import re
import selectors
import signal
import time

import pytest
import yaml

from harness import wait_until

pytestmark = pytest.mark.xdist_group("cluster")


def is_standby(tenon, host, password):
    return tenon.sql(host, "operator", password, "postgres",
                     "SELECT pg_is_in_recovery()") == ["t"]


def test_two_units_are_one_primary_and_one_streaming_standby(cluster):
    t = cluster.tenon
    assert t.workload(t.primary()) == ("active", "Primary")
    assert not is_standby(t, cluster.primary, cluster.operator)
    assert is_standby(t, cluster.standby, cluster.operator)
    streaming = t.sql(
        cluster.primary, "operator", cluster.operator, "postgres",
        "SELECT r.state, s.slot_type FROM pg_stat_replication r"
        " JOIN pg_replication_slots s ON s.active_pid = r.pid")
    assert streaming == ["streaming|physical"]


def test_every_unit_has_an_address_of_its_own_and_port_5432(cluster):
    addresses = {u["public-address"]
                 for u in cluster.tenon.units("postgresql").values()}
    assert addresses == {cluster.primary, cluster.standby}
    for address in addresses:
        assert re.fullmatch(r"127\.\d+\.\d+\.\d+", address)
        assert address != "127.0.0.1"
    assert set(cluster.tenon.postmasters()) >= addresses


def test_the_servers_do_not_run_as_root(cluster):
    for pid in cluster.tenon.postmasters().values():
        uid = os.stat(f"/proc/{pid}").st_uid
        assert uid != 0
        data = pathlib.Path(os.readlink(f"/proc/{pid}/cwd"))
        assert data.stat().st_uid == uid
        assert data.stat().st_mode & 0o777 == 0o700


def test_the_new_cluster_has_checksums_and_utf8(cluster):
    rows = cluster.tenon.sql(
        cluster.primary, "operator", cluster.operator, "postgres",
        "SHOW data_checksums", "SELECT pg_encoding_to_char(encoding),"
        " datcollate, pg_get_userbyid(datdba) FROM pg_database"
        " WHERE datname = 'postgres'")
    assert rows == ["on", "UTF8|C.UTF-8|operator"]


def test_the_table_of_status_is_laid_out_as_jujus(cluster):
    text = cluster.tenon.ok("status").stdout
    sections = [s.splitlines() for s in text.rstrip("\n").split("\n\n")]
    heads = [s[0].rstrip() for s in sections]
    assert heads[1].split() == ["App", "Version", "Status", "Scale", "Charm",
                                "Channel", "Rev", "Exposed", "Message"]
    assert heads[2].split() == ["Unit", "Workload", "Agent", "Machine",
                                "Public", "address", "Ports", "Message"]
    assert heads[3].split() == ["Machine", "State", "Address", "Inst", "id",
                                "Series", "AZ", "Message"]
    # Every cell starts where its heading does: two spaces stand before it.
    for lines in sections[1:]:
        starts = [m.start() for m in re.finditer(r"(?<=  )\S", lines[0])]
        for line in lines[1:]:
            for at in starts:
                assert line[at - 1:at] in (" ", ""), (line, at)
    assert re.search(r"^postgresql/0\* +active +idle +0 +127\.\S+ .*Primary$",
                     text, re.M)


def test_relations_are_shown_when_asked_for(cluster):
    text = cluster.tenon.ok("status", "--relations").stdout
    rows = [line.split() for line in text.split("\n\n")[-1].splitlines()]
    assert rows[0] == ["Relation", "provider", "Requirer", "Interface", "Type",
                       "ID", "Message"]
    (number,) = [str(r["id"]) for r in cluster.tenon.raw_status()["relations"]
                 if r["provider"] == "postgresql:database"]
    assert ["postgresql:database", "data-integrator:postgresql",
            "postgresql_client", "regular", number] in rows
    assert ["postgresql:database-peers", "postgresql:database-peers"] in [
        row[:2] for row in rows]


def test_json_and_yaml_say_the_same(cluster):
    as_json = json.loads(
        cluster.tenon.ok("status", "--format", "json").stdout)
    as_yaml = yaml.safe_load(
        cluster.tenon.ok("status", "--format", "yaml").stdout)
    app = as_json["applications"]["postgresql"]
    assert app["application-status"]["current"] == "active"
    assert app["relations"]["database"]
    assert app["units"]["postgresql/0"]["leader"] is True
    assert list(as_json["machines"]) == ["0", "1", "2"]
    for found in (as_json, as_yaml):
        found.pop("controller", None)  # The time of day.
    assert json.loads(json.dumps(as_yaml, default=str)) == as_json


def test_watch_shows_a_change_as_it_happens(cluster):
    watch = cluster.tenon.popen("status", "--watch", "1s", bufsize=0,
                                start_new_session=True)
    try:
        os.set_blocking(watch.stdout.fileno(), False)
        seen = ""
        selector = selectors.DefaultSelector()
        selector.register(watch.stdout, selectors.EVENT_READ)
        end = time.monotonic() + 15
        while "Primary" not in seen or "Machine" not in seen:
            assert time.monotonic() < end, seen
            if selector.select(0.5):
                seen += os.read(watch.stdout.fileno(), 65536).decode()
        assert watch.poll() is None
    finally:
        watch.send_signal(signal.SIGINT)
        watch.communicate(timeout=10)


def test_the_operator_gets_in_with_its_password(cluster):
    listed = cluster.tenon.psql(cluster.primary, "operator", cluster.operator,
                                "--list", "postgres")
    assert listed.rc == 0, str(listed)
    assert "List of databases" in listed.stdout
    assert re.search(r"^ test-database +\| operator", listed.stdout, re.M)


def test_a_wrong_password_does_not_get_in(cluster):
    result = cluster.tenon.psql(cluster.primary, "operator", "wrong", "--list",
                                "postgres")
    assert result.rc == 2
    assert 'password authentication failed for user "operator"' in result.stderr


def test_a_cluster_grows_and_shrinks(fresh_cluster):
    t = fresh_cluster.tenon
    t.ok("add-unit", "postgresql", "-n", "1")
    t.settled()
    t.wait_active("postgresql", 3)
    assert set(t.units()) == {"postgresql/0", "postgresql/1", "postgresql/2"}
    third = t.address("postgresql/2")
    fresh_cluster.rows("CREATE TABLE seen (n int)", "INSERT INTO seen VALUES (7)")
    wait_until(lambda: fresh_cluster.tenon.psql(
        third, fresh_cluster.user, fresh_cluster.password, "-qAt", "-d",
        "test-database", "-c", "SELECT n FROM seen").stdout == "7\n", 10)
    assert set(t.credentials()["read-only-endpoints"]) == {
        fresh_cluster.standby, third}

    removed = t.ok("remove-unit", "postgresql/2", "--destroy-storage")
    assert "will remove unit postgresql/2" in removed.stdout
    wait_until(lambda: "postgresql/2" not in t.units(), 30)
    t.settled()
    assert third not in t.postmasters()
    slots = t.sql(fresh_cluster.primary, "operator", fresh_cluster.operator,
                  "postgres", "SELECT count(*) FROM pg_replication_slots")
    assert slots == ["1"]
    assert t.credentials()["read-only-endpoints"] == [fresh_cluster.standby]

    t.ok("add-unit", "postgresql")
    t.settled()
    assert "postgresql/3" in t.units(), "numbers are not used again"


def test_a_primary_that_was_removed_has_a_successor_on_return(fresh_cluster):
    t = fresh_cluster.tenon
    fresh_cluster.rows("CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (7)")
    t.ok("remove-unit", "postgresql/0", "--wait")
    assert t.workload("postgresql/1") == ("active", "Primary")
    assert t.credentials()["endpoints"] == [fresh_cluster.standby]
    assert fresh_cluster.rows("UPDATE kept SET n = 8 RETURNING n",
                              host=fresh_cluster.standby) == ["8"]
    t.keeps_data = True


@pytest.mark.ordinary
def test_deploying_shows_its_steps_and_waits(tutorial):
    result = tutorial.ok("deploy", "postgresql", "--wait")
    assert result.stdout == ""
    assert re.search(r'^Located built-in charm "postgresql", revision \d+$',
                     result.stderr, re.M)
    assert re.search(r'^Deploying "postgresql" from built-in charm'
                     r' "postgresql", revision \d+ .*on bookworm$',
                     result.stderr, re.M)
    assert "postgresql/0" in result.stderr, "it names the steps of the unit"
    assert tutorial.workload("postgresql/0") == ("active", "Primary")


def test_removing_an_application_keeps_its_data_and_says_where(tutorial):
    tutorial.keeps_data = True
    tutorial.ok("deploy", "postgresql", "--wait")
    removed = tutorial.ok("remove-application", "postgresql", "--wait")
    said = removed.stdout + removed.stderr
    assert "will remove application postgresql" in said
    assert "will remove unit postgresql/0" in said
    places = [pathlib.Path(p) for p in
              re.findall(re.escape(str(tutorial.home)) + r"[^\s\"',;]*", said)]
    assert places, f"where is the data? {removed}"
    assert any(list(p.rglob("PG_VERSION")) for p in places)
    assert "postgresql" not in tutorial.status()["applications"]
    assert not tutorial.postmasters()


def test_removing_an_application_destroys_its_data_when_asked(tutorial):
    tutorial.ok("deploy", "postgresql", "--wait")
    tutorial.ok("remove-application", "postgresql", "--destroy-storage",
                "--wait")
    assert not list(tutorial.home.rglob("PG_VERSION"))


def test_destroying_a_model_says_where_the_data_is(tutorial):
    tutorial.keeps_data = True
    tutorial.ok("deploy", "postgresql", "--wait")
    ended = tutorial.ok("destroy-model", "tutorial", "-y")
    said = ended.stdout + ended.stderr
    places = [pathlib.Path(p) for p in
              re.findall(re.escape(str(tutorial.home)) + r"[^\s\"',;]*", said)]
    assert any(list(p.rglob("PG_VERSION")) for p in places), said
    assert not tutorial.postmasters()
