# SPDX-License-Identifier: Apache-2.0
"""Bundles: a model from a file, and a file from a model."""
import json

import pytest

from document import faults, schema_named
from harness import ROOT, Tenon, make_model

pytestmark = pytest.mark.xdist_group("bundle")

SHOP = """\
name: shop
default-base: ubuntu@22.04
applications:
  postgresql:
    charm: postgresql
    channel: 15/stable
    num_units: 2
    constraints: mem=2G
  shop:
    charm: data-integrator
    num_units: 1
    options:
      database-name: shop
relations:
- [shop, "postgresql:database"]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The model that a bundle has made, and the file."""
    tenon = Tenon()
    path = tmp_path_factory.mktemp("bundle") / "bundle.yaml"
    path.write_text(SHOP)
    try:
        make_model(tenon)
        yield tenon, path
    finally:
        tenon.cleanup()


@pytest.fixture(scope="module")
def deployed(shop):
    """What was said as the bundle was deployed."""
    tenon, path = shop
    return tenon.ok("deploy", str(path), "--wait")


@pytest.fixture(scope="module")
def empty(shop):
    """Flags for a model in which nothing is."""
    shop[0].ok("add-model", "empty", "--no-switch")
    return "-m", "empty"


def applications(tenon, flags):
    return json.loads(tenon.ok("status", *flags, "--format", "json").stdout)["applications"]


def lines(text):
    return text.strip().splitlines()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(shop, empty):
    tenon, path = shop
    done = tenon.ok("deploy", str(path), "--dry-run", *empty)
    assert lines(done.stdout)[:7] == [
        "Changes to deploy bundle:",
        "- deploy application postgresql from built-in with 15/stable",
        "- deploy application shop from built-in using data-integrator",
        "- add relation shop - postgresql:database",
        "", "This would happen, and nothing has been done:", ""]
    assert {line.split("  ")[0]: line for line in lines(done.stdout)[8:11]
            }.keys() == {"postgresql/0", "postgresql/1", "shop/0"}
    assert "postgresql/0  runs database-relation-joined " in done.stdout
    assert "Ignored: default-base (units run on the system of this host)\n" \
        in done.stderr
    assert applications(tenon, empty) == {}


@pytest.mark.parametrize("flags", [["--dry-run"], []])
def test_nothing_is_done_if_one_step_is_refused(shop, empty, flags, tmp_path):
    tenon, _ = shop
    path = tmp_path / "bundle.yaml"
    path.write_text(SHOP.replace("database-name", "database-nam"))
    done = tenon.run("deploy", str(path), *flags, *empty)
    assert (done.rc, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-2:] == [
        "ERROR cannot deploy application shop from built-in using "
        'data-integrator: unknown option "database-nam"',
        'did you mean "database-name"? "tenon info --config data-integrator" shows those it has']
    path.write_text(SHOP.replace("15/stable", "7/stable"))
    done = tenon.run("deploy", str(path), *flags, *empty)
    assert (done.rc, done.stdout) == (1, "")
    assert 'track "7" is not installed' in done.stderr
    assert applications(tenon, empty) == {}


def test_a_rehearsal_is_as_the_document_says(shop, empty):
    tenon, _ = shop
    steps = [{"path": "applications", "what": "deploy",
              "body": {"charm": "data-integrator"}},
             {"path": "applications/data-integrator/units", "what": "add",
              "body": {"units": 1}}]
    status, answer = tenon.api("POST", "/v1/models/empty/rehearsal",
                               {"steps": steps})
    assert (status, faults(answer, schema_named("rehearsed"))) == (200, [])
    assert "unit data-integrator/1 is added" in answer["differences"]
    assert answer["plan"][-1]["unit"].startswith("data-integrator/")
    status, answer = tenon.api("POST", "/v1/models/empty/rehearsal",
                               {"steps": steps, "plan": False})
    assert (status, faults(answer, schema_named("rehearsed"))) == (200, [])
    assert "plan" not in answer and applications(tenon, empty) == {}


