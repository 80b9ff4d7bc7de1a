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


# ---- refresh ----

def hooks(server, unit):
    """What the unit has run, according to the journal."""
    lines = server.get(f"/v1/models/-/journal?subject={unit.replace('/', '%2F')}"
                       "&kind=hook")["entries"]
    return [line["name"] for line in lines]


def revision(server, app):
    return server.status()["applications"][app]["charm-rev"]


def append(path, text):
    path.write_text(path.read_text() + text)


def all_there_is(server):
    """All but the time, which goes on."""
    return {k: v for k, v in server.raw_status().items() if k != "timestamp"}


def test_a_directory_is_read_again(server, charm, app):
    before = revision(server, app)
    append(charm / "config.yaml", "  shout:\n    type: boolean\n    default: true\n")
    append(charm / "actions.yaml", "wave:\n  description: Waves.\n")
    done = server.ok("refresh", app, "--wait")
    assert done.stdout == ""
    assert done.stderr.startswith(
        f'Added local charm "greeter", revision {before + 1}, to the model\n'
        'added option "shout"\n'
        'added action "wave"\n')
    assert revision(server, app) == before + 1
    assert hooks(server, f"{app}/0")[-2:] == ["upgrade-charm", "config-changed"]
    assert server.ok("config", app, "shout").stdout == "true\n"
    assert "wave" in server.ok("actions", app).stdout


def test_programs_are_new_though_the_files_are_the_same(server, charm, app):
    append(charm / "dispatch", '[ "$JUJU_DISPATCH_PATH" != hooks/upgrade-charm ] ||'
           ' status-set active upgraded\n')
    server.ok("upgrade-charm", app, "--wait")
    assert server.workload(f"{app}/0") == ("active", "upgraded")


def test_another_directory_is_taken_and_the_old_one_again(server, charm, app, tmp_path):
    new = shutil.copytree(charm, tmp_path / "new")
    append(new / "config.yaml", "  shout:\n    type: boolean\n")
    server.ok("refresh", app, "--path", new, "--config", "shout=true", "--wait")
    shutil.rmtree(charm)
    assert server.ok("config", app, "shout").stdout == "true\n"
    gone = server.run("refresh", app, "--path", charm)
    assert gone.rc == RUN and str(charm) in gone.stderr

    shutil.copytree(GREETER, charm)
    back = server.ok("refresh", app, "--path", charm, "--wait")
    assert 'removed option "shout"\n' in back.stderr
    assert 'option "shout" is gone; what it was set to is forgotten\n' in back.stderr
    assert "shout" not in server.ok("config", app).stdout


def test_what_cannot_be_read_changes_nothing(server, charm, app):
    before = all_there_is(server)
    append(charm / "config.yaml", "  - this: is no option\n")
    refused = server.run("refresh", app)
    assert refused.rc == RUN and "config.yaml" in refused.stderr
    (charm / "metadata.yaml").unlink()
    refused = server.run("refresh", app)
    assert refused.rc == RUN and str(charm) in refused.stderr
    assert f"tenon refresh {app} --path" in refused.stderr
    assert all_there_is(server) == before
    assert server.ok("run", f"{app}/0", "greet").rc == 0


def test_an_endpoint_in_use_is_not_taken_away(server, charm, app):
    server.ok("deploy", GREETER, "guest")
    server.ok("relate", f"{app}:greeting", "guest:greeted")
    server.settled()
    text = (charm / "metadata.yaml").read_text()
    (charm / "metadata.yaml").write_text(text.replace(
        "greeting:\n    interface: greeting", "salute:\n    interface: greeting", 1))
    refused = server.run("refresh", app)
    key = f"guest:greeted {app}:greeting"
    assert refused.rc == RUN
    assert refused.stderr.startswith(
        f'ERROR cannot upgrade application "{app}" to charm "greeter":'
        f' would break relation "{key}"\n')
    assert f"tenon remove-relation {key}" in refused.stderr

    server.ok(*f"remove-relation {key}".split())
    done = server.ok("refresh", app, "--wait")
    assert 'added endpoint "salute"\n' in done.stderr
    assert 'removed endpoint "greeting"\n' in done.stderr
    server.ok("relate", f"{app}:salute", "guest:greeted")
    server.settled()


def test_peers_that_appear_are_related(server, charm, app):
    append(charm / "metadata.yaml", "peers:\n  ring:\n    interface: ring\n")
    server.ok("refresh", app, "--wait")
    assert "ring-relation-created" in hooks(server, f"{app}/0")
    assert f"{app}:ring" in server.ok("status", "--relations", app).stdout
    refused = server.run("refresh", app, "--path", GREETER)
    assert refused.rc == RUN
    assert f'would break relation "{app}:ring"' in refused.stderr


def test_an_option_that_fits_no_more_is_named(server, charm, app):
    server.ok("config", app, "word=hi")
    server.settled()
    text = (charm / "config.yaml").read_text()
    (charm / "config.yaml").write_text(text.replace(
        "type: string\n    default: hello", "type: int\n    default: 1"))
    refused = server.run("refresh", app)
    assert refused.rc == RUN
    assert 'option "word" expected int, got "hi"' in refused.stderr
    assert server.ok("config", app, "word").stdout == "hi\n"
    server.ok("config", app, "word=hello")


