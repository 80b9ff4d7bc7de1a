# SPDX-License-Identifier: Apache-2.0
"""A client of Juju 3 works unchanged: its calls, and what it reads."""
import json
import os
import pwd
import re
import secrets
import shutil

import pytest

from foreign_client import (
    CLIError, Client, TaskError, all_active, all_agents_idle, any_error,
    require)
from harness import ROOT, Tenon

pytestmark = pytest.mark.xdist_group("client")

GREETER = ROOT / "tests/data/charms/greeter"


@pytest.fixture(scope="module")
def shared():
    one = Tenon()
    client = Client(one)
    try:
        client.add_cloud("far", {"type": "openstack", "endpoint": "https://x"})
        client.add_credential("localhost", "mine", {
            "auth-type": "userpass", "password": "hush"})
        client.bootstrap(
            "localhost", "overlord", **{
                "bootstrap-base": "debian@12", "config": "logging-config=INFO",
                "bootstrap-constraints": "mem=4G", "constraints": "cores=2",
                "credential": "mine", "model-default": "test-mode=true",
                "storage-pool": "a", "to": "b", "metadata-source": "c"})
        one.ok("model-defaults", "--reset", "test-mode,logging-config")
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


def test_constraints_of_an_application_are_kept_over_a_restart(shared, client):
    client.deploy(str(GREETER))
    client.cli("set-constraints", "greeter", "mem=2G arch=amd64", "tags=a,b")
    expected = {"arch": "amd64", "mem": 2048, "tags": ["a", "b"]}
    assert client.json("constraints", "greeter", "--format", "json") == expected
    shared.daemon_pid()
    shared.kill_daemon()
    assert client.json("constraints", "greeter", "--format", "json") == expected
    assert client.cli("constraints", "greeter") == \
        "arch=amd64 mem=2048M tags=a,b\n"
    client.cli("set-constraints", "greeter")
    assert client.cli("constraints", "greeter") == ""


def test_clouds_and_credentials_are_kept_and_hide_their_secrets(shared):
    client = Client(shared)
    client.add_cloud("far", {"type": "openstack"}, verb="update-cloud")
    clouds = client.json("clouds", "--format", "json")
    assert clouds["far"] == {"type": "openstack"}
    assert clouds["localhost"]["type"] == "host"
    assert "hush" not in client.cli("list-credentials", "--format", "yaml")
    shown = client.json("show-credential", "localhost", "mine", "--format",
                        "json", "--show-secrets")
    assert shown["controller-credentials"]["localhost"]["mine"][
        "password"] == "hush"
    client.add_model("paid", credential="mine")
    with pytest.raises(CLIError, match='is that of model "paid"'):
        client.cli("remove-credential", "localhost", "mine", has_model=False)
    client.destroy_model("paid", "--force")


def test_models_begin_with_the_defaults_of_the_controller(shared, client):
    def option():
        return client.json("model-config", "--format", "json")["test-mode"]
    shared.ok("model-defaults", "test-mode=true")
    assert option() == {"Value": True, "Source": "controller"}
    client.set_model_config({"test-mode": False})
    assert option() == {"Value": False, "Source": "model"}
    shared.ok("model-defaults", "--reset", "test-mode")
    client.set_model_config({}, reset=["test-mode"])
    assert option() == {"Value": False, "Source": "default"}


@pytest.mark.parametrize("variable", ["TENON_MODEL", "JUJU_MODEL"])
def test_a_model_of_the_environment_cannot_be_switched_from(shared, variable):
    before = shared.ok("switch").stdout
    env = {**shared.env, variable: "one"}
    refused = shared.fails(1, "switch", "-", env=env)
    assert refused.stderr == (
        f'ERROR cannot switch when {variable} is overriding the model (set to "one")\n'
        f'"unset {variable}" lets the current model count\n')
    assert shared.ok("switch").stdout == before


def test_switching_back_and_forth(shared, client):
    for name in ("one", "other"):
        shared.ok("add-model", name)
    done = shared.ok("switch", "-")
    assert done.stderr == "overlord:admin/other -> overlord:admin/one\n"
    assert shared.ok("switch", "overlord:other").stderr == \
        "overlord:admin/one -> overlord:admin/other\n"
    for name in ("one", "other"):
        client.destroy_model(name, "--force")
    assert "no previous" in shared.fails(1, "switch", "-").stderr or \
        "not the name" in shared.fails(1, "switch", "-").stderr


