# SPDX-License-Identifier: Apache-2.0
"""--dry-run: what would happen is said, and nothing is done."""
import subprocess

import pytest

from harness import Tenon, make_model

pytestmark = pytest.mark.xdist_group("plan")


@pytest.fixture(scope="module")
def tenon():
    tenon = Tenon()
    make_model(tenon)
    tenon.ok("deploy", "postgresql", "--config", "spare-databases=0")
    tenon.ok("deploy", "data-integrator", "--config", "database-name=orders")
    tenon.settled()
    tenon.host = tenon.address("postgresql/0")
    tenon.operator = tenon.operator_password()
    yield tenon
    tenon.cleanup()


def state(tenon):
    """What status says but for the time, what the server holds for all, and the journal.
    Who asked last is no change."""
    status, models = tenon.raw_status(), tenon.get("/v1/models")
    del status["timestamp"], models["models"][0]["connections"]
    globals_ = subprocess.run(
        ["pg_dumpall", "--globals-only", "-h", tenon.host, "-U", "operator"],
        env={"PGPASSWORD": tenon.operator, "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True).stdout
    return (status, models,
            [line for line in globals_.splitlines() if "restrict" not in line],
            *(tenon.get(f"/v1/{path}") for path in (
                "journal", "models/-/journal", "models/-/operations",
                "models/-/applications/postgresql/config")))


def foresee(tenon, *words, rc=0):
    before = state(tenon)
    result = tenon.run(*words, "--dry-run")
    assert result.rc == rc, str(result)
    assert state(tenon) == before
    return result.stdout


def test_the_statements_of_a_relation_are_shown_and_not_run(tenon):
    said = foresee(tenon, "relate", "postgresql", "data-integrator")
    assert said.startswith("This would happen, and nothing has been done:\n")
    assert "\npostgresql/0 runs database-relation-changed:\n" \
        f"  -- {tenon.host}, database postgres\n" in said
    # What the client's charm asks for is known before it has asked.
    assert '  ALTER ROLE "relation-3" LOGIN' in said and '"orders:owner"' in said
    assert "is not foreseen" not in said
    tenon.ok("relate", "postgresql", "data-integrator")
    tenon.settled()
    password = tenon.credentials()["password"]
    said = foresee(tenon, "remove-relation", "postgresql", "data-integrator")
    assert '  DROP ROLE IF EXISTS "relation-3";\n' in said and password not in said


def test_a_cluster_that_is_still_to_be_made_is_foreseen_whole(tenon):
    before = sorted(p for p in tenon.home.rglob("*") if p.is_dir())
    said = foresee(tenon, "deploy", "postgresql", "fresh", "-n", "2")
    assert sorted(p for p in tenon.home.rglob("*") if p.is_dir()) == before
    made, cloned = said.split("\nfresh/1 runs ")[-2:]
    assert "initdb -D " in made and '  CREATE ROLE "replication" LOGIN' in made
    assert "pg_basebackup -D " in cloned and "  SELECT pg_create_physical" in cloned
    # In the order in which it would happen.
    assert made.index("initdb") < made.index("is started at") < made.index("CREATE ROLE")
    for verb in ("add-unit", "remove-unit"):
        said += foresee(tenon, verb, "postgresql" + ("/0" if verb == "remove-unit" else ""))
    assert "is not foreseen" not in said


@pytest.mark.parametrize("words, said", [
    (["add-model", "other"], "model other is added\n"),
    (["add-secret", "login", "password=hidden"], "secret login is added\n"),
    (["add-unit", "data-integrator"], "data-integrator/1  runs install"),
    (["config", "postgresql", "profile=production"], "postgresql/0  runs config-changed"),
    (["deploy", "data-integrator", "second"], "would be deployed"),
    (["destroy-model", "tutorial"], "its storage is kept"),
    (["destroy-controller", "overlord", "--destroy-all-models"], "controller overlord: is to go"),
    (["exec", "--unit", "postgresql/0", "hostname"], "runs the command"),
    (["expose", "postgresql"], "application postgresql: exposed\n"),
    (["model-config", "logging-config=INFO"], "model tutorial: config.logging-config\n"),
    (["offer", "postgresql:database"], "model tutorial: offers.postgresql\n"),
    (["remove-application", "postgresql"], "its storage is kept"),
    (["remove-unit", "data-integrator/0"], "is taken out"),
    (["resolved", "--all"], "No unit would have anything to do.\n"),
    (["run", "postgresql/0", "set-password"], "ALTER ROLE \"operator\" PASSWORD '***';\n"),
    (["run-action", "postgresql/0", "set-password"], "ALTER ROLE \"operator\" PASSWORD '***';\n"),
    (["set-constraints", "postgresql", "mem=4G"], "application postgresql: constraints.mem\n"),
    (["trust", "postgresql"], "postgresql/0  runs config-changed"),
    (["unexpose", "postgresql"], "No unit would have anything to do.\n"),
], ids=lambda words: words[0] if isinstance(words, list) else "")
def test_a_verb_that_is_rehearsed_changes_nothing(tenon, words, said):
    assert said in foresee(tenon, *words)


def test_what_cannot_be_done_is_refused_in_a_rehearsal_too(tenon):
    for words in (["add-model", "tutorial"], ["expose", "nobody"], ["relate", "nobody", "postgresql"],
                  ["destroy-controller", "overlord"], ["bootstrap"]):
        foresee(tenon, *words, rc=1)


def test_where_there_is_nothing_nothing_is_made():
    empty = Tenon()
    try:
        said = empty.ok("bootstrap", "--dry-run").stdout
        assert 'Controller "localhost-localhost" would be created in ' in said
        assert empty.run("add-model", "m", "--dry-run").rc == 1
        assert not (empty.home / "tenon.db").exists() and empty.processes() == {}
    finally:
        empty.cleanup()
