# SPDX-License-Identifier: Apache-2.0
"""Machines without a unit, and units that are placed on them; flags of Juju's."""
import json
import os
import re

import pytest

from harness import ROOT, Tenon, make_model

pytestmark = [pytest.mark.xdist_group("machines"), pytest.mark.ordinary]

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


def machines(server):
    return server.raw_status()["machines"]


def added(server, *args):
    """Their numbers, as add-machine tells them."""
    said = server.ok("add-machine", *args)
    assert said.stdout == ""
    return [line.removeprefix("created machine ") for line in said.stderr.splitlines()]


def machine_of(server, unit):
    return server.units(unit.split("/")[0])[unit]["machine"]


def test_a_machine_is_there_before_its_unit(server):
    before = machines(server)
    (number,) = added(server)
    made = machines(server)
    assert set(made) - set(before) == {number}
    assert made[number]["address"] not in [m["address"] for m in before.values()]
    assert made[number]["address"] in server.ok("machines").stdout

    server.ok("deploy", GREETER, "placed", "--to", number, "--wait")
    assert machine_of(server, "placed/0") == number
    assert server.address("placed/0") == made[number]["address"]
    assert set(machines(server)) == set(made)
    assert server.ok("exec", "--machine", number, "--", "echo hi").stdout == "hi\n"
    # It goes with its unit, as others do.
    server.ok("remove-unit", "placed/0", "--wait")
    assert number not in machines(server)


def test_several_units_take_machines_and_new_ones(server):
    first, second = added(server, "-n", "2")
    server.ok("deploy", GREETER, "spread", "-n", "3", "--to", f"{second},{first}")
    assert machine_of(server, "spread/0") == second
    assert machine_of(server, "spread/1") == first
    assert machine_of(server, "spread/2") not in (first, second)
    (third,) = added(server)
    server.ok("add-unit", "spread", "--to", third, "--wait")
    assert machine_of(server, "spread/3") == third


@pytest.mark.parametrize("command, word", [
    ("deploy {charm} y --to {where}", 'cannot deploy "y" to machine {where}: '),
    ("add-unit host --to {where}", 'cannot add unit to application "host": ')])
def test_a_place_that_cannot_be_taken_is_named(server, command, word):
    if "host" not in server.status()["applications"]:
        server.ok("deploy", GREETER, "host")
    taken = machine_of(server, "host/0")
    before = set(machines(server))
    for where, why in (("99", "machine 99 not found"),
                       (taken, f'machine {taken} has unit "host/0" assigned'),
                       ("lxd:0", 'placement "lxd:0" is not the number of a machine'),
                       ("zone=a", 'placement "zone=a" is not the number of a machine')):
        refused = server.run(*command.format(charm=GREETER, where=where).split())
        assert refused.rc == RUN
        assert refused.stderr.startswith(
            "ERROR " + word.format(where=where) + why + "\n"), refused
    many = server.run(*command.format(charm=GREETER, where="1,2").split())
    assert many.rc == USAGE
    assert "2 placements given, but only 1 unit to place" in many.stderr
    assert set(machines(server)) == before
    assert "y" not in server.status()["applications"]


def test_a_machine_without_a_unit_is_removed(server):
    one, other = added(server, "-n", "2")
    gone = server.ok("remove-machine", one, other, "--no-prompt")
    assert gone.stdout == f"will remove machine {one}\nwill remove machine {other}\n"
    assert not {one, other} & set(machines(server))
    assert server.run("remove-machine", one).stderr.startswith(
        f"ERROR removing machine {one} failed: machine {one} not found\n")
    # Numbers are not used again.
    assert int(added(server)[0]) > int(other)


