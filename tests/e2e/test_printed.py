# SPDX-License-Identifier: Apache-2.0
"""What every verb prints as JSON, against docs/openapi.yaml; and as YAML."""
import json

import pytest
import yaml

from document import faults, schema_named
from harness import ROOT, Tenon, make_model

pytestmark = pytest.mark.xdist_group("printed")

# In this order: (command, schema). Tasks are 2 and 4, operations 1 and 3.
COMMANDS = [
    ("run up/0 greet", "printed-tasks"),
    ("run-action up/0 greet --wait", "printed-action-outputs"),
    ("exec --unit up/0 -- echo hello", "printed-tasks"),
    ("run --unit up/0 -- echo hello", "printed-commands"),
    ("run --machine 0 -- echo hello", "printed-commands"),
    ("exec --machine 0 -- echo hello", "printed-tasks"),
    ("actions up", "printed-actions"),
    ("actions up --schema", "printed-schemas"),
    ("operations", "printed-operations"),
    ("show-operation 1", "printed-operation"),
    ("show-task 2", "printed-task"),
    ("show-action-output 2", "printed-action-output"),
    ("show-action-status 2", "printed-action-statuses"),
    ("config up", "application-config"),
    ("model-config", "printed-model-config"),
    ("controllers", "printed-controllers"),
    ("show-controller", "printed-controller"),
    ("models", "printed-models"),
    ("show-model", "printed-model"),
    ("status", "printed-status"),
    ("show-unit up/0", "printed-unit"),
    ("show-application up", "printed-applications"),
    ("machines", "printed-machines"),
    ("show-machine 0", "printed-machines"),
    ("find", "printed-charms"),
    ("info postgresql", "printed-charm"),
    ("info data-integrator --config", "printed-charm"),
    ("whoami", "printed-whoami"),
    ("offers", "printed-offers"),
    ("find-offers", "printed-found-offers"),
    ("show-offer up", "printed-shown-offer"),
    ("users", "printed-users"),
    ("show-user", "printed-user"),
    ("model-defaults", "printed-model-defaults"),
    ("model-constraints", "printed-constraints"),
    ("constraints up", "printed-constraints"),
    ("clouds", "printed-clouds"),
    ("show-cloud localhost", "printed-cloud"),
    ("list-credentials", "printed-cloud-credentials"),
    ("show-credential localhost", "printed-cloud-credentials"),
    ("version", "printed-version"),
    ("version --all", "printed-versions"),
    ("why up", "why"),
    ("doctor", "printed-findings"),
    ("journal", "printed-journal"),
    ("secrets", "printed-secrets"),
    ("show-secret token --reveal --revisions", "printed-secrets"),
    ("show-status-log up/0", "printed-status-log"),
]

# With an application that has credentials, and something to cancel.
ELSEWHERE = {"credentials": "test_credentials.py", "cancel-task": "below",
             "debug-log": "test_logs.py"}

# YAML has other keys, or other values: of another moment.
OTHER_YAML = {"show-secret", "run", "run-action", "exec", "model-config", "status", "doctor"}


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one)
        one.ok("deploy", ROOT / "tests/data/charms/greeter", "up")
        one.ok("deploy", ROOT / "tests/data/charms/greeter", "down")
        one.ok("relate", "up:greeting", "down:greeted")
        one.ok("offer", "up:greeting")
        one.settled()
        one.ok("add-secret", "token", "--file", "-", stdin="password: hush\n")
        one.ok("grant-secret", "token", "up")
        one.ok("set-model-constraints", "mem=1G", "tags=a,b")
        one.ok("set-constraints", "up", "cores=2", "arch=amd64")
        one.ok("run", "up/0", "greet")
        one.ok("run", "up/0", "greet", "name=you")
        yield one
    finally:
        one.cleanup()


def with_format(command, form):
    verb, *rest = command.split()
    return [verb, "--format", form, *rest]


@pytest.mark.parametrize("command, name", COMMANDS, ids=[c for c, _ in COMMANDS])
def test_json_is_as_the_document_says_and_yaml_says_the_same(server, command, name):
    text = server.ok(*with_format(command, "json")).stdout
    assert text.count("\n") == 1, "one line"
    printed = json.loads(text)
    assert printed and faults(printed, schema_named(name)) == [], text
    if command.split()[0] not in OTHER_YAML:
        assert yaml.safe_load(
            server.ok(*with_format(command, "yaml")).stdout) == printed


def test_a_cancelled_task_is_as_the_document_says(server):
    server.ok("exec", "--unit", "up/0", "--background", "--", "exec tail -f")
    (task,) = [t for o in server.get("/v1/models/-/operations")["operations"]
               for t in o["tasks"] if o["status"] in ("pending", "running")]
    text = server.ok("cancel-task", task["id"], "--format", "json").stdout
    assert faults(json.loads(text), schema_named("printed-action-statuses")) == [], text


def test_no_verb_prints_what_is_not_described(server):
    listed = [line.split("\t") for line in
              server.ok("__complete").stdout.splitlines()]
    # An alias has the summary of its verb, which comes first.
    verbs = {summary: verb for verb, summary in reversed(listed)}.values()
    described = {command.split()[0] for command, _ in COMMANDS} | set(ELSEWHERE)
    printing = {verb for verb in verbs
                if " json" in server.ok(verb, "--help").stdout}
    assert printing == described
