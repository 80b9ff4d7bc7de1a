# SPDX-License-Identifier: Apache-2.0
"""What is printed as JSON, against docs/openapi.yaml; show-unit and the like."""
import json
import re

import pytest
import yaml

from document import faults, schema_named
from harness import ROOT, Tenon, make_model

pytestmark = pytest.mark.xdist_group("documents")


def write_charm(top, name, role, peer=""):
    """A charm with one end, and nothing to do."""
    charm = top / name
    charm.mkdir()
    (charm / "metadata.yaml").write_text(
        f"name: {name}\nsummary: Of a test.\ndescription: Of a test.\n"
        f"{role}:\n  {name}:\n    interface: link\n{peer}")
    (charm / "dispatch").write_text("#!/bin/sh\nexit 0\n")
    (charm / "dispatch").chmod(0o755)
    return str(charm)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    one = Tenon()
    top = tmp_path_factory.mktemp("charms")
    try:
        make_model(one)
        one.ok("deploy", write_charm(top, "up", "requires"), "-n", "2")
        one.ok("deploy", write_charm(
            top, "down", "provides", "peers:\n  crowd:\n    interface: crowd\n"))
        one.ok("deploy", "data-integrator", "--config", "database-name=shop")
        one.ok("relate", "up:up", "down:down")
        one.settled()
        yield one
    finally:
        one.cleanup()


def test_the_check_finds_what_is_wrong():
    shape = schema_named("relation")
    assert faults({"id": "3"}, {**shape, "required": ["id", "key"]}) == [
        "answer: key is missing", "answer.id: '3' is not of type integer"]
    assert faults({"colour": "red"}, {**shape, "required": []}) == [
        "answer: colour is not described"]
    assert faults("odd", schema_named("relation")["properties"]["type"]) == [
        "answer: 'odd' is none of ['peer', 'regular']"]


@pytest.mark.parametrize("path, name", [
    ("status", "status"),
    ("status?relations=false", "status"),
    ("units/up%2F0", "shown-unit"),
    ("units/data-integrator%2Fleader", "shown-unit"),
    ("config", "model-config"),
    ("applications/up", "shown-application"),
    ("applications/data-integrator", "shown-application"),
])
def test_answers_are_as_the_document_says(server, path, name):
    answer = server.get(f"/v1/models/-/{path}")
    assert answer and faults(answer, schema_named(name)) == []


@pytest.mark.parametrize("compat", ["", "2", "3"])
@pytest.mark.parametrize("command, name", [
    ("status", "printed-status"),
    ("status up/0", "printed-status"),
    ("show-unit up/0 data-integrator/leader", "printed-unit"),
    ("show-application up data-integrator", "printed-applications"),
    ("show-machine", "printed-machines"),
])
def test_what_is_printed_is_as_the_document_says(server, command, name, compat):
    done = server.ok(*command.split(), "--format", "json",
                     env={**server.env, "TENON_COMPAT": compat})
    assert done.stderr == "" and done.stdout.count("\n") == 1
    printed = json.loads(done.stdout)
    assert printed and faults(printed, schema_named(name)) == []
    text = server.ok(*command.split(), env={**server.env, "TENON_COMPAT": compat},
                     *(["--format", "yaml"])).stdout
    printed.pop("controller", None)
    read = yaml.safe_load(text)
    read.pop("controller", None)
    assert read == printed, "YAML says the same"


def test_an_era_decides_how_a_base_is_told(server):
    def app(compat):
        done = server.ok("status", "--format", "json",
                         env={**server.env, "TENON_COMPAT": compat})
        return json.loads(done.stdout)["applications"]["up"]
    both, two, three = app(""), app("2"), app("3")
    assert both["series"] == two["series"] == "bookworm"
    assert both["base"] == three["base"] == {"name": "debian", "channel": "12"}
    assert "base" not in two and "series" not in three
    assert two["relations"] == {"up": ["down"]}
    assert both["relations"] == three["relations"]
    (relation,) = both["relations"]["up"]
    (listed,) = [r for r in server.raw_status()["relations"] if r["type"] == "regular"]
    assert relation == {"related-application": "down", "interface": "link",
                        "scope": "global", "relation-id": listed["id"]}


def shown(server, unit, *flags):
    done = server.ok("show-unit", unit, *flags, "--format", "json")
    return json.loads(done.stdout)[unit]


def test_a_unit_shows_what_is_said_in_its_relations(server):
    unit = shown(server, "up/0")
    (relation,) = unit["relation-info"]
    (listed,) = [r for r in server.raw_status()["relations"] if r["type"] == "regular"]
    assert relation["relation-id"] == listed["id"]
    table = server.ok("status", "--relations").stdout
    assert re.search(rf"^down:down .* link +regular +{listed['id']}  $", table, re.M)
    assert (relation["endpoint"], relation["related-endpoint"]) == ("up", "down")
    assert relation["local-unit"]["in-scope"] is True
    assert relation["local-unit"]["data"]["private-address"] == unit["public-address"]
    assert list(relation["related-units"]) == ["down/0"]
    (regular,) = [r for r in shown(server, "down/0")["relation-info"]
                  if r["endpoint"] == "down"]
    assert list(regular["related-units"]) == ["up/0", "up/1"]