def test_a_machine_with_a_unit_stays_unless_forced(server):
    server.ok("deploy", GREETER, "busy", "--wait")
    number = machine_of(server, "busy/0")
    refused = server.run("remove-machine", number)
    assert refused.rc == RUN
    assert refused.stderr.startswith(
        f'ERROR removing machine {number} failed:'
        f' machine {number} has unit "busy/0" assigned\n')
    assert "tenon remove-unit busy/0" in refused.stderr
    assert number in machines(server)
    forced = server.ok("remove-machine", number, "--force", "--wait")
    assert forced.stdout.splitlines()[:2] == [
        f"will remove machine {number}", "- will remove unit busy/0"]
    assert number not in machines(server)


def test_one_that_fails_does_not_keep_the_others(server):
    (number,) = added(server)
    both = server.run("remove-machine", "99", number)
    assert both.rc == RUN and "machine 99 not found" in both.stderr
    assert both.stdout == f"will remove machine {number}\n"
    assert server.run("remove-machine", "x").rc == USAGE
    assert server.run("remove-machine").rc == USAGE


def test_what_machines_would_come_and_go_is_foretold(server):
    (number,) = added(server)
    before = machines(server)
    told = server.ok("add-machine", "--dry-run").stdout
    assert told == f"machine {int(number) + 1} would be created\n"
    assert server.ok("remove-machine", number, "--dry-run").stdout.startswith(
        f"will remove machine {number}\n")
    assert machines(server) == before


def test_an_empty_machine_runs_nothing(server):
    (number,) = added(server)
    refused = server.run("exec", "--machine", number, "--", "true")
    assert refused.rc == RUN
    assert refused.stderr == (
        f"ERROR machine {number} has no unit to run it\n"
        f'"tenon add-unit --to {number}" puts one there\n')


def test_empty_machines_outlive_tenond_and_go_with_their_model(server):
    server.ok("add-model", "other", "--no-switch")
    server.ok("add-machine", "-m", "other", "-n", "2")
    before = server.get("/v1/models/other/status")["machines"]
    server.kill_daemon()
    server.ok("models")
    assert server.get("/v1/models/other/status")["machines"] == before
    server.ok("destroy-model", "other", "-y")
    assert [m["name"] for m in server.get("/v1/models")["models"]] == ["tutorial"]


def test_machines_are_made_on_this_host_only(server):
    refused = server.run("add-machine", "ssh:me@there")
    assert refused.rc == RUN
    assert refused.stderr.startswith('ERROR cannot add a machine at "ssh:me@there"\n')
    said = server.ok("add-machine", "--constraints", "mem=4G", "--base",
                     "ubuntu@22.04", "--disks", "1G").stderr
    for flag in ("constraints", "base", "disks"):
        assert f"--{flag} has no effect: " in said


# ---- what clients give to deploy and its like ----

def test_flags_that_mean_nothing_here_are_said(server):
    said = server.ok("deploy", GREETER, "said", "--base", "ubuntu@22.04", "--bind",
                     "greeting=alpha", "--constraints", "arch=amd64", "--storage",
                     "data=1G", "--force").stderr
    for flag in ("base", "bind", "constraints", "storage"):
        assert f"--{flag} has no effect: " in said
    assert "--force" not in said
    assert server.ok("constraints", "said").stdout == "arch=amd64\n"


def test_constraints_are_kept_and_malformed_ones_refused(server):
    server.ok("deploy", GREETER, "kept", "--constraints", "mem=1G cores=2",
              "--constraints", "tags=a,b")
    assert server.ok("constraints", "kept").stdout == \
        "cores=2 mem=1024M tags=a,b\n"
    for text in ("cores", "cores=many", "nothing=1"):
        refused = server.run("deploy", GREETER, "lost", "--constraints", text)
        assert refused.rc != 0 and f'"{text.split("=")[0]}"' in refused.stderr
    assert "lost" not in server.raw_status()["applications"]


JUST_NOW = re.compile(r"just now|\d+ (second|minute)s? ago")