def test_a_unit_in_error_is_mended(server, charm, app):
    good = (charm / "dispatch").read_text()
    (charm / "dispatch").write_text("#!/bin/sh\nexit 1\n")
    server.ok("config", app, "word=broken")
    failed = server.run("wait-for", "unit", f"{app}/0",
                        "--query", 'workload-status=="error"', "--timeout", "20s")
    assert failed.rc == 0, failed
    (charm / "dispatch").write_text(good)
    server.ok("refresh", app)
    server.settled()
    assert server.workload(f"{app}/0")[0] == "active"


def test_what_a_refresh_would_do_is_foretold(server, charm, app):
    append(charm / "config.yaml", "  shout:\n    type: boolean\n    default: true\n")
    before = all_there_is(server)
    told = server.ok("refresh", app, "--dry-run").stdout
    assert told.startswith(f'"{app}" would be refreshed to local charm "greeter",')
    assert [line.split() for line in told.splitlines()[2:4]] == [
        ["Change", "What", "Name"], ["added", "option", "shout"]]
    steps = [line.split()[:3] for line in told.splitlines()
             if line.startswith(f"{app}/0")]
    assert steps == [[f"{app}/0", "runs", "upgrade-charm"],
                     [f"{app}/0", "runs", "config-changed"]]
    assert told.count("the charm was changed") == 2
    assert all_there_is(server) == before
    assert "shout" not in server.ok("config", app).stdout
    assert server.ok("config", app, "word").stdout == "hello\n"


def test_another_charm_has_to_be_asked_for(server, app):
    refused = server.run("refresh", app, "--path",
                         ROOT / "tests/data/charms/old-style")
    assert refused.rc == RUN
    assert refused.stderr.startswith(
        'ERROR cannot upgrade "greeter" to "old-style": it is another charm\n')
    assert "--switch" in refused.stderr
    server.ok("refresh", app, "--switch", ROOT / "tests/data/charms/old-style",
              "--wait")
    assert server.status()["applications"][app]["charm-name"] == "old-style"
    # To one that has the same number.
    assert revision(server, app) == 1
    server.ok("refresh", app, "--switch", "data-integrator", "--wait")
    assert revision(server, app) == 1
    assert hooks(server, f"{app}/0")[-2:] == ["upgrade-charm", "config-changed"]
    assert server.workload(f"{app}/0")[0] == "blocked"


@pytest.fixture(scope="module")
def asks(server):
    """One whose charm is built in."""
    server.ok("deploy", "data-integrator", "asks")
    server.settled()
    return "asks"


def test_a_built_in_charm_is_up_to_date(server, asks):
    before = all_there_is(server)
    same = server.ok("refresh", asks)
    assert (same.stdout, same.stderr) == (
        "", 'charm "data-integrator": already up-to-date\n')
    assert all_there_is(server)["applications"] == before["applications"]
    assert server.ok("refresh", asks, "--revision", "1").rc == 0
    wrong = server.run("refresh", asks, "--revision", "7")
    assert wrong.rc == RUN
    assert wrong.stderr.startswith(
        'ERROR charm "data-integrator" has no revision 7 here\n')
    server.ok("refresh", asks, "--channel", "edge", "--config", "database-name=x")
    assert server.raw_status()["applications"][asks]["channel"] == "edge"
    assert server.ok("config", asks, "database-name").stdout == "x\n"


def test_flags_that_do_not_go_together_are_refused(server, asks):
    for a, b in (("switch", "path"), ("path", "revision")):
        both = server.run("refresh", asks, f"--{a}", "1", f"--{b}", "1")
        assert both.rc == USAGE
        assert both.stderr.startswith(
            f"ERROR --{a} and --{b} are mutually exclusive\n")
    assert server.run("refresh").rc == USAGE
    assert server.run("refresh", "nosuch").stderr.startswith(
        'ERROR application "nosuch" not found\n')


def test_flags_of_juju_say_what_they_come_to(server, asks):
    said = server.ok("refresh", asks, "--storage", "data=1G", "--force",
                     "--force-base", "--force-units", "--base", "ubuntu@22.04")
    assert "--storage has no effect: " in said.stderr
    assert "--base has no effect: " in said.stderr
    assert "--force" not in said.stderr
    refused = server.run("refresh", asks, "--resource", "image=1")
    assert refused.rc == RUN
    assert refused.stderr.startswith("ERROR --resource is not supported: ")


def test_a_charm_that_checks_is_asked_before(server, charm, app):
    append(charm / "metadata.yaml", "tenon:\n  check: true\n")
    plan = server.ok("refresh", app, "--dry-run").stdout
    assert "upgrade-charm" in plan and revision(server, app) == 0
    server.ok("refresh", app, "--channel", "edge", "--wait")
    assert revision(server, app) == 1
    text = (charm / "dispatch").read_text()
    (charm / "dispatch").write_text(text.replace("set -e\n", (
        'if [ "$1" = check ]; then echo "not with $2"; echo "take stable"; exit 1; fi\n'
        "set -e\n"), 1))
    refused = server.run("refresh", app, "--channel", "beta")
    assert refused.rc == RUN
    assert refused.stderr.startswith("ERROR not with beta\ntake stable\n"), refused
    assert revision(server, app) == 1
    assert server.raw_status()["applications"][app]["channel"] == "edge"
