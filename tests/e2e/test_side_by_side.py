# SPDX-License-Identifier: Apache-2.0
"""Several models, clusters and applications do not disturb each other."""
import psycopg2
import pytest


def deploy_pair(tenon, model, server, client, database):
    tenon.ok("deploy", "-m", model, "postgresql", server)
    tenon.ok("deploy", "-m", model, "data-integrator", client,
             "--config", f"database-name={database}")
    tenon.settled(model)
    tenon.ok("relate", "-m", model, client, server)


@pytest.mark.ordinary
def test_two_models_with_the_same_names(tutorial):
    tutorial.ok("add-model", "second")
    for model in ("tutorial", "second"):
        deploy_pair(tutorial, model, "postgresql", "data-integrator", "d")
    got = {m: tutorial.credentials(model=m) for m in ("tutorial", "second")}
    hosts = {m: c["endpoints"][0] for m, c in got.items()}
    assert hosts["tutorial"] != hosts["second"]
    for model, c in got.items():
        assert c["username"] == "relation-3"
        tutorial.sql(hosts[model], c["username"], c["password"], "d",
                     f"CREATE TABLE {model} (n int)")
    with pytest.raises(psycopg2.OperationalError):
        tutorial.connect(hosts["second"], "relation-3",
                         got["tutorial"]["password"], "d")

    tutorial.ok("destroy-model", "tutorial", "--destroy-storage", "-y")
    c = got["second"]
    assert tutorial.sql(hosts["second"], c["username"], c["password"], "d",
                        "SELECT count(*) FROM second") == ["0"]
    assert hosts["tutorial"] not in tutorial.postmasters()


def test_two_clusters_and_three_clients_in_a_model(tutorial):
    t = tutorial
    deploy_pair(t, "tutorial", "blue", "blue-client", "shared-name")
    deploy_pair(t, "tutorial", "green", "green-client", "shared-name")
    t.ok("deploy", "data-integrator", "other",
         "--config", "database-name=other-database")
    t.ok("relate", "other", "blue")

    refused = t.fails(1, "relate", "other", "green")
    assert "would exceed its maximum relation limit of 1" in refused.stderr
    assert '"tenon remove-relation" makes room' in refused.stderr

    blue, green, other = (t.credentials(app) for app in
                          ("blue-client", "green-client", "other"))
    assert blue["endpoints"] != green["endpoints"]
    assert other["endpoints"] == blue["endpoints"]
    host = blue["endpoints"][0]
    t.sql(host, blue["username"], blue["password"], "shared-name",
          "CREATE TABLE secret (n int)")
    for foreign in ("shared-name",):
        with pytest.raises(psycopg2.OperationalError):
            t.connect(host, other["username"], other["password"], foreign)

    t.ok("remove-relation", "blue-client", "blue")
    assert t.sql(host, other["username"], other["password"], "other-database",
                 "SELECT 1") == ["1"]
    assert t.sql(green["endpoints"][0], green["username"], green["password"],
                 "shared-name", "SELECT 1") == ["1"]

    t.ok("remove-application", "blue", "--destroy-storage", "--wait")
    t.settled()
    assert t.workload("green/0") == ("active", "Primary")
    assert t.workload("other/0")[0] == "blocked"


def test_two_clients_of_the_same_database_share_its_data(tutorial):
    t = tutorial
    t.ok("deploy", "postgresql")
    for client in ("first", "second"):
        t.ok("deploy", "data-integrator", client,
             "--config", "database-name=common")
        t.settled()
        t.ok("relate", client, "postgresql")
    one, two = t.credentials("first"), t.credentials("second")
    assert one["username"] != two["username"]
    host = one["endpoints"][0]
    t.sql(host, one["username"], one["password"], "common",
          "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)")
    assert t.sql(host, two["username"], two["password"], "common",
                 "ALTER TABLE t ADD COLUMN s text", "SELECT n FROM t") == ["1"]
    t.ok("remove-relation", "first", "postgresql")
    assert t.sql(host, two["username"], two["password"], "common",
                 "SELECT n FROM t") == ["1"]


def test_two_state_directories_do_not_know_of_each_other(tutorial):
    from harness import Tenon, make_model
    second = Tenon()
    try:
        make_model(second)
        assert second.daemon_pid() != tutorial.daemon_pid()
        for one in (tutorial, second):
            one.ok("deploy", "postgresql")
        for one in (tutorial, second):
            one.settled()
            assert one.workload("postgresql/0") == ("active", "Primary")
        assert not set(tutorial.postmasters()) & set(second.postmasters())
    finally:
        second.cleanup()