def test_a_charm_is_tried_without_being_deployed(shop, empty):
    tenon, _ = shop
    done = tenon.ok("deploy", "data-integrator", "di", "--dry-run", *empty)
    first, blank, *plan = done.stdout.splitlines()
    assert (first, blank) == (
        '"di" from built-in charm "data-integrator", revision 1 in channel '
        'stable on bookworm would be deployed', "")
    done = tenon.ok("deploy", "data-integrator", "di", "--dry-run", *empty,
                    env={"TENON_COMPAT": "3"})
    assert " in channel stable on debian@12/stable would be deployed" in done.stdout
    assert [line.split("  ")[0] for line in plan if line.startswith("di/0")] == \
        ["di/0"] * 5
    assert "di/0  runs leader-elected" in done.stdout
    refused = tenon.run("deploy", "data-integrator", "--dry-run",
                        "--config", "nosuch=1", *empty)
    assert (refused.rc, refused.stderr.strip()) == \
        (1, 'ERROR unknown option "nosuch"\n'
            '"tenon info --config data-integrator" shows those it has')
    assert applications(tenon, empty) == {}


def test_a_bundle_is_deployed_and_works(shop, deployed):
    tenon, _ = shop
    assert lines(deployed.stdout)[0] == "Executing changes:"
    assert "Deploy of bundle completed." in deployed.stderr
    got = tenon.credentials("shop")
    assert got["database"] == "shop"
    for unit in tenon.units():
        assert tenon.psql(tenon.address(unit), got["username"],
                          got["password"], "-d", "shop", "-c",
                          "SELECT 1").rc == 0


@pytest.mark.usefixtures("deployed")
def test_what_is_there_is_not_done_again(shop):
    tenon, path = shop
    done = tenon.ok("deploy", str(path.parent))
    assert (done.stdout, lines(done.stderr)[-1]) == \
        ("", "No changes to apply.")
    assert tenon.ok("diff-bundle", str(path)).stdout == "{}\n"


@pytest.mark.usefixtures("deployed")
def test_the_sql_of_what_a_bundle_adds_is_said(shop, tmp_path):
    tenon, _ = shop
    path = tmp_path / "bundle.yaml"
    path.write_text(SHOP.replace("  shop:", "  more:").replace(
        "[shop,", "[more,").replace("name: shop", "name: more"))
    out = tenon.ok("deploy", str(path), "--dry-run").stdout
    assert "- deploy application more from built-in" in out
    assert '  CREATE DATABASE "more" ' in out
    assert "more" not in applications(tenon, ())


@pytest.mark.usefixtures("deployed")
def test_a_difference_is_shown_and_mended(shop):
    tenon, path = shop
    overlay = path.parent / "more.yaml"
    overlay.write_text("applications:\n"
                       "  shop: {options: {database-name: shop2},"
                       " expose: true, trust: true,"
                       " constraints: cores=2}\n"
                       "  web: {charm: data-integrator}\n")
    both = (str(path), "--overlay", str(overlay))
    assert tenon.ok("diff-bundle", *both).stdout == (
        "applications:\n"
        "  shop:\n"
        "    constraints:\n"
        "      bundle: cores=2\n"
        "      model: \"\"\n"
        "    expose:\n"
        "      bundle: true\n"
        "      model: false\n"
        "    trust:\n"
        "      bundle: true\n"
        "      model: false\n"
        "    options:\n"
        "      database-name:\n"
        "        bundle: shop2\n"
        "        model: shop\n"
        "  web:\n"
        "    missing: model\n")
    refused = tenon.run("deploy", *both)
    assert (refused.rc, refused.stdout) == (1, "")
    assert refused.stderr.endswith(
        "ERROR Bundle cannot be deployed without trusting applications with "
        "your cloud credentials.\nPlease repeat the deploy command with the "
        "--trust argument if you consent to trust the following "
        "application(s):\n  - shop\n")
    assert lines(tenon.ok("deploy", *both, "--trust").stdout) == [
        "Executing changes:",
        "- set application options for shop",
        "- set constraints for shop to \"cores=2\"",
        "- trust shop",
        "- deploy application web from built-in using data-integrator",
        "- expose shop"]
    assert tenon.ok("diff-bundle", *both).stdout == "{}\n"
    assert tenon.status()["applications"]["shop"]["exposed"] is True
    assert "trust: true\n" in tenon.ok("export-bundle").stdout
    tenon.ok("unexpose", "shop")
    tenon.ok("trust", "shop", "--remove")
    tenon.ok("set-constraints", "shop")
    tenon.ok("config", "shop", "database-name=shop")
    tenon.ok("remove-application", "web", "--wait")


