# SPDX-License-Identifier: Apache-2.0
"""Charms that are scripts: Juju's environment, and its hook tools as programs."""
import json

import pytest

from harness import BUILD, ROOT, Tenon, make_model

pytestmark = [pytest.mark.xdist_group("hook_tools"), pytest.mark.ordinary]

CHARMS = ROOT / "tests/data/charms"


@pytest.fixture(scope="module")
def scripts():
    """hello/0 and hello/1, to which guest/0 is related; and old-style/0."""
    tenon = Tenon()
    try:
        make_model(tenon)
        tenon.ok("deploy", CHARMS / "greeter", "hello", "-n", "2")
        tenon.ok("deploy", CHARMS / "greeter", "guest")
        tenon.ok("deploy", CHARMS / "old-style")
        tenon.ok("relate", "hello:greeting", "guest:greeted")
        tenon.settled()
        yield tenon
    finally:
        tenon.cleanup()


def task_of(result):
    (task,) = json.loads(result.stdout).values()
    return task


def test_a_script_reads_and_writes_databags(scripts):
    assert scripts.workload("guest/0") == ("active", "hello: hello/0 hello/1")


def test_a_script_says_its_version_and_opens_ports(scripts):
    app = scripts.status()["applications"]["hello"]
    assert app["version"] == "1.0"
    assert app["units"]["hello/0"]["open-ports"] == ["8080/tcp"]


def test_an_action_of_a_script_gives_results_log_and_output(scripts):
    task = task_of(scripts.ok("run", "hello/0", "greet", "name=you",
                              "--format", "json"))
    assert task["status"] == "completed"
    assert task["results"] == {
        "greeting": "hello you", "deep": {"id": task["id"]},
        "return-code": 0, "stdout": "to standard output\n"}
    assert [line.split()[-1] for line in task["log"]] == ["greeting"]


def test_an_action_that_ends_badly_says_how_and_what_it_wrote(scripts):
    result = scripts.fails(1, "run", "hello/0", "break", "--format", "json")
    task = task_of(result)
    assert task["status"] == "failed"
    assert task["results"] == {"return-code": 3, "stderr": "it is broken\n"}
    assert "with return code 3" in result.stderr
    assert scripts.workload("hello/0")[0] == "active"


def test_an_action_that_gives_up_has_failed_in_order(scripts):
    task = task_of(scripts.ok("run", "hello/0", "refuse", "--format", "json"))
    assert (task["status"], task["message"]) == ("failed", "I would rather not")
    assert task["results"]["return-code"] == 0


def test_an_old_charm_has_a_program_for_each_hook(scripts):
    assert scripts.workload("old-style/0") == ("active", "start ran")
    task = task_of(scripts.ok("run", "old-style/0", "hello",
                              "--format", "json"))
    assert task["results"]["hello"] == "hello"


def test_an_action_without_its_program_fails(scripts):
    task = task_of(scripts.ok("run", "old-style/0", "lost",
                              "--format", "json"))
    assert (task["status"], task["message"]) == (
        "failed", "the charm has no such program")


def test_a_tool_outside_a_hook_says_so(scripts):
    result = scripts.run("x", binary=BUILD / "hooktools/config-get")
    assert (result.rc, result.stderr) == (1, "ERROR JUJU_CONTEXT_ID not set\n")


def test_a_context_that_is_over_is_refused(scripts):
    result = scripts.run(binary=BUILD / "hooktools/is-leader", env={
        "JUJU_CONTEXT_ID": "hello/0-greet-0123456789abcdef",
        "JUJU_AGENT_SOCKET_ADDRESS": str(scripts.socket)})
    assert result.rc == 1
    assert "its hook has ended" in result.stderr


@pytest.mark.parametrize("words, rc, message", [
    (["config-get", "--nope"], 2, "option provided but not defined: --nope"),
    (["relation-get", "-", "x/0"], 2, "no relation id specified"),
    (["relation-get", "-r", "1"], 2, "no unit or application specified"),
    (["relation-get", "-r", "1", "-", "x"], 2,
     'expected unit name, got application name "x"'),
    (["relation-ids"], 2, "no endpoint name specified"),
    (["action-set", "a"], 2, 'expected "key=value", got "a"'),
    (["secret-get"], 2, "require either a secret URI or label"),
    (["resource-get", "x"], 1,
     "resource-get: charms have no resources here"),
])
def test_words_that_make_no_sense_are_refused(scripts, words, rc, message):
    result = scripts.run(*words[1:], binary=BUILD / "hooktools" / words[0])
    assert (result.rc, result.stderr) == (rc, f"ERROR {message}\n")


def test_each_tool_shows_its_help(scripts):
    for tool in (BUILD / "hooktools").iterdir():
        if tool.is_symlink() and tool.name not in (
                "add-metric", "credential-get", "goal-state", "juju-reboot",
                "leader-get", "leader-set", "pod-spec-set", "resource-get",
                "storage-add"):
            result = scripts.ok("--help", binary=tool)
            assert result.stdout.startswith(f"Usage: {tool.name}"), str(result)
