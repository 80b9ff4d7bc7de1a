# SPDX-License-Identifier: Apache-2.0
"""Why something is as it is, what happened, and what the doctor finds."""
import os
import re

import pytest

from harness import ROOT, Tenon, make_model, wait_until

pytestmark = pytest.mark.xdist_group("explain")

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
METADATA = """name: frail
summary: Of a test.
description: Of a test.
requires:
  up:
    interface: greeting
"""
DISPATCH = """#!/bin/sh
[ "$JUJU_DISPATCH_PATH" != hooks/config-changed ] && exit 0
[ -e {} ] || {{ echo "there is no such file" >&2; exit 1; }}
"""


def deploy_frail(tenon, fine):
    """A charm whose config-changed fails until there is a file `fine`."""
    charm = tenon.base / f"frail-{fine.name}"
    charm.mkdir()
    (charm / "metadata.yaml").write_text(METADATA)
    (charm / "dispatch").write_text(DISPATCH.format(fine))
    (charm / "dispatch").chmod(0o755)
    tenon.ok("deploy", charm, fine.name)
    wait_until(lambda: tenon.workload(f"{fine.name}/0")[0] == "error")


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one)
        one.ok("deploy", ROOT / "tests/data/charms/greeter", "hello")
        one.ok("deploy", "data-integrator")
        one.settled()
        yield one
    finally:
        one.cleanup()


def why(server, subject):
    return server.ok("why", subject).stdout


def test_why_names_the_command_that_mends_a_hook(server):
    fine = server.base / "one"
    deploy_frail(server, fine)
    # It is tried again now and then; while it runs there is nothing to mend.
    told = wait_until(lambda: next(
        (t for t in [why(server, "one")] if "mend with" in t), None))
    assert re.fullmatch(
        r"application one is error\n\n"
        r'one/0: hook failed: "config-changed": the charm ended: exit status 1\n'
        rf"  since      {TIME}\n"
        r"  waits for  .*\n"
        r"  mend with  tenon resolved one/0\n", told), told
    fine.touch()
    server.ok("resolved", "one/0")
    server.settled()
    assert why(server, "one").startswith("application one is ")
    assert "mend with" not in why(server, "one")


def test_why_says_what_an_option_waits_for(server):
    told = why(server, "data-integrator/0")
    assert re.fullmatch(
        r"unit data-integrator/0 is blocked\n\n"
        r"data-integrator/0: its charm says blocked: Please specify either "
        r"topic or database name\n"
        rf"  since      {TIME}\n"
        r"  waits for  somebody to do what it says\n"
        r"  mend with  tenon config data-integrator database-name=VALUE\n", told), told


def test_why_has_nothing_to_say_of_what_is_well(server):
    assert why(server, "hello") == \
        "application hello is active; nothing keeps it from anything\n"


def journal(server, *args):
    """Rows of the table as {column: cell}."""
    header, *rows = server.ok("journal", *args).stdout.splitlines()
    starts = [m.start() for m in re.finditer(r"\S+", header)]
    ends = starts[1:] + [None]
    names = header.split()
    return [{name: row[a:b].strip() for name, a, b in zip(names, starts, ends)}
            for row in rows]


def test_the_journal_tells_who_what_why_and_how_long(server):
    rows = journal(server, "hello")
    assert [row["Operation"] for row in rows][:2] == ["deploy", "hook install"]
    assert all(re.fullmatch(TIME, row["Time"]) for row in rows)
    deploy, install = rows[:2]
    assert (deploy["Subject"], deploy["By"], deploy["Took"], deploy["Result"]) == \
        ("hello", "root", "-", "ok")
    assert install["Subject"] == "hello/0"
    assert install["Because"] == "the unit was added"
    assert re.fullmatch(r"\d+ms", install["Took"])


def test_the_journal_is_filtered(server):
    deploy_frail(server, server.base / "two")
    failed = journal(server, "two", "--result", "failed")
    server.ok("remove-application", "two", "--force", "--wait")
    assert {row["Operation"] for row in failed} == {"hook config-changed"}
    assert failed[0]["Result"] == "failed: the charm ended: exit status 1"
    requests = journal(server, "--kind", "request")
    assert {row["Operation"] for row in requests} >= {"add-model", "deploy"}
    assert len(journal(server, "--limit", "3")) == 3
    done = server.ok("journal", "--user", "nobody")
    assert "root" not in done.stdout
    assert journal(server, "hello", "--since", "1h") == journal(server, "hello")


def test_the_controller_has_a_journal_of_its_own(server):
    server.ok("add-model", "passing", "--no-switch")
    server.ok("destroy-model", "passing", "--no-prompt")
    rows = journal(server, "--of-controller", "passing")
    assert [(row["Operation"], row["By"], row["Result"]) for row in rows] == [
        ("add-model", "root", "ok"), ("destroy-model", "root", "ok")]
    assert "bootstrap" in {row["Operation"] for row in journal(server, "--of-controller")}
    assert journal(server, "--of-controller", "--limit", "1")[0]["Subject"] == "passing"
    wrong = server.run("journal", "--of-controller", "hello")
    assert (wrong.rc, wrong.stderr.splitlines()[0]) == (
        1, 'ERROR the journal of controller "overlord" knows no "hello"')


def test_the_doctor_looks_at_the_host(server):
    done = server.run("doctor")
    *lines, blank, total = done.stdout.splitlines()
    findings = [line for line in lines if not line.startswith(" ")]
    assert all(re.match(r"(ok|warning|error) +host, [a-z]+: \S", line)
               for line in findings), done
    count = {level: sum(line.startswith(level) for line in findings)
             for level in ("error", "warning", "ok")}
    assert blank == "" and total == (
        f"errors: {count['error']}, warnings: {count['warning']}, "
        f"well: {count['ok']}")
    assert done.rc == (1 if count["error"] else 0)
    for check in "limits disk memory clock processes addresses store".split():
        assert any(f"host, {check}: " in line for line in findings), check


def test_the_doctor_finds_a_stray_process(server):
    unit = next(server.home.glob("machines/*/hello-0"))
    with server.popen("-f", "/dev/null", binary="/usr/bin/tail",
                      preexec_fn=lambda: os.chdir(unit)) as stray:
        try:
            told = server.run("doctor").stdout
        finally:
            stray.terminate()
    finding, hint = re.search(r"(.*host, processes:.*)\n(.*)\n", told).groups()
    assert finding == (
        f"error    host, processes: tail (pid {stray.pid}) works in the "
        "directories of a unit, and is no service of ours")
    assert f"kill {stray.pid}" in hint