def test_models_shows_cores_and_the_last_connection(server):
    server.ok("status")
    head, row = [re.split("  +", line) for line in
                 server.ok("models").stdout.splitlines()[2:]]
    assert head == ["Model", "Cloud/Region", "Type", "Status", "Machines",
                    "Cores", "Units", "Access", "Last connection"]
    (model,) = server.get("/v1/models")["models"]
    assert model["cores"] == \
        model["machines"] * os.sysconf("SC_NPROCESSORS_ONLN")
    assert row[4:-1] == [*(str(model[key]) if model[key] else "-"
                           for key in ("machines", "cores", "units")), "admin"]
    assert JUST_NOW.fullmatch(row[-1])


def test_who_was_never_in_a_model_has_never_connected(server):
    def last(name):
        (one,) = [m for m in json.loads(server.ok(
            "models", "--format", "json").stdout)[
            "models"] if m["short-name"] == name]
        return one["last-connection"]

    server.ok("add-model", "unseen", "--no-switch")
    assert last("unseen") == "never connected"
    assert re.search(r"^unseen .*never connected$",
                     server.ok("models").stdout, re.M)
    assert "never connected" in server.ok("users", "unseen").stdout.split(
        "\n")[3]
    server.ok("status", "-m", "unseen")
    assert JUST_NOW.fullmatch(last("unseen"))
    (told,) = [m["connections"] for m in server.get("/v1/models")["models"]
               if m["name"] == "unseen"]
    assert server.ok("models", "--exact-time").stdout.count(
        told[str(os.geteuid())]) == 1
    server.ok("destroy-model", "unseen", "-y")


@pytest.mark.parametrize("flag", [
    "deploy {} x --resource image=1", "deploy {} x --attach-storage data/0",
    "deploy {} x --device gpu=1", "add-unit said --attach-storage data/0",
    "add-machine --private-key k"])
def test_flags_that_cannot_be_obeyed_are_refused(server, flag):
    refused = server.run(*flag.format(GREETER).split())
    name = next(word for word in flag.split() if word.startswith("--"))
    assert refused.rc == RUN
    assert refused.stderr.startswith(f"ERROR {name} is not supported: ")
    assert len(refused.stderr.splitlines()) == 2


def test_a_revision_is_the_one_that_there_is(server):
    server.ok("deploy", "data-integrator", "asks", "--revision", "1", "--channel", "edge")
    wrong = server.run("deploy", "data-integrator", "x", "--revision", "9", "--channel",
                       "edge")
    assert wrong.rc == RUN
    assert wrong.stderr.startswith(
        'ERROR charm "data-integrator" has no revision 9 here\n')
    unfollowed = server.run("deploy", "data-integrator", "x", "--revision", "1")
    assert unfollowed.rc == USAGE
    assert unfollowed.stderr.startswith(
        "ERROR specifying a revision requires a channel for future upgrades."
        " Please use --channel\n")


def test_units_are_removed_by_their_number(server):
    server.ok("deploy", GREETER, "many", "-n", "4", "--wait")
    gone = server.ok("remove-unit", "--no-prompt", "many", "--num-units", "2", "--wait")
    assert gone.stdout == "will remove unit many/3\nwill remove unit many/2\n"
    assert sorted(server.units("many")) == ["many/0", "many/1"]
    more = server.run("remove-unit", "many", "--num-units", "3")
    assert more.rc == RUN
    assert more.stderr.startswith('ERROR cannot remove 3 units of "many": it has 2\n')
    assert server.run("remove-unit", "many/0", "--num-units", "1").rc == USAGE
    assert server.run("remove-unit", "nosuch", "--num-units", "1").stderr.startswith(
        'ERROR application "nosuch" not found\n')
    # The leader is the last to go.
    server.ok("remove-unit", "many/0", "--wait")
    server.ok("add-unit", "many", "--wait")
    assert server.ok("remove-unit", "many", "--num-units", "1", "--wait").stdout == (
        "will remove unit many/4\n")