def test_a_unit_shows_only_the_relations_asked_for(server):
    assert "relation-info" not in shown(server, "up/0", "--endpoint", "down")
    (relation,) = shown(server, "down/0", "--related-unit", "up/1",
                        "--endpoint", "down")["relation-info"]
    assert list(relation["related-units"]) == ["up/1"] and "local-unit" not in relation
    for relation in shown(server, "down/0", "--app")["relation-info"]:
        assert not {"local-unit", "related-units"} & set(relation)


def test_an_application_and_a_machine_are_shown_as_juju_does(server):
    assert server.ok("show-application", "data-integrator").stdout.startswith(
        "data-integrator:\n  charm: data-integrator\n  series: bookworm\n"
        "  base: debian@12\n  channel: stable\n  principal: true\n")
    machine = server.raw_status()["machines"]["1"]
    assert re.match(r"model: tutorial\nmachines:\n  \"1\":\n    juju-status:\n"
                    r"      current: started\n", server.ok("show-machine", "1").stdout)
    for flags in ["", "--format json", "--format yaml --utc"]:
        assert server.ok("machines", *flags.split()).stdout == server.ok(
            "show-machine", *(flags or "--format tabular").split()).stdout
    table = server.ok("show-machine", "1", "--format", "tabular").stdout.splitlines()
    assert len(table) == 2 and table[1].split()[:3] == ["1", "started", machine["address"]]


def test_a_client_changes_an_option_of_a_model_and_restores_it(server):
    def config():
        printed = json.loads(server.ok("model-config", "--format", "json").stdout)
        assert faults(printed, schema_named("printed-model-config")) == []
        return printed["update-status-hook-interval"]
    assert config() == {"Value": "5m", "Source": "default"}
    done = server.ok("model-config", "--model", "tutorial",
                     "update-status-hook-interval=10s")
    assert done.stdout + done.stderr == ""
    assert config() == {"Value": "10s", "Source": "model"}
    assert server.ok("model-config", "update-status-hook-interval").stdout == "10s\n"
    server.ok("model-config", "test-mode=true", "--reset", "update-status-hook-interval")
    assert server.ok("model-config").stdout == (
        "Attribute                    From     Value\n"
        "automatically-retry-hooks    default  true\n"
        "ftp-proxy                    default  \n"
        "http-proxy                   default  \n"
        "https-proxy                  default  \n"
        "juju-ftp-proxy               default  \n"
        "juju-http-proxy              default  \n"
        "juju-https-proxy             default  \n"
        "juju-no-proxy                default  127.0.0.1,localhost,::1\n"
        "logging-config               default  <root>=INFO\n"
        "mode                         default  \n"
        "no-proxy                     default  127.0.0.1,localhost,::1\n"
        "test-mode                    model    true\n"
        "update-status-hook-interval  default  5m\n")
    assert yaml.safe_load(server.ok("model-config", "--format", "yaml").stdout)[
        "test-mode"] == {"value": True, "source": "model"}
    done = server.fails(1, "model-config", "colour=red")
    assert done.stderr == ('ERROR unknown model option "colour"\n'
                           '"tenon model-config" shows those there are\n')
    assert server.fails(1, "model-config", "colour").stderr == \
        'ERROR key "colour" not found in "tutorial" model\n' \
        '"tenon model-config" shows those there are\n'
    server.ok("model-config", "--reset", "test-mode")


def test_flags_for_what_is_not_here_are_taken_from_scripts_for_juju(server):
    server.ok("add-model", "other", "--no-switch", "--credential", "localhost")
    server.ok("deploy", "--model", "other", "data-integrator", "--force",
              "--base", "ubuntu@22.04", "--constraints", "mem=1G", "--bind", "alpha",
              "--series", "jammy")
    assert server.ok("machines", "-m", "other").stdout.splitlines()[1].split()[0] == "0"
    server.ok("destroy-model", "other", "--no-prompt", "--force")


@pytest.mark.parametrize("rc, command, error, shows", [
    (1, "show-unit up/9", 'unit "up/9" not found', "status"),
    (1, "show-unit nothing/0", 'application "nothing" not found', "status"),
    (2, "show-unit up", 'unit name "up" not valid', None),
    (2, "show-unit up/0 --related-unit x", 'related unit name "x" not valid', None),
    (2, "show-unit", "an unit name must be supplied", None),
    (1, "show-application nothing", 'application "nothing" not found', "status"),
    (2, "show-application UP x1-", 'application names "UP", "x1-" not valid', None),
    (2, "show-application", "an application name must be supplied", None),
    (1, "show-machine 99", "machine 99 not found", "machines"),
    (2, "show-machine up", 'machine name "up" not valid', None),
])
def test_what_cannot_be_shown_is_named(server, rc, command, error, shows):
    done = server.fails(rc, *command.split())
    error_line, hint = done.stderr.splitlines()
    assert error_line == f"ERROR {error}" and done.stdout == ""
    assert hint.startswith(f'"tenon {shows}"' if shows else
                           f'"tenon help {command.split()[0]}" shows how')
