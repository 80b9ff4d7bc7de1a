# SPDX-License-Identifier: Apache-2.0
"""A client of Juju 3 works unchanged: its calls, and what it reads."""
import json
import secrets

import pytest

from foreign_client import (
    CLIError, Client, TaskError, all_active, all_agents_idle, any_error)
from harness import ROOT, Tenon

GREETER = ROOT / "tests/data/charms/greeter"


@pytest.fixture(scope="module")
def shared():
    one = Tenon()
    try:
        one.ok("bootstrap", "localhost", "overlord", "--no-switch")
        yield one
    finally:
        one.cleanup()


@pytest.fixture
def client(shared):
    """A model of its own for a test, as the wrapper's temp_model()."""
    one = Client(shared)
    name = f"jubilant-{secrets.token_hex(4)}"
    one.add_model(name)
    yield one
    one.destroy_model(name, "--destroy-storage", "--force")


@pytest.fixture(scope="module")
def greeted(shared):
    """Two units of a charm in shell, which tests only look at and ask."""
    one = Client(shared)
    one.add_model("greeted")
    one.deploy(str(GREETER), "greeter", units=2)
    one.wait(lambda status: all_active(status) and all_agents_idle(status),
             any_error)
    return one


def test_it_reads_all_that_it_must_of_a_model(shared, client):
    model = client.show_model()
    assert model["name"] == f"admin/{client.model}"
    assert model["short-name"] == client.model
    assert model["status"]["current"] == "available"
    assert model["is-controller"] is False
    for name in (f"admin/{client.model}", f"overlord:{client.model}",
                 f"overlord:admin/{client.model}"):
        assert client.show_model(name) == model
        assert client.show_model(name)["model-uuid"] == model["model-uuid"]


def test_a_model_of_a_named_controller_is_addressed_with_it(shared):
    client = Client(shared)
    client.add_model("placed", "localhost/localhost", controller="overlord",
                     config={"update-status-hook-interval": "10s"},
                     credential="localhost")
    assert client.model == "overlord:placed"
    assert client.status()["model"]["name"] == "placed"
    assert client.model_config()["update-status-hook-interval"] == "10s"
    assert client.show_model()["credential"]["name"] == "localhost"
    client.destroy_model(client.model, "--no-wait", "--force",
                         "--release-storage", "--timeout", "60s")
    with pytest.raises(CLIError, match="not found"):
        client.status()


def test_a_temporary_model_leaves_the_current_one_alone(shared, client):
    shared.ok("switch", "overlord")
    before = shared.ok("models", "--format", "json").stdout
    Client(shared).add_model("passing")
    Client(shared).destroy_model("passing", "--destroy-storage", "--force")
    assert json.loads(shared.ok("models", "--format", "json").stdout) == \
        json.loads(before)


def test_an_empty_model_is_ready_after_three_looks(client):
    status = client.wait(all_active, any_error)
    assert (status["machines"], status["applications"]) == ({}, {})


def test_options_of_a_model_are_set_and_restored(client):
    name = "update-status-hook-interval"
    assert client.model_config()[name] == "5m"
    client.set_model_config({name: "10s", "test-mode": True})
    assert client.model_config()[name] == "10s"
    assert client.model_config()["test-mode"] is True
    client.set_model_config({}, reset=[name, "test-mode"])
    assert client.model_config()[name] == "5m"
    assert client.model_config()["test-mode"] is False


def test_constraints_of_a_model_are_read_back(client):
    assert client.model_constraints() == {}
    client.set_model_constraints({"mem": "1G", "cores": 4})
    assert client.model_constraints() == {"mem": 1024, "cores": 4}


def test_the_version_has_the_form_it_knows(client):
    found = client.version()
    assert found["git-commit"] and found["git-tree-state"]
    assert found["compiler"]


def test_a_local_charm_has_the_name_it_expects(greeted):
    app = greeted.status()["applications"]["greeter"]
    assert app["charm"] == "local:greeter-0"
    assert (app["charm-origin"], app["charm-name"]) == ("local", "greeter")


def test_units_are_shown_with_what_they_say(greeted):
    leader = [name for name, unit in
              greeted.status()["applications"]["greeter"]["units"].items()
              if unit.get("leader")]
    for name in ("greeter/0", "greeter/1"):
        shown = greeted.show_unit(name)
        assert shown["opened-ports"] == ["8080/tcp"]
        assert shown["charm"] == "local:greeter-0"
        assert shown["leader"] is (name in leader)