def test_who_asks_is_named_with_the_role(shared):
    user = pwd.getpwuid(os.geteuid()).pw_name
    text = shared.ok("whoami").stdout
    assert f"User:        {user}\nAccess:      admin\n" in text
    assert json.loads(shared.ok("show-user", "--format", "json").stdout) == {
        "user-name": user, "display-name": user, "access": "admin",
        "last-connection": "just now"}
    assert re.search(rf"^{user}\* +admin +just now$",
                     shared.ok("users").stdout, re.M)
    head, row = shared.ok("controllers").stdout.splitlines()
    assert head.split() == ["Controller", "Model", "User", "Access", "Cloud/Region",
                            "Models", "Nodes", "HA", "Version"]
    assert re.search(rf"^overlord\*  .*  {user} +admin .* \d+ +1  none  2\.9\.42$", row)
    assert json.loads(shared.ok("controllers", "--format", "json").stdout)[
        "controllers"]["overlord"]["user"] == user


@pytest.mark.parametrize("command, code, error", [
    ("add-model m far", 1, "cloud far not found"),
    ("add-model m localhost/moon", 1, 'region "moon" of cloud localhost'),
    ("add-model m --credential nobody", 1, 'credential "nobody"'),
    ("add-model m --owner bob", 1, 'no model can be owned by "bob"'),
    ("add-model m --config colour=red", 1, 'unknown model option "colour"'),
    ("add-model m --controller moon", 1, "controller moon not found"),
    ("status --model moon:m", 1, "controller moon not found"),
    ("show-model moon:m", 1, "controller moon not found"),
    ("set-model-constraints mem", 2, 'malformed constraint "mem"'),
    ("set-model-constraints -m greeted colour=red", 1,
     'unknown constraint "colour"'),
    ("model-defaults colour", 1, 'no default model values for "colour"'),
    ("add-cloud localhost -f -", 1, "cloud localhost is this host"),
    ("add-cloud far -f -", 1, "cloud far already exists"),
    ("update-cloud moon -f -", 1, 'no "moon" below "clouds"'),
    ("add-credential moon -f -", 1, 'no "moon" below "credentials"'),
    ("bootstrap moon", 1, "cloud moon not found"),
    ("bootstrap --regions moon", 1, "cloud moon not found"),
])
def test_what_cannot_be_is_said_by_name(shared, greeted, command, code, error):
    assert greeted.model == "greeted"
    result = shared.fails(code, *command.split(), stdin=(
        "clouds: {localhost: {type: x}, far: {type: x}}\n"
        "credentials: {localhost: {a: {auth-type: x}}}\n"))
    assert error in result.stderr and result.stdout == ""


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


def test_options_come_from_standard_input_too(client):
    client.deploy(str(GREETER))
    client.cli("config", "greeter", "--file", "-",
               stdin="greeter: {word: hi, times: 3}")
    assert client.config("greeter")[0] == {"times": 3, "word": "hi"}
    client.cli("model-config", "--file", "-", stdin="test-mode: true")
    assert client.model_config()["test-mode"] is True


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


def test_deploy_takes_all_its_flags(client):
    client.deploy(str(GREETER), "many", units=2, config={"word": "hi"}, flags=[
        "--base", "debian@12", "--bind", "greeting=alpha", "--channel",
        "stable", "--constraints", "mem=1G", "--constraints", "cores=2",
        "--force", "--storage", "data=1G", "--trust"])
    app = client.status()["applications"]["many"]
    assert len(app["units"]) == 2
    assert client.config("many") == [{"times": 1, "word": "hi"},
                                     {"trust": True}]


def test_machines_are_added_and_used(client):
    client.cli("add-machine", "--base", "debian@12", "--constraints", "mem=1G",
               "--constraints", "cores=2")
    client.cli("add-machine", "-n", 2)
    assert [*client.status()["machines"]] == ["0", "1", "2"]
    client.deploy(str(GREETER), flags=["--to", "1"])
    assert client.status()["applications"]["greeter"]["units"]["greeter/0"][
        "machine"] == "1"


