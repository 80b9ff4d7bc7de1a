# SPDX-License-Identifier: Apache-2.0
"""Bad input gets an error that names the thing, and changes nothing."""
import pytest

from document import faults, schema_named
from harness import ROOT

pytestmark = pytest.mark.xdist_group("bad-input")

RUN, USAGE = 1, 2
TWOWAY = ROOT / "tests/data/charms/twoway"

# (exit status, command, what the error says)
CASES = [
    # deploy
    (RUN, "deploy nosuch", ["No charm or bundle with name 'nosuch'."]),
    (RUN, "deploy postgersql", ['did you mean "postgresql"?']),
    (RUN, "deploy ./nosuch", ["nosuch"]),
    (RUN, "deploy postgresql", [
        'cannot add application "postgresql": application already exists']),
    (RUN, "deploy postgresql Foo", ['invalid application name "Foo"']),
    (RUN, "deploy postgresql foo-1", ['invalid application name "foo-1"']),
    (RUN, "deploy postgresql x --channel 15/banana", [
        'risk in channel "15/banana" not valid']),
    (RUN, "deploy data-integrator x --config foo=1", ['unknown option "foo"']),
    (RUN, f"deploy {TWOWAY} x --config port=abc", [
        'option "port" expected int, got "abc"']),
    (USAGE, "deploy", []),
    (USAGE, "deploy postgresql x y", ['unrecognized args: ["y"]']),
    (USAGE, "deploy postgresql x -n many", ["many"]),
    (USAGE, "deploy postgresql x --nosuch", [
        "option provided but not defined: --nosuch"]),
    # units
    (RUN, "add-unit nosuch", ['application "nosuch" not found']),
    (USAGE, "add-unit", []),
    (RUN, "remove-unit postgresql/9", ['unit "postgresql/9"']),
    (USAGE, "remove-unit postgresql", ['invalid unit name "postgresql"']),
    (USAGE, "remove-unit", ["no units specified"]),
    (RUN, "remove-application nosuch", ['application "nosuch" not found']),
    (USAGE, "remove-application", ["no application specified"]),
    # relations
    (USAGE, "relate postgresql", [
        "a relation must involve two applications"]),
    (RUN, "relate nosuch postgresql", ['application "nosuch" not found']),
    (RUN, "relate data-integrator:foo postgresql", [
        'application "data-integrator" has no "foo" relation']),
    (RUN, "relate data-integrator postgresql", [
        'cannot add relation "data-integrator:postgresql postgresql:database"',
        "relation data-integrator:postgresql postgresql:database"
        " (already exists)"]),
    (RUN, "relate postgresql postgresql", ["no relations found"]),
    (RUN, "relate twoway postgresql", [
        'ambiguous relation: "twoway postgresql" could refer to'
        ' "twoway:first postgresql:database";'
        ' "twoway:second postgresql:database"']),
    (RUN, "remove-relation twoway postgresql", ["twoway", "not found"]),
    (RUN, "remove-relation nosuch postgresql", ['"nosuch"']),
    (RUN, "remove-relation 99", ["99"]),
    # configuration
    (RUN, "config nosuch", ['application "nosuch" not found']),
    (RUN, "config data-integrator nosuch", [
        'key "nosuch" not found in "data-integrator" application config'
        ' or charm settings.']),
    (RUN, "config data-integrator nosuch=1", ['unknown option "nosuch"']),
    (RUN, "config twoway port=abc", [
        'option "port" expected int, got "abc"']),
    (USAGE, "config", ["no application name specified"]),
    # actions
    (RUN, "run-action postgresql/9 get-password", ['"postgresql/9"']),
    (RUN, "run-action nosuch/leader get-password", ["nosuch"]),
    (RUN, "run-action postgresql/0 nosuch", ['action "nosuch" not defined']),
    (RUN, "run-action postgresql/0 set-password user=backup", [
        'additional property "user" is not allowed']),
    (USAGE, "run-action", ["no unit specified"]),
    (USAGE, "run-action postgresql/0", ["no action specified"]),
    # models and controllers
    (RUN, "status -m nosuch", ["nosuch"]),
    (RUN, "add-model tutorial", ['"tutorial"', "already exists"]),
    (RUN, "add-model Foo_Bar", ['"Foo_Bar" is not a valid name']),
    (RUN, "destroy-model nosuch -y", ["nosuch"]),
    (RUN, "switch nosuch", [
        '"nosuch" is not the name of a model or controller']),
    (RUN, "bootstrap nosuch overlord", ["nosuch"]),
    (RUN, "destroy-controller nosuch -y", ["nosuch"]),
    (USAGE, "bootstrap localhost a b", ['unrecognized args: ["b"]']),
    (USAGE, "add-model", ["model name is required"]),
    (USAGE, "destroy-model tutorial -y --destroy-storage --release-storage", [
        "--destroy-storage and --release-storage"]),
    (USAGE, "destroy-controller overlord -y --destroy-all-models"
     " --destroy-storage --release-storage", [
        "--destroy-storage and --release-storage"]),
    (USAGE, "controllers x", ['unrecognized args: ["x"]']),
    (RUN, "show-controller nosuch", ['controller "nosuch" not found']),
    (RUN, "show-model nosuch", ["nosuch not found"]),
    (USAGE, "models --format xml", ["xml"]),
    (RUN, "model-config nosuch", ['key "nosuch" not found']),
    (RUN, "model-config nosuch=1", ['unknown model option "nosuch"']),
    (USAGE, "whoami x", ['unrecognized args: ["x"]']),
    (RUN, "kill-controller moon -y", ['controller "moon" not found']),
    (RUN, "users moon", ["moon not found"]),
    (RUN, "show-user nobody-known", ['user "nobody-known" has no role']),
    # offers
    (RUN, "offer nosuch:x", ['application "nosuch" not found']),
    (USAGE, "offers --format xml", ["xml"]),
    (USAGE, "find-offers --format xml", ["xml"]),
    (RUN, "show-offer nosuch", ['application offer "nosuch" not found']),
    (RUN, "remove-offer nosuch", ['offer "nosuch" not found']),
    (USAGE, "consume nosuch", ['"nosuch" is not the URL of an offer']),
    (RUN, "remove-saas nosuch", ['saas application "nosuch" not found']),
    # what is kept for clients
    (USAGE, "clouds x", ['unrecognized args: ["x"]']),
    (RUN, "show-cloud moon", ["cloud moon not found"]),
    (USAGE, "add-cloud moon", ["add-cloud needs a file"]),
    (USAGE, "update-cloud", ["no cloud specified"]),
    (RUN, "remove-cloud localhost", ["this host, and cannot be removed"]),
    (RUN, "list-credentials moon", ["no credential for cloud moon"]),
    (RUN, "show-credential moon", ["no credential for cloud moon"]),
    (USAGE, "add-credential localhost", ["add-credential needs a file"]),
    (RUN, "update-credential x --file /nosuch", ["/nosuch"]),
    (RUN, "remove-credential x y", ['credential "y" for cloud x not found']),
    (USAGE, "ssh-keys x", ['unrecognized args: ["x"]']),
    (RUN, "add-ssh-key nonsense", ["invalid ssh key: nonsense"]),
    (RUN, "remove-ssh-key nobody", ['ssh key "nobody" not found']),
    (RUN, "constraints nosuch", ['application "nosuch" not found']),
    (RUN, "set-constraints nosuch mem=1G", ['application "nosuch" not found']),
    (USAGE, "model-constraints x", ['unrecognized args: ["x"]']),
    (RUN, "set-model-constraints mem=much", ['"mem" constraint', '"much"']),
    (RUN, "model-defaults nosuch=1", ['unknown model option "nosuch"']),
    (USAGE, "version x", ['unrecognized args: ["x"]']),
    # charms and bundles
    (USAGE, "find a b", ['unrecognized args: ["b"]']),
    (USAGE, "info", ["expected a charm or bundle name"]),
    (RUN, "info nosuch", ["No charm or bundle with name 'nosuch'."]),
    (RUN, "info /etc", ['"/etc" is not the name of a charm']),
    (RUN, "info ./mine", ['"./mine" is not the name of a charm']),
    (USAGE, "diff-bundle", ["no bundle specified"]),
    (RUN, "diff-bundle ./nosuch.yaml", ["./nosuch.yaml: no such file"]),
    (RUN, "deploy ./nosuch.yaml", ["./nosuch.yaml: no such file"]),
    (USAGE, "export-bundle x", ['unrecognized args: ["x"]']),
    # marks
    (USAGE, "expose", ["no application name specified"]),
    (RUN, "expose nosuch", ['application "nosuch" not found']),
    (RUN, "unexpose nosuch", ['application "nosuch" not found']),
    (USAGE, "trust", ["no application name specified"]),
    (RUN, "trust nosuch", ['application "nosuch" not found']),
    # what is shown
    (USAGE, "show-unit postgresql", ['unit name "postgresql" not valid']),
    (RUN, "show-unit postgresql/9", ['unit "postgresql/9" not found']),
    (RUN, "show-application nosuch", ['application "nosuch" not found']),
    (RUN, "show-machine 99", ["machine 99 not found"]),
    (USAGE, "machines --format xml", ["xml"]),
    # actions and commands
    (USAGE, "actions", ["no application name specified"]),
    (RUN, "actions nosuch", ['application "nosuch" not found']),
    (USAGE, "show-action postgresql", []),
    (RUN, "show-action postgresql nosuch", ["nosuch"]),
    (USAGE, "run postgresql", ["no unit specified"]),
    (USAGE, "run postgresql/0", ["no action specified"]),
    (RUN, "run postgresql/0 nosuch", ["(not found)"]),
    (RUN, "run postgresql/9 get-password", ["(not found)"]),
    (RUN, "run postgresql/0 get-password --params ./nosuch.yaml", [
        "./nosuch.yaml: no such file"]),
    (USAGE, "exec", ["no commands specified"]),
    (USAGE, "exec true", ["You must specify a target"]),
    (USAGE, "exec --unit x true", ['"x" is not a valid unit name']),
    (RUN, "relate data-integrator: postgresql", [
        'endpoint "data-integrator:" not valid']),
    (RUN, "remove-relation 0", ["relation 0 is a peer relation"]),
    (RUN, "offer postgresql:restart", ["is for peers"]),
    (RUN, "remove-unit postgresql --num-units 50", [
        'cannot remove 50 units of "postgresql"']),
    (RUN, "config data-integrator trust=true", [
        'unknown option "trust"', "tenon trust data-integrator"]),
    (USAGE, "exec --application Web true", [
        '"Web" is not a valid application name']),
    (RUN, "exec --application nosuch true", ['"nosuch" not found']),
    (USAGE, "run --unit postgresql/0", ["no commands specified"]),
    (USAGE, "exec --all --wait soon true", ["soon"]),
    (USAGE, "run --unit postgresql/0 --timeout soon true", ["soon"]),
    (USAGE, "operations x", ['unrecognized args: ["x"]']),
    (USAGE, "operations --status odd", ['"odd"', "completed"]),
    (USAGE, "show-operation", ["no operation ID specified"]),
    (RUN, "show-operation 99", ["operation 99 not found"]),
    (USAGE, "show-task x", ['task ID "x" not valid']),
    (RUN, "show-task 99", ["task 99 not found"]),
    (USAGE, "cancel-task", ["no task ID specified"]),
    (RUN, "cancel-task 99", ["task 99 not found"]),
    (RUN, "show-action-output 99", ["task 99 not found"]),
    (RUN, "show-action-status 99", ["task 99 not found"]),
    (USAGE, "resolved", ["no unit specified"]),
    (USAGE, "resolved postgresql", ['unit name "postgresql" not valid']),
    (RUN, "resolved postgresql/0", [
        'unit "postgresql/0" is not in an error state']),
    # explanations and sessions
    (USAGE, "why", ["no application, unit or relation specified"]),
    (RUN, "why nosuch", ['application "nosuch" not found']),
    (RUN, "why 99", ["relation 99 not found"]),
    (RUN, "journal nosuch", ['knows no "nosuch"']),
    (USAGE, "journal --result odd", ['no result "odd"']),
    (USAGE, "doctor --format xml", ["xml"]),
    (RUN, "doctor nosuch", ['application "nosuch" not found']),
    (RUN, "doctor data-integrator", [
        'charm of application "data-integrator" has no action doctor',
        "tenon why data-integrator"]),
    (USAGE, "wait-for", ["no entity specified"]),
    (USAGE, "wait-for thing postgresql", ['"thing"']),
    (USAGE, "wait-for application postgresql/0", [
        'application name "postgresql/0" not valid']),
    (USAGE, "wait-for unit postgresql", ['unit name "postgresql" not valid']),
    (USAGE, "wait-for machine web", ['machine name "web" not valid']),
    (RUN, "wait-for model moon:tutorial", ["controller moon not found"]),
    (RUN, "wait-for application nosuch --timeout 10ms", [
        'timed out waiting for "nosuch" to reach goal state']),
    (USAGE, "credentials", ["no application name specified"]),
    (RUN, "credentials nosuch", ['application "nosuch" not found']),
    (USAGE, "credentials data-integrator --format yml", ["yml"]),
    (RUN, "credentials postgresql", [
        'application "postgresql" is no client of a database', "tenon psql"]),
    (USAGE, "psql", ["no application or unit specified"]),
    (RUN, "psql nosuch", ['application "nosuch" not found']),
    (USAGE, "completion tcsh", ['"tcsh"', "bash, zsh and fish"]),
    (USAGE, "help nosuch", ["unknown command or topic for nosuch"]),
    (USAGE, "help statsu", ['did you mean "tenon help status"?']),
    (USAGE, "help exit-code", ['did you mean "tenon help exit-codes"?']),
    # of Juju's
    (USAGE, "add-cloud", ["no cloud specified"]),
    (USAGE, "add-cloud x", ["needs a file"]),
    (USAGE, "update-cloud nosuch", ["needs a file"]),
    (RUN, "remove-cloud nosuch", ["cloud nosuch not found"]),
    (RUN, "show-cloud nosuch", ["cloud nosuch not found"]),
    (USAGE, "add-credential", ["no cloud specified"]),
    (USAGE, "update-credential", ["no cloud specified"]),
    (RUN, "remove-credential localhost nosuch", ['"nosuch"']),
    (RUN, "list-credentials nosuch", ["no credential for cloud nosuch"]),
    (RUN, "show-credential nosuch", ["no credential for cloud nosuch"]),
    (RUN, "kill-controller nosuch -y", ['controller "nosuch" not found']),
    (RUN, "users nosuch", ["nosuch not found"]),
    (RUN, "show-user nosuch", ['user "nosuch" has no role']),
    (RUN, "set-model-constraints colour=red", ['unknown constraint "colour"']),
    (RUN, "add-machine nosuch", ['cannot add a machine at "nosuch"']),
    (USAGE, "remove-machine", ["no machines specified"]),
    (RUN, "remove-machine 99", ["machine 99 not found"]),
    (RUN, "refresh nosuch", ['application "nosuch" not found']),
    (USAGE, "refresh", ["no application specified"]),
    (USAGE, "ssh", ["no target name specified"]),
    (RUN, "ssh nosuch/0 true", ['application "nosuch" not found']),
    (USAGE, "scp", ["at least two arguments required"]),
    (RUN, "scp nosuch/0:a b", ['application "nosuch" not found']),
    (USAGE, "debug-log --level odd", ['"odd"']),
    (USAGE, "show-status-log", ["entity name is missing"]),
    (RUN, "show-status-log nosuch", ['application "nosuch" not found']),
    (USAGE, "add-secret", ["missing secret name"]),
    (USAGE, "add-secret x a=1", ['invalid key "a"']),
    (RUN, "update-secret nosuch abc=1", ['secret "nosuch" not found']),
    (RUN, "remove-secret nosuch", ['secret "nosuch" not found']),
    (RUN, "show-secret nosuch", ['secret "nosuch" not found']),
    (RUN, "grant-secret nosuch postgresql", ['secret "nosuch" not found']),
    (RUN, "revoke-secret nosuch postgresql", ['secret "nosuch" not found']),
    (USAGE, "secrets x", ['unrecognized args: ["x"]']),
    # the command line itself
    (USAGE, "statsu", ['"statsu"', "Did you mean", "status"]),
    (USAGE, "-m tutorial status", [
        "option provided but not defined: -m", "behind the command"]),
    (USAGE, "status --nosuch", ["option provided but not defined: --nosuch"]),
    (USAGE, "status --format xml", ["xml"]),
    (USAGE, "status --watch soon", ["soon"]),
]