@pytest.mark.usefixtures("deployed")
def test_another_channel_is_upgraded_to(shop, tmp_path):
    tenon, path = shop
    other = tmp_path / "bundle.yaml"
    for channel in ("15/edge", "15/stable"):
        other.write_text(SHOP.replace("15/stable", channel))
        step = f"- upgrade postgresql from built-in with {channel}"
        for flags in (["--dry-run"], []):
            done = tenon.ok("deploy", str(other), *flags)
            assert lines(done.stdout)[1] == step
        assert tenon.ok("diff-bundle", str(other)).stdout == "{}\n"
    other.write_text(SHOP.replace("15/stable", "14/stable"))
    refused = tenon.run("deploy", str(other))
    assert (refused.rc, refused.stdout) == (1, "")
    assert "cannot upgrade postgresql from built-in with 14/stable: " in \
        refused.stderr


@pytest.mark.usefixtures("deployed")
def test_what_is_exported_deploys_again(shop):
    tenon, path = shop
    file = path.parent / "exported.yaml"
    done = tenon.ok("export-bundle", "--filename", str(file))
    assert done.stdout == f"Bundle successfully exported to {file}\n"
    text = tenon.ok("export-bundle").stdout
    assert file.read_text() == text
    assert text == (
        "applications:\n"
        "  postgresql:\n"
        "    charm: postgresql\n"
        "    channel: 15/stable\n"
        "    num_units: 2\n"
        "    to:\n"
        "    - \"0\"\n"
        "    - \"1\"\n"
        "    constraints: mem=2048M\n"
        "  shop:\n"
        "    charm: data-integrator\n"
        "    channel: stable\n"
        "    num_units: 1\n"
        "    to:\n"
        "    - \"2\"\n"
        "    options:\n"
        "      database-name: shop\n"
        "machines:\n"
        "  \"0\": {}\n"
        "  \"1\": {}\n"
        "  \"2\": {}\n"
        "relations:\n"
        "- - shop:postgresql\n"
        "  - postgresql:database\n")
    done = tenon.ok("deploy", str(file))
    assert lines(done.stderr)[-1] == "No changes to apply."
    defaults = tenon.ok("export-bundle", "--include-charm-defaults").stdout
    assert "      spare-databases: \"1\"\n" in defaults


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("text, message", [
    ("", "there is nothing in it"),
    ("applications: {}", "there are no applications"),
    ("applications: {a: {num_units: 1}}",
     'application "a" has no charm'),
    ("applications: {a: {charm: data-integrator}}\nrelations: [[a, b]]",
     'relation with "b": there is no such application'),
    ("applications: {shop: {charm: postgresql}}",
     'application "shop" is there with the charm "data-integrator", and '
     'the bundle says "postgresql"'),
])
def test_a_bundle_that_makes_no_sense_is_refused(shop, tmp_path, text,
                                                 message):
    tenon, _ = shop
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    done = tenon.run("deploy", str(path))
    assert done.rc == 1 and message in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("flags, message", [
    (["--channel", "edge", "-n", "2"],
     "options provided but not supported when deploying a bundle: "
     "--channel, -n"),
    (["--to", "0"],
     "options provided but not supported when deploying a bundle: --to"),
    (["name"], 'the applications of a bundle have their names in it: "name"'),
])
def test_what_is_about_one_application_is_refused(shop, flags, message):
    tenon, path = shop
    done = tenon.run("deploy", str(path), *flags)
    assert (done.rc, done.stderr.splitlines()[0]) == \
        (2, f"ERROR {message}")


