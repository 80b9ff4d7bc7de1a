# SPDX-License-Identifier: Apache-2.0
"""A client that is stuck concerns itself: others are served, removal ends."""
import json

from harness import wait_until

METADATA = """\
name: {name}
summary: A client that is no help.
description: It requires a database.
requires:
  database:
    interface: postgresql_client
"""


def foreign_charm(tenon, name, behaviour):
    """What it does once it has joined; all else succeeds."""
    charm = tenon.base / name
    charm.mkdir()
    (charm / "metadata.yaml").write_text(METADATA.format(name=name))
    (charm / "dispatch").write_text(f"""#!/bin/sh
case $JUJU_DISPATCH_PATH in
*-relation-created|*-relation-joined) ;;
*-relation-*) {behaviour} ;;
esac
""")
    (charm / "dispatch").chmod(0o755)
    return charm


def deploy_stuck_clients(tenon):
    for name, behaviour in (("hangs", "exec tail -f /dev/null"),
                            ("fails", "exit 1"), ("mute", "exit 0")):
        tenon.ok("deploy", foreign_charm(tenon, name, behaviour))
        tenon.ok("relate", f"{name}:database", "postgresql:database")
    tenon.ok("deploy", "data-integrator", "refused", "--config",
             "database-name=postgres")
    tenon.ok("relate", "refused", "postgresql")
    wait_until(lambda: tenon.workload("fails/0")[0] == "error", 30,
               "fails/0 is in error")
    wait_until(lambda: "postgres" in tenon.workload("refused/0")[1], 30,
               "refused/0 knows why")
    wait_until(lambda: tenon.units("hangs")["hangs/0"]["juju-status"][
        "current"] == "executing", 30, "hangs/0 hangs")


def left_out(result):
    return [line for line in result.stderr.splitlines() if " left out: " in line]


def test_others_are_served_and_each_removal_ends(tutorial):
    t = tutorial
    t.ok("deploy", "postgresql", "--wait")
    deploy_stuck_clients(t)
    # Others are served.
    t.ok("deploy", "data-integrator", "served", "--config",
         "database-name=served")
    t.ok("relate", "served", "postgresql")
    got = t.credentials("served")
    host = got["endpoints"][0]
    assert t.sql(host, got["username"], got["password"], "served",
                 "SELECT 1") == ["1"]
    t.ok("remove-relation", "served", "postgresql")
    refused = t.psql(host, got["username"], got["password"], "-d", "served",
                     "-c", "SELECT 1")
    assert "password authentication failed" in refused.stderr
    # One that fails goes, and it is said what it had not done.
    gone = t.ok("remove-application", "fails", "--wait")
    assert any("unit fails/0 left out: database-relation-" in line
               for line in left_out(gone)), str(gone)
    forced = [e for e in t.get("/v1/models/-/journal?limit=1000")["entries"]
              if e["kind"] == "forced"]
    assert {e["subject"] for e in forced} == {"fails/0"}, json.dumps(forced)
    # One that hangs goes by force, and it is said, too.
    gone = t.ok("remove-application", "hangs", "--force", "--wait")
    assert left_out(gone), str(gone)
    for name in ("mute", "refused"):
        assert not left_out(t.ok("remove-application", name, "--wait"))
    t.settled()
    assert t.workload("postgresql/0") == ("active", "Primary")


def test_a_server_goes_although_a_client_fails(tutorial):
    t = tutorial
    t.ok("deploy", "postgresql", "--wait")
    t.ok("deploy", foreign_charm(t, "fails", "test ! -e $0.sulks"))
    t.ok("relate", "fails:database", "postgresql:database")
    t.settled()
    (t.base / "fails" / "dispatch.sulks").touch()
    gone = t.ok("remove-application", "postgresql", "--destroy-storage",
                "--wait")
    assert any("unit fails/0 left out: database-relation-broken" in line
               for line in left_out(gone)), str(gone)
    assert list(t.status()["applications"]) == ["fails"]
    t.settled()
    done = t.ok("destroy-model", "tutorial", "-y")
    assert not left_out(done), "its last hooks do not fail"