# An error that says all there is to do, or is told in words of Juju's.
NO_STEP = ["o such file or directory", "expected int, got", "could refer to", "is not a valid name",
           "invalid application name", "already exists"]


def verbs_of(tenon):
    """Without aliases: they have the summary of their verb, which is first."""
    listed = [line.split("\t") for line in
              tenon.ok("__complete").stdout.splitlines()]
    return {summary: verb for verb, summary in reversed(listed)}.values()


def last_news(tenon):
    """The last line of the journal: a look now and then leaves none."""
    (line,) = tenon.get("/v1/models/-/journal?limit=1")["entries"]
    return line


def what_there_is(tenon):
    status = tenon.raw_status()
    return (last_news(tenon), status["relations"],
            sorted(status["applications"]), sorted(status["machines"]),
            [m["name"] for m in tenon.get("/v1/models")["models"]],
            tenon.ok("config", "data-integrator").stdout,
            tenon.ok("config", "postgresql").stdout)


@pytest.fixture(scope="module")
def place(cluster):
    """The cluster, and an application that could relate to it in two ways."""
    cluster.tenon.ok("deploy", TWOWAY)
    cluster.tenon.settled()
    return cluster.tenon


@pytest.mark.parametrize(
    "rc, command, words", CASES,
    ids=[c[1].replace(f"{TWOWAY}", "./twoway").replace(" ", "_")
         for c in CASES])
