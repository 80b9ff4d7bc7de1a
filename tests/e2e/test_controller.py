# SPDX-License-Identifier: Apache-2.0
"""Controllers and models: made, listed, switched, destroyed."""
import json
import os
import shutil
import signal

import pytest

from harness import BUILD, wait_until


@pytest.mark.ordinary
def test_bootstrap_add_model_and_an_empty_status(tenon):
    made = tenon.ok("bootstrap", "localhost", "overlord")
    assert made.stdout == ""
    assert 'Bootstrap complete, controller "overlord" is now available' \
        in made.stderr

    added = tenon.ok("add-model", "tutorial")
    assert "Added 'tutorial' model on localhost/localhost" in added.stderr

    status = tenon.ok("status")
    head, row = status.stdout.splitlines()[:2]
    assert head.split() == ["Model", "Controller", "Cloud/Region", "Version",
                            "SLA", "Timestamp"]
    assert row.split()[:3] == ["tutorial", "overlord", "localhost/localhost"]
    assert 'Model "tutorial" is empty.' in status.stderr \
        or 'Model "admin/tutorial" is empty.' in status.stderr


@pytest.mark.ordinary
def test_the_first_verb_starts_the_embedded_controller(tenon):
    added = tenon.ok("add-model", "tutorial")
    assert str(tenon.home) in added.stderr, "it says where its state is"
    assert tenon.status()["model"]["name"] == "tutorial"


def test_asking_for_status_without_anything_says_what_to_do(tenon):
    result = tenon.fails(1, "status")
    assert "No " in result.stderr and "model" in result.stderr.lower()


def test_options_of_controllers_are_left_out(tenon):
    done = tenon.ok("bootstrap", "localhost", "overlord", "--config", "bootstrap-timeout=600",
                    "--config", "http-proxy=http://p:1")
    assert ('Option "bootstrap-timeout" is left out: a controller has no options here\n'
            in done.stderr)
    tenon.ok("add-model", "m")
    assert tenon.ok("model-config", "http-proxy").stdout == "http://p:1\n"
    assert "bootstrap-timeout" not in tenon.ok("model-config").stdout


def test_a_second_bootstrap_is_refused(tutorial):
    result = tutorial.fails(1, "bootstrap", "localhost", "overlord")
    assert 'controller "overlord" already exists' in result.stderr


def test_models_are_listed_and_switched(tutorial):
    tutorial.ok("add-model", "second")
    listed = json.loads(tutorial.ok("models", "--format", "json").stdout)
    assert [m["short-name"] for m in listed["models"]] == ["second", "tutorial"]
    assert listed["current-model"].endswith("second")

    tutorial.ok("switch", "tutorial")
    assert tutorial.ok("switch").stdout.strip().endswith("tutorial")
    assert tutorial.status()["model"]["name"] == "tutorial"
    assert tutorial.status("second")["model"]["name"] == "second"


def test_a_model_that_was_destroyed_is_gone(tutorial):
    tutorial.ok("add-model", "second")
    tutorial.ok("destroy-model", "second", "-y")
    assert 'second' in tutorial.fails(1, "status", "-m", "second").stderr
    tutorial.ok("add-model", "second")


def test_destroying_a_controller_with_models_names_them(tutorial):
    tutorial.ok("add-model", "second")
    result = tutorial.fails(1, "destroy-controller", "overlord", "-y")
    assert "tutorial" in result.stderr and "second" in result.stderr
    assert tutorial.status()["model"]["name"] == "second"


@pytest.mark.ordinary
def test_a_stopped_daemon_is_started_by_the_next_verb(tutorial):
    first = tutorial.daemon_pid()
    tutorial.kill_daemon(signal.SIGTERM)
    assert tutorial.status()["model"]["name"] == "tutorial"
    assert tutorial.daemon_pid() != first


def test_quiet_holds_before_the_verb_too(tutorial):
    made = tutorial.ok("-q", "add-model", "second")
    assert (made.stdout, made.stderr) == ("", "")


def test_watching_ends_with_the_model(tutorial):
    watching = tutorial.popen("status", "--watch", "1s")
    assert "Model" in watching.stdout.readline()
    tutorial.ok("destroy-model", "tutorial", "-y")
    _, stderr = watching.communicate(timeout=20)
    assert "ERROR the model has been destroyed" in stderr
    assert watching.returncode == 1


def test_destroying_asks_first(tutorial):
    refused = tutorial.run("destroy-model", "tutorial", stdin="n\n")
    assert refused.rc == 1
    assert tutorial.status()["model"]["name"] == "tutorial"


def test_the_daemon_ends_with_its_controller(tutorial):
    tutorial.ok("destroy-controller", "overlord", "--destroy-all-models", "-y")
    assert not tutorial.processes()
    tutorial.assert_gone()


def test_what_a_controller_left_is_gone_when_the_command_returns(tenon):
    for _ in range(10):
        tenon.ok("bootstrap", "localhost", "overlord")
        tenon.ok("destroy-controller", "overlord", "-y")
        assert not list(tenon.home.glob("*"))