@pytest.mark.parametrize("flag", ["--overlay=./x.yaml", "--map-machines=0=1"])
def test_what_is_about_a_bundle_is_refused_with_a_charm(shop, flag):
    tenon, _ = shop
    done = tenon.run("deploy", "data-integrator", flag)
    name, _, _ = flag.partition("=")
    assert (done.rc, done.stderr.splitlines()[0]) == \
        (2, "ERROR options provided but not supported when deploying a "
         f"charm: {name}")


PLACED = f"""\
applications:
  hello:
    charm: {ROOT / "tests/data/charms/greeter"}
    num_units: 2
    to: ["0", "1"]
machines:
  "0": {{constraints: cores=2}}
  "1":
"""


def test_units_are_placed_on_the_machines_that_are_mapped(shop, tmp_path):
    tenon, _ = shop
    flags = ("-m", "placed")
    path = tmp_path / "bundle.yaml"
    path.write_text(PLACED)
    tenon.ok("add-model", "placed", "--no-switch")
    tenon.ok("add-machine", "-n", "3", *flags)
    refused = tenon.run("deploy", str(path), "--map-machines", "0=7", *flags)
    assert (refused.rc, refused.stdout) == (1, "")
    assert 'cannot deploy "hello" to machine 7: machine 7 not found' in \
        refused.stderr
    done = tenon.ok("deploy", str(path), "--map-machines=existing,0=2", *flags)
    assert "Ignored: constraints of machines (" in done.stderr
    assert lines(done.stdout)[1:] == [
        "- deploy application hello from local using "
        f"{ROOT / 'tests/data/charms/greeter'} on machines 2, 1"]
    units = applications(tenon, flags)["hello"]["units"]
    assert [units[u]["machine"] for u in ("hello/0", "hello/1")] == ["2", "1"]
    exported = tenon.ok("export-bundle", *flags).stdout
    assert 'to:\n    - "2"\n    - "1"\n' in exported
    for again in (PLACED, exported):
        path.write_text(again)
        for mapped in ([], ["--map-machines", "existing"]):
            done = tenon.ok("deploy", str(path), *mapped, *flags)
            assert lines(done.stderr)[-1] == "No changes to apply."
            assert tenon.ok("diff-bundle", str(path), *mapped,
                            *flags).stdout == "{}\n"
    path.write_text(PLACED.replace("units: 2", "units: 3").replace(
        '"1"]', '"1", "5"]') + '  "5": {}\n')
    tenon.ok("deploy", str(ROOT / "tests/data/charms/greeter"), "other",
             "--to", "0", *flags)
    busy = tenon.run("deploy", str(path), "--map-machines", "5=0", *flags)
    assert (busy.rc, busy.stdout) == (1, "")
    assert 'machine 0 has unit "other/0" assigned' in busy.stderr
    tenon.ok("add-machine", *flags)
    done = tenon.ok("deploy", str(path), "--map-machines", "5=3", *flags)
    assert lines(done.stdout)[1:] == ["- add 1 unit of hello to machine 3"]
    tenon.ok("destroy-model", "placed", "-y")


def test_a_file_that_is_not_there_is_named(shop):
    tenon, _ = shop
    done = tenon.run("deploy", "./nosuch.yaml")
    assert done.rc == 1 and "./nosuch.yaml: no such file" in done.stderr
