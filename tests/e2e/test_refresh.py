# SPDX-License-Identifier: Apache-2.0
"""Charms that are changed while they are in use: refresh; and their actions."""
import shutil

import pytest
import yaml

from harness import ROOT, Tenon, make_model

pytestmark = [pytest.mark.xdist_group("refresh"), pytest.mark.ordinary]

RUN, USAGE = 1, 2
GREETER = ROOT / "tests/data/charms/greeter"


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one)
        yield one
    finally:
        one.cleanup()


@pytest.fixture
def charm(tmp_path):
    """A copy of the charm that a test may change."""
    return shutil.copytree(GREETER, tmp_path / "greeter")


@pytest.fixture
def app(server, charm, request):
    """An application of that charm, with the name of the test."""
    name = request.node.name.replace("test_", "").replace("_", "-")
    server.ok("deploy", charm, name)
    server.settled()
    yield name
    server.ok("remove-application", name, "--force", "--wait")


# ---- actions ----

def test_an_action_is_shown_with_its_parameters(server, app):
    assert server.ok("show-action", app, "greet").stdout == (
        "Greets somebody.\n\n"
        "Arguments\n"
        "name:\n  default: world\n  type: string\n")
    assert server.ok("show-action", app, "break").stdout == "Ends badly.\n"


def test_parameters_that_are_required_are_named(server, charm):
    (charm / "actions.yaml").write_text(
        "copy:\n  params: {to: {type: string}, from: {type: string}}\n"
        "  required: [from, to]\n")
    server.ok("deploy", charm, "copier")
    assert server.ok("show-action", "copier", "copy").stdout == (
        "No description\n\n"
        "Arguments\n"
        "from:\n  type: string\nto:\n  type: string\n\n"
        "Required: from, to\n")


def test_an_action_that_is_not_there_is_named(server, app):
    refused = server.run("show-action", app, "dance")
    assert (refused.rc, refused.stdout) == (RUN, "")
    assert refused.stderr.startswith('ERROR unknown action "dance"\n')
    assert server.run("show-action", app).rc == USAGE
    assert server.run("show-action", "nosuch", "dance").stderr.startswith(
        'ERROR application "nosuch" not found\n')


def test_the_status_of_actions_is_listed_by_name(server, app):
    server.ok("run", f"{app}/0", "greet")
    server.run("run", f"{app}/0", "break")

    def listed(*args):
        text = server.ok("show-action-status", *args).stdout
        return [(a["action"], a["unit"], a["status"])
                for a in yaml.safe_load(text)["actions"]]

    assert listed("--name", "break")[-1:] == [("break", f"{app}/0", "failed")]
    assert listed()[-2:] == [("greet", f"{app}/0", "completed"),
                             ("break", f"{app}/0", "failed")]
    assert listed("--name", "dance") == []
    last = yaml.safe_load(server.ok("show-action-status").stdout)["actions"][-1]
    assert last["completed at"] != "n/a"
    assert yaml.safe_load(server.ok("show-action-status", last["id"]).stdout) == {
        "actions": [last]}
    assert server.run("show-action-status", last["id"], "--name", "greet").rc == RUN