def test_built_in_charms_move_with_the_programs(tenon, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(BUILD / "charms", old)
    tenon.env["TENON_CHARMS"] = str(old)
    tenon.ok("add-model", "tutorial")
    tenon.ok("deploy", "data-integrator", "--wait")
    tenon.kill_daemon()
    old.rename(new)
    tenon.env["TENON_CHARMS"] = str(new)
    tenon.ok("config", "data-integrator", "database-name=shop", "--wait")
    assert "Please relate" in tenon.workload("data-integrator/0")[1]


def test_a_local_charm_that_is_gone_harms_only_its_application(tenon,
                                                               tmp_path):
    charm = tmp_path / "mine"
    shutil.copytree(BUILD / "charms" / "data-integrator", charm)
    tenon.ok("add-model", "tutorial")
    tenon.ok("deploy", "data-integrator", "--wait")
    tenon.ok("deploy", charm, "mine", "--wait")
    tenon.kill_daemon()
    shutil.rmtree(charm)
    tenon.ok("config", "data-integrator", "database-name=shop", "--wait")
    assert "Please relate" in tenon.workload("data-integrator/0")[1]
    tenon.ok("remove-application", "mine", "--wait")
    assert "mine" not in tenon.status()["applications"]


@pytest.mark.parametrize("name", ["bob/tutorial", "overlord:bob/tutorial"])
def test_a_model_of_somebody_else_is_not_there(tutorial, name):
    for verb in (["status", "-m", name], ["show-model", name],
                 ["destroy-model", name, "-y"]):
        assert tutorial.fails(1, *verb).stderr == (
            f"ERROR model {name.rpartition(':')[2]} not found\n"
            "all models are admin's: admin/tutorial\n")
    tutorial.ok("status", "-m", name.replace("bob", "admin"))


def test_the_controller_of_the_environment_has_to_be_this_one(tutorial):
    done = tutorial.fails(1, "status", env={"JUJU_CONTROLLER": "prod"})
    assert done.stderr.startswith("ERROR controller prod not found\n")
    assert done.stdout == ""
    for env in ({"JUJU_CONTROLLER": "overlord"}, {"JUJU_CONTROLLER": ""}):
        tutorial.ok("status", env=env)
    # What is said on the command line counts for more.
    tutorial.ok("status", "-m", "overlord:tutorial",
                env={"JUJU_CONTROLLER": "prod"})


def test_whoever_is_used_to_juju_3_confirms_by_name(tutorial):
    juju3 = {"TENON_COMPAT": "3"}
    asked = tutorial.fails(1, "destroy-model", "tutorial", stdin="y\n", env=juju3)
    assert "To continue, enter the name of the model to be destroyed: " in \
        asked.stderr and "Continue [y/N]" not in asked.stderr
    asked = tutorial.fails(1, "destroy-controller", "overlord", stdin="tutorial\n",
                           env=juju3)
    assert "enter the name of the controller to be destroyed: " in asked.stderr
    assert "tutorial" in tutorial.ok("models").stdout
    assert "Continue [y/N]? " in tutorial.ok(
        "destroy-model", "tutorial", stdin="y\n").stderr
    tutorial.ok("add-model", "tutorial")
    tutorial.ok("destroy-model", "tutorial", stdin="tutorial\n", env=juju3)


def test_what_is_left_of_a_model_is_told_while_it_goes(tenon):
    tenon.ok("add-model", "m")
    charm = tenon.base / "clings"
    charm.mkdir()
    (charm / "metadata.yaml").write_text(
        "name: clings\nsummary: s\ndescription: d\n")
    (charm / "dispatch").write_text(
        "#!/bin/sh\n[ $JUJU_DISPATCH_PATH != hooks/stop ] || read x <$0.fifo\n")
    (charm / "dispatch").chmod(0o755)
    os.mkfifo(charm / "dispatch.fifo")
    tenon.ok("deploy", charm, "--wait")
    refused = tenon.fails(1, "destroy-model", "m", "-y", "--timeout", "1ms")
    assert refused.stderr.splitlines()[:2] == [
        "Destroying model", "ERROR timed out waiting"]
    assert '"tenon status -m m" shows what is left' in refused.stderr

    assert tenon.fails(1, "wait-for", "settled", "-m", "m", "--timeout",
                       "1ms").stderr.splitlines()[-2:] == [
        "ERROR timed out waiting",
        'it goes on: "tenon status" shows how far it is']

    destroying = tenon.popen("destroy-model", "m", "-y")
    said = ""
    while "....." not in said:
        more = os.read(destroying.stderr.fileno(), 4096)
        assert more, said
        said += more.decode()
    (charm / "dispatch.fifo").write_text("now\n")
    said += destroying.stderr.read()
    assert destroying.wait() == 0
    first, waiting, last = said.splitlines()
    assert (first, last) == ("Destroying model", "Model destroyed.")
    assert waiting.rstrip(".") == \
        "Waiting for model to be removed, 1 machine(s), 1 application(s)"