def test_it_is_named_and_nothing_changes(place, rc, command, words):
    before = what_there_is(place)
    result = place.fails(rc, *command.split())
    for word in words:
        assert word in result.stderr, str(result)
    assert result.stdout == ""
    hint = result.stderr.strip().partition("\n")[2]
    assert hint or any(text in result.stderr for text in NO_STEP), \
        "there is no next step in it"
    place.settled()
    assert what_there_is(place) == before


# As of a variable in a script that is not set.
@pytest.mark.parametrize("command", [
    ("status", "-m", ""), ("status", "-m", "overlord:"),
    ("status", "-m", "admin/"), ("show-model", ""),
    ("destroy-model", "", "-y"), ("wait-for", "model", ""),
    ("wait-for", "application", ""), ("config", ""), ("actions", ""),
    ("expose", ""), ("trust", ""), ("show-secret", ""),
    ("update-secret", "", "abc=1"), ("remove-secret", ""),
    ("grant-secret", "", "postgresql"), ("show-unit", ""),
], ids="_".join)
def test_an_empty_name_is_refused(place, command):
    before = what_there_is(place)
    refused = place.fails(USAGE, *command)
    assert refused.stderr.startswith("ERROR ")
    assert '" not valid\n"tenon help ' in refused.stderr, str(refused)
    assert what_there_is(place) == before


