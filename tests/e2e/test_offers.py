# SPDX-License-Identifier: Apache-2.0
"""Applications of two models that are related through an offer."""
import json
import re

import pytest

from harness import Tenon

pytestmark = pytest.mark.xdist_group("offers")

# Each hook notes what it is told of the other side; the server gives a secret.
DISPATCH = """#!/bin/sh
test -n "$JUJU_REMOTE_APP" || exit 0
echo "$JUJU_HOOK_NAME $JUJU_REMOTE_APP $JUJU_REMOTE_UNIT" >>$0.log
case $JUJU_HOOK_NAME in
down-relation-created)
    id=$(secret-add word=hidden)
    relation-set --app "where=here" "secret=$id"
    secret-grant "$id" ;;
up-relation-changed)
    id=$(relation-get --app secret "$JUJU_REMOTE_APP")
    test -z "$id" || secret-get "$id" word >>$0.log
    relation-list >>$0.log
    relation-set "from=$JUJU_UNIT_NAME" ;;
down-relation-changed)
    test -z "$JUJU_REMOTE_UNIT" ||
        relation-get from "$JUJU_REMOTE_UNIT" >>$0.log ;;
esac
"""


def write_charm(top, name, role):
    charm = top / name
    charm.mkdir()
    (charm / "metadata.yaml").write_text(
        f"name: {name}\nsummary: Of a test.\ndescription: Of a test.\n"
        f"{role}:\n  {name}:\n    interface: link\n")
    (charm / "dispatch").write_text(DISPATCH)
    (charm / "dispatch").chmod(0o755)
    return charm


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`server` in the model db is offered; the model web has `app`."""
    one = Tenon()
    one.top = tmp_path_factory.mktemp("charms")
    one.top.chmod(0o755)
    try:
        one.ok("bootstrap", "localhost", "overlord")
        one.ok("add-model", "db")
        one.ok("deploy", str(write_charm(one.top, "down", "provides")),
               "server")
        one.ok("add-model", "web")
        one.ok("deploy", str(write_charm(one.top, "up", "requires")), "app")
        one.settled("db")
        one.settled("web")
        yield one
    finally:
        one.cleanup()


@pytest.fixture
def offered(server):
    server.ok("offer", "db.server:down")
    for name in ("up", "down"):
        (server.top / name / "dispatch.log").write_text("")
    yield server
    for rel in server.raw_status("db")["relations"]:
        server.ok("remove-relation", "-m", "db", str(rel["id"]))
    for alias in server.raw_status("web").get("saas", {}):
        server.ok("remove-saas", "-m", "web", alias)
    server.ok("remove-offer", "db.server")


def log_of(server, name):
    return (server.top / name / "dispatch.log").read_text().splitlines()


def relate(server, far):
    server.ok("relate", "-m", "web", "app", far, "--wait")


def test_an_offer_is_found_shown_and_listed(offered):
    t = offered
    assert t.ok("offer", "db.server:down").stderr == (
        'Application "server" endpoints [down] available at '
        '"admin/db.server"\n')
    found = t.ok("find-offers").stdout.splitlines()
    assert [line.split() for line in found] == [
        ["Store", "URL", "Access", "Interfaces"],
        ["overlord", "admin/db.server", "admin", "link:down"]]
    shown = json.loads(t.ok("show-offer", "db.server", "--format",
                            "json").stdout)
    assert shown["overlord:admin/db.server"]["endpoints"] == {
        "down": {"interface": "link", "role": "provider"}}
    assert t.ok("offers", "-m", "db", "nosuch").stderr == \
        "No offer is as asked for.\n"
    assert t.ok("offers", "-m", "db").stdout.splitlines()[1].split() == [
        "server", "-"]
    assert "Offer   Application  Charm  Rev  Connected  Endpoint  " \
        "Interface  Role\nserver  server       down   0    0/0        down  " \
        in t.ok("status", "-m", "db").stdout


def test_units_of_two_models_meet_under_their_names(offered):
    t = offered
    assert t.ok("consume", "-m", "web", "admin/db.server", "far").stderr == (
        "Added admin/db.server as far\n")
    relate(t, "far")
    up, down = log_of(t, "up"), log_of(t, "down")
    assert "up-relation-created far " in up
    assert "up-relation-joined far far/0" in up
    assert "hidden" in up and "far/0" in up
    assert "down-relation-joined web.app web.app/0" in down
    assert "app/0" in down
    near = t.get("/v1/models/web/units/app%2F0")["relations"][0]
    far = t.get("/v1/models/db/units/server%2F0")["relations"][0]
    assert near["id"] == far["id"]
    assert near["related-application"] == "far"
    assert near["application-data"]["where"] == "here"
    assert far["related-units"]["web.app/0"]["data"]["from"] == "app/0"


def test_both_statuses_name_both_ends(offered):
    t = offered
    relate(t, "overlord:admin/db.server:down")
    web = t.ok("status", "-m", "web", "--relations").stdout
    assert "SAAS    Status  Store  URL\n" \
        "server  unknown  local  admin/db.server\n" in web.replace(
            "Status   Store", "Status  Store")
    assert "server:down" in web and "app:up" in web
    db = t.ok("status", "-m", "db", "--relations").stdout
    assert "web.app:up" in db and "  1/1  " in db
    status = json.loads(t.ok("status", "-m", "web", "--format",
                             "json").stdout)
    assert status["application-endpoints"]["server"]["relations"] == {
        "down": ["app"]}
    assert status["applications"]["app"]["relations"]["up"]
    offer = json.loads(t.ok("status", "-m", "db", "--format",
                            "json").stdout)["offers"]["server"]
    assert offer["active-connected-count"] == 1
    exported = t.ok("export-bundle", "-m", "web").stdout
    assert exported.endswith(
        "saas:\n  server:\n    url: admin/db.server\n"
        "relations:\n- - app:up\n  - server:down\n")
    assert "active" not in t.ok("why", "-m", "web", "app").stderr


def test_what_was_consumed_is_matched_by_itself(offered):
    relate(offered, "db.server")
    shown = offered.ok("status", "-m", "web", "server")
    assert "\nserver  " in shown.stdout and shown.stderr == ""
    shown = offered.ok("status", "-m", "web", "nothing", "other")
    assert shown.stderr == "\nNothing matched specified filters.\n"


def test_an_offer_named_as_an_application_gets_another_name(offered):
    t = offered
    t.ok("offer", "db.server:down", "app")
    refused = t.fails(1, "relate", "-m", "web", "app", "admin/db.app")
    assert refused.stderr.splitlines() == [
        'ERROR cannot consume as "app": an application of that name already exists',
        '"tenon consume admin/db.app NAME" gives it another, by which it is related']
    t.ok("consume", "-m", "web", "admin/db.app", "another")
    t.ok("relate", "-m", "web", "app", "another", "--wait")
    t.ok("remove-offer", "db.app", "--force", "-y")
    t.ok("remove-saas", "-m", "web", "another")


def test_a_bundle_offers_consumes_and_relates(offered, tmp_path):
    t = offered
    t.ok("remove-offer", "db.server")
    db, web = tmp_path / "db.yaml", tmp_path / "web.yaml"
    db.write_text(f"applications:\n  server:\n    charm: {t.top}/down\n"
                  "    num_units: 1\n    offers:\n"
                  "      server: {endpoints: [down]}\n")
    web.write_text(f"applications:\n  app: {{charm: {t.top}/up}}\n"
                   "saas: {far: {url: admin/db.server}}\n"
                   "relations: [[app, far]]\n")
    for model, path, steps, foreseen in (
            ("db", db, ["create offer server using server:down"],
             "This would change, and nothing has been done:\n\n"
             "model db: offers.server\n$"),
            ("web", web, ["consume offer far at admin/db.server",
                          "add relation app - far"],
             "This would happen, and nothing has been done:\n\n(.*\n)*"
             "app/0 +runs up-relation-created +")):
        told = "".join(f"- {step}\n" for step in steps)
        deploy = ("deploy", "-m", model, str(path))
        assert re.match(re.escape(f"Changes to deploy bundle:\n{told}\n")
                        + foreseen, t.ok(*deploy, "--dry-run").stdout)
        assert t.ok("diff-bundle", "-m", model, str(path)).stdout != "{}\n"
        assert t.ok(*deploy, "--wait").stdout == f"Executing changes:\n{told}"
        path.write_text(t.ok("export-bundle", "-m", model).stdout)
        assert t.ok(*deploy).stderr == "No changes to apply.\n"
        assert t.ok("diff-bundle", "-m", model, str(path)).stdout == "{}\n"
    assert "up-relation-joined far far/0" in log_of(t, "up")
    t.ok("add-model", "copy", "--no-switch")
    t.ok("deploy", "-m", "copy", str(web), "--wait")
    assert t.ok("export-bundle", "-m", "copy").stdout == web.read_text()
    t.ok("destroy-model", "copy", "-y")


def test_a_related_offer_is_only_removed_with_force(offered):
    t = offered
    relate(t, "db.server")
    refused = t.fails(1, "remove-offer", "db.server")
    assert refused.stderr.startswith(
        'ERROR cannot delete application offer "server": it has 1 relation\n')
    t.ok("remove-offer", "db.server", "--force", "-y")
    assert t.raw_status("web")["relations"] == []
    assert "up-relation-broken far " not in log_of(t, "up")
    assert "up-relation-broken server " in log_of(t, "up")
    assert "down-relation-broken web.app " in log_of(t, "down")
    assert t.raw_status("web")["saas"]["server"]["status"]["current"] == (
        "terminated")
    gone = t.fails(1, "relate", "-m", "web", "app", "server")
    assert "has been removed" in gone.stderr
    t.ok("offer", "db.server:down")


def test_what_was_consumed_goes_with_its_relations(offered):
    t = offered
    relate(t, "db.server")
    t.ok("remove-application", "-m", "web", "server", "--no-prompt")
    assert t.raw_status("db")["relations"] == []
    assert "saas" not in t.raw_status("web")
    assert "up-relation-broken server " in log_of(t, "up")
    relate(t, "db.server")
    t.ok("consume", "-m", "web", "db.server")
    taken = t.fails(1, "deploy", "-m", "web", str(t.top / "up"), "server")
    assert taken.stderr.splitlines()[-2] == (
        'ERROR cannot add application "server": saas application already '
        'exists')
    t.ok("remove-saas", "-m", "web", "server")
    asked = [(e["name"], e["user"]) for e in t.get(
        "/v1/models/web/journal?limit=1000")["entries"]
        if e["kind"] == "request"]
    assert ("consume", "root") in asked and ("remove-saas", "root") in asked
    assert t.raw_status("db")["relations"] == []


def test_a_relation_of_two_models_survives_a_crash(offered):
    t = offered
    relate(t, "db.server")
    (before,) = t.raw_status("db")["relations"]
    t.kill_daemon()
    t.ok("wait-for", "settled", "-m", "web")
    assert t.raw_status("db")["relations"] == [before]
    assert t.raw_status("web")["relations"][0]["id"] == before["id"]
    t.ok("remove-relation", "-m", "web", "app", "server")
    assert t.raw_status("db")["relations"] == []
    assert "down-relation-departed web.app web.app/0" in log_of(t, "down")


def test_destroying_the_model_that_consumes_ends_its_relations(offered):
    t = offered
    t.ok("add-model", "other", "--no-switch")
    t.ok("deploy", "-m", "other", str(t.top / "up"), "app")
    t.settled("other")
    t.ok("relate", "-m", "other", "app", "db.server", "--wait")
    t.ok("destroy-model", "other", "-y")
    assert t.raw_status("db")["relations"] == []
    assert "down-relation-broken other.app " in log_of(t, "down")


@pytest.mark.parametrize("command, message", [
    ("offer db.nobody:down", 'application "nobody" not found'),
    ("offer db.server:nothing",
     'application "server" has no "nothing" relation'),
    ("offer db.server", "endpoints must conform to format "
     '"<application-name>:<endpoint-name>[,...]" and "db.server" does not'),
    ("consume -m web admin/db.other",
     'application offer "admin/db.other" not found'),
    ("consume -m web elsewhere:admin/db.server",
     "controller elsewhere not found"),
    ("consume -m web server",
     '"server" is not the URL of an offer'),
    ("consume -m db db.server",
     'cannot consume "server": it is an offer of this model'),
    ("consume -m web db.server app",
     'cannot consume as "app": an application of that name already exists'),
    ("remove-saas -m web nothing", 'saas application "nothing" not found'),
    ("remove-offer -m db nothing", 'offer "nothing" not found'),
    ("show-offer db.nothing", 'application offer "nothing" not found'),
])
def test_mistakes_are_named(offered, command, message):
    done = offered.run(*command.split())
    assert done.rc != 0
    assert done.stderr.splitlines()[0] == f"ERROR {message}"