def test_options_are_set_read_and_reset_with_their_types(client):
    client.deploy(str(GREETER), config={"times": 2}, flags=["--trust"])
    settings, application = client.config("greeter")
    assert settings == {"times": 2, "word": "hello"}
    assert application == {"trust": True}
    client.set_config("greeter", {"word": "hi"}, reset=["times"])
    assert client.config("greeter")[0] == {"times": 1, "word": "hi"}
    client.cli("trust", "greeter", "--remove")
    client.cli("trust", "greeter", "--scope", "cluster")
    assert client.config("greeter")[1] == {"trust": True}


def test_applications_are_joined_scaled_and_removed(client):
    client.deploy(str(GREETER), "host")
    client.deploy(str(GREETER), "guest", config={"word": "hi"})
    client.cli("integrate", "host:greeting", "guest:greeted")
    status = client.wait(
        lambda status: all_agents_idle(status) and all_active(status),
        any_error)
    relations = status["applications"]["guest"]["relations"]["greeted"]
    assert [r["related-application"] for r in relations] == ["host"]
    shown = client.show_unit("guest/0")
    (relation,) = shown["relation-info"]
    assert relation["application-data"]["word"] == "hello"
    assert relation["related-units"]["host/0"]["in-scope"] is True

    client.cli("add-unit", "host", "--num-units", 2)
    client.wait(lambda s: len(s["applications"]["host"]["units"]) == 3
                and all_agents_idle(s), any_error)
    client.cli("remove-unit", "--no-prompt", "host/1", "host/2",
               "--destroy-storage", "--force")
    client.wait(lambda s: [*s["applications"]["host"]["units"]] == ["host/0"],
                any_error)
    client.cli("remove-relation", "host:greeting", "guest:greeted")
    client.wait(lambda s: "greeted" not in
                s["applications"]["guest"].get("relations", {}))
    client.cli("remove-application", "--no-prompt", "host", "guest",
               "--destroy-storage", "--force")
    client.wait(lambda s: not s["applications"])


def test_an_action_returns_a_task(greeted):
    task = greeted.run("greeter/1", "greet", {"name": "all"}, wait=30)
    assert task["greeting"] == "hello all"
    assert task["stdout"] == "to standard output\n"
    assert task["log"] and "greeting" in task["log"][0]


def test_the_leader_answers_under_its_own_name(greeted):
    task = greeted.run("greeter/leader", "greet")
    assert task["of"] in ("greeter/0", "greeter/1")
    assert greeted.exec("is-leader", unit="greeter/leader")["stdout"] == \
        "True\n"


@pytest.mark.parametrize("action, code, message", [
    ("break", 3, ""), ("refuse", 0, "I would rather not")])
def test_an_action_that_fails_is_a_task_that_failed(greeted, action, code,
                                                    message):
    with pytest.raises(TaskError) as error:
        greeted.run("greeter/0", action)
    task = error.value.task
    assert (task["status"], task["return-code"]) == ("failed", code)
    assert message in task.get("message", "")


@pytest.mark.parametrize("unit, action", [
    ("greeter/0", "undefined"), ("greeter/42", "greet")])
def test_what_there_is_not_has_no_results(greeted, unit, action):
    with pytest.raises(ValueError):
        greeted.run(unit, action)


def test_a_command_runs_on_units_and_machines(greeted):
    assert greeted.exec("echo", "bar", "baz",
                        unit="greeter/0")["stdout"] == "bar baz\n"
    machine = greeted.status()["applications"]["greeter"]["units"][
        "greeter/1"]["machine"]
    task = greeted.exec("echo hello", machine=machine)
    assert (task["of"], task["stdout"]) == (machine, "hello\n")


def test_a_command_that_fails_is_a_task_that_failed(greeted):
    with pytest.raises(TaskError) as error:
        greeted.exec("sleep x", unit="greeter/0")
    task = error.value.task
    assert (task["stdout"], task["return-code"]) == ("", 1)
    assert "invalid time interval" in task["stderr"]


def test_a_command_for_nobody_says_so(greeted):
    with pytest.raises(ValueError):
        greeted.exec("true", unit="greeter/42")
    with pytest.raises(CLIError):
        greeted.exec("true", machine="42")


def test_waiting_ends_when_it_was_told_to(greeted):
    with pytest.raises(TimeoutError):
        greeted.exec("sleep 1", unit="greeter/0", wait=0.001)
    with pytest.raises(TimeoutError):
        greeted.run("greeter/0", "greet", wait=0.001)
    greeted.wait(all_agents_idle)