def test_a_charm_is_refreshed(client):
    charm = shutil.copytree(GREETER, client.tenon.base / client.model)
    client.deploy(str(charm))
    client.wait(lambda s: all_agents_idle(s) and all_active(s), any_error)
    with open(charm / "metadata.yaml", "a", encoding="utf-8") as metadata:
        metadata.write("description: A newer one.\n")
    client.cli("refresh", "greeter", "--path", charm, "--config", "word=ho",
               "--trust", "--force", "--force-base", "--force-units",
               "--base", "debian@12", "--storage", "data=1G")
    assert client.status()["applications"]["greeter"]["charm"] == \
        "local:greeter-1"
    assert client.config("greeter") == [{"times": 1, "word": "ho"},
                                        {"trust": True}]


def test_the_log_is_shown_and_ends(greeted):
    everything = greeted.cli("debug-log", "--limit", 0).splitlines()
    assert any("going" in line or "unit-greeter-0" in line
               for line in everything)
    assert len(greeted.cli("debug-log", "--limit", 2).splitlines()) == 2


def test_ssh_keys_are_kept(client):
    key = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGXAsN0Tu3UcVnZKbuKSLwKb"
           "pkYOmd8UVLg6YDlgmqCF me@here")
    shown = "SHA256:n5LtgCw1nfTOY+QuiCDJ47/CNosTrCLbbk8549/yw4U"
    client.cli("add-ssh-key", key)
    assert client.cli("ssh-keys") == \
        f"Keys used in model: admin/{client.model}\n{shown} (me@here)\n"
    assert key in client.cli("ssh-keys", "--full")
    with pytest.raises(CLIError, match="duplicate ssh key"):
        client.cli("add-ssh-key", key)
    client.cli("remove-ssh-key", shown)
    assert client.cli("ssh-keys") == ""


def test_secrets_of_a_model_are_made_read_and_removed(client):
    content = client.file("secret.yaml", {"token": "hush"})
    uri = client.cli("add-secret", "mine", "--info", "of a test", "--file",
                     content).strip()
    assert re.fullmatch(r"secret:[0-9a-v]{20}", uri)
    (ident, listed), = client.json("secrets", "--format", "json").items()
    assert f"secret:{ident}" == uri
    require(listed, "revision", "owner", "created", "updated")
    content = client.file("secret.yaml", {"token": "louder"})
    client.cli("update-secret", uri, "--info", "newer", "--file", content)
    shown = client.json("show-secret", uri, "--format", "json", "--reveal")
    assert shown[ident]["revision"] == 2
    assert shown[ident]["content"]["Data"] == {"token": "louder"}
    shown = client.json("show-secret", uri, "--format", "json", "--revisions")
    for revision in shown[ident]["revisions"]:
        require(revision, "revision", "created", "updated")
    client.deploy(str(GREETER))
    client.cli("grant-secret", uri, "greeter")
    client.cli("revoke-secret", uri, "greeter")
    client.cli("remove-secret", uri)
    assert client.json("secrets", "--format", "json") == {}
    with pytest.raises(CLIError, match="not found"):
        client.cli("show-secret", uri)


def test_files_are_copied_there_and_back(greeted):
    there = greeted.file("there.txt", "to and fro")
    back = there.with_name("back.txt")
    greeted.cli("scp", "--no-host-key-checks", "--", there,
                "greeter/1:came.txt")
    greeted.cli("scp", "--", "greeter/1:came.txt", back)
    assert back.read_text() == there.read_text()
    assert greeted.cli("ssh", "greeter/1", "cat", "came.txt") == \
        there.read_text()
    machine = greeted.status()["applications"]["greeter"]["units"][
        "greeter/1"]["machine"]
    assert greeted.cli("ssh", "--no-host-key-checks", machine, "echo",
                       "hello") == "hello\n"


def test_an_application_of_another_model_is_related(shared, client):
    other = Client(shared)
    other.add_model(f"{client.model}-far", controller="overlord")
    name = other.model.partition(":")[2]
    other.deploy(str(GREETER), "host")
    # The wrapper writes the model itself, and the controller as a flag.
    other.cli("offer", f"{name}.host:greeting", "--controller", "overlord",
              has_model=False)
    client.deploy(str(GREETER), "guest")
    client.cli("consume", f"overlord:admin/{name}.host", "far")
    client.cli("integrate", "guest:greeted", "far")
    status = client.wait(
        lambda status: all_agents_idle(status) and all_active(status),
        any_error)
    assert status["application-endpoints"]["far"]["relations"] == {
        "greeting": ["guest"]}
    assert status["applications"]["guest"]["application-status"][
        "message"] == "hello: far/0"
    client.cli("remove-relation", "guest", "far")
    other.destroy_model(other.model, "--destroy-storage", "--force")


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