def test_a_relation_that_exists_is_refused_in_jujus_words(cluster):
    result = cluster.tenon.fails(
        1, "relate", "data-integrator", "postgresql")
    assert result.stderr == (
        'ERROR cannot add relation'
        ' "data-integrator:postgresql postgresql:database"\n'
        'relation data-integrator:postgresql postgresql:database'
        ' (already exists): \n\n'
        "Use 'juju status --relations' to view the current relations.\n"
    ).replace("juju", "tenon")


def test_every_verb_explains_itself(tenon):
    for verb in verbs_of(tenon):
        shown = tenon.ok(verb, "--help").stdout
        assert shown.startswith(f"Usage: tenon {verb}"), shown
    assert not tenon.home.exists(), "help needs no controller"


def test_every_verb_has_been_tried_with_a_mistake(tenon):
    tried = {command.split()[0] for _, command, _ in CASES}
    assert set(verbs_of(tenon)) - tried == set()


@pytest.mark.parametrize("method, path, body, status", [
    ("GET", "/v1/nosuch", None, 404),
    ("GET", "/v1/models/nosuch/status", None, 404),
    ("POST", "/v1/models", {"name": "x", "colour": "red"}, 400),
    ("POST", "/v1/models", {"name": 7}, 400),
    ("POST", "/v1/models/-/relations", {"endpoints": ["a"]}, 400),
    ("DELETE", "/v1/models", None, 404),
])
def test_the_api_refuses_with_a_code_and_a_message(
        cluster, method, path, body, status):
    got, answer = cluster.tenon.api(method, path, body)
    assert got in (status, 405, 422) if status == 400 else got in (status, 405)
    assert faults(answer, schema_named("error")) == []
    assert answer["error"]["message"]
    assert cluster.tenon.get("/v1")["models"] == 1


def test_a_body_that_is_too_large_is_refused(cluster):
    got, answer = cluster.tenon.api(
        "POST", "/v1/models", {"name": "x" * (2 * 1024 * 1024)})
    assert got == 413, answer
    assert cluster.tenon.get("/v1")["models"] == 1
