# SPDX-License-Identifier: Apache-2.0
"""./quickstart, and the commands that it proposes at its end."""
import shlex

import pytest

from harness import BUILD, ROOT, Tenon


@pytest.fixture(scope="module")
def ran():
    """(a state directory with a space in its name, what quickstart printed)"""
    tenon = Tenon()
    tenon.home = tenon.base / "a home"
    # Given as somebody in that directory would.
    tenon.env.update(TENON_HOME="a home", TENON_BUILD=str(BUILD))
    try:
        yield tenon, tenon.run(binary=ROOT / "quickstart", timeout=300)
        tenon.destroy()
    finally:
        tenon.discard()


def proposed(result):
    """The commands below "Try", to be typed into a shell."""
    lines = result.stdout.rpartition("Try\n")[2].splitlines()
    return [line[2:] for line in lines if line.startswith("  ")]


def test_it_shows_commands_and_leaves_a_cluster(ran):
    tenon, result = ran
    assert result.rc == 0, str(result)
    for shown in ("$ tenon deploy postgresql --wait",
                  "username: relation-3",
                  'failed for user "relation-3"',
                  "username: relation-4",
                  " hello from relation-3"):
        assert shown in result.stdout, str(result)
    assert len(tenon.postmasters()) == 2
    assert tenon.credentials()["username"] == "relation-4"


def test_what_it_proposes_works_as_typed(ran):
    tenon, result = ran
    export, *commands = proposed(result)
    assert export.startswith("export PATH=")
    # These go on until somebody ends them, or end what others need.
    commands = [c for c in commands if "--watch" not in c and "destroy" not in c
                and "remove" not in c and not c.startswith("psql")]
    assert len(commands) >= 3
    for command in commands:
        tenon.ok("-ec", f"{export}\n{command}", binary="/bin/bash")


def test_the_proposed_logins_work(ran):
    tenon, result = ran
    password = tenon.credentials()["password"]
    logins = [c for c in proposed(result) if c.startswith("psql")]
    assert len(logins) == 2
    for login in logins:
        done = tenon.run(*shlex.split(login)[1:], binary="psql",
                         stdin=f"{password}\nSELECT 1;\n")
        assert done.rc == 0, str(done)


def test_a_second_run_refuses_and_says_what_to_do(ran):
    tenon, _ = ran
    before = tenon.postmasters()
    again = tenon.run(binary=ROOT / "quickstart", timeout=120)
    assert again.rc == 1
    assert 'There is a model "tutorial" already' in again.stdout
    assert "tenon destroy-model tutorial --destroy-storage -y" in again.stdout
    assert tenon.postmasters().items() >= before.items()
