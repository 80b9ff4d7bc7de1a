# SPDX-License-Identifier: Apache-2.0
"""What each route answers, against docs/openapi.yaml."""
import pytest

from document import DOCUMENT, faults
from harness import ROOT, TENOND, Tenon, wait_until

pytestmark = pytest.mark.xdist_group("answers")

CHARM = str(ROOT / "tests/data/charms/greeter")
MODEL = "/v1/models/{model}"
KEY = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGXAsN0Tu3UcVnZKbuKSLwKb"
       "pkYOmd8UVLg6YDlgmqCF me@here")
APP = MODEL + "/applications/{subject}"

# In this order: a route, what stands for {subject} or the query, the body, and
# the model, m if missing.
EXAMPLES = [
    ("GET", "/v1", "", None),
    ("POST", "/v1/controller", "", {"name": "overlord", "cloud": "localhost"}),
    ("GET", "/v1", "", None),
    ("GET", "/v1/models", "", None),
    ("POST", "/v1/models", "", {"name": "m"}),
    ("POST", "/v1/models", "", {"name": "other", "switch": False}),
    ("POST", MODEL + "/switch", "", {}),
    ("GET", "/v1/users", "", None),
    ("POST", "/v1/model-defaults", "",
     {"set": {"test-mode": "true"}, "reset": ["logging-config"]}),
    ("GET", "/v1/model-defaults", "", None),
    ("POST", "/v1/clouds", "", {"name": "far", "definition": {
        "type": "openstack", "regions": {"x": {"endpoint": "https://x"}}}}),
    ("POST", "/v1/credentials", "", {"cloud": "far", "name": "me", "definition": {
        "auth-type": "userpass", "username": "u", "password": "p"}}),
    ("GET", "/v1/clouds", "", None),
    ("GET", "/v1/credentials", "", None),
    ("POST", "/v1/credentials/remove", "", {"cloud": "far", "name": "me"}),
    ("POST", "/v1/clouds/remove", "", {"name": "far"}),
    ("GET", "/v1/charms", "", None),
    ("GET", "/v1/charms/{subject}", "postgresql", None),
    ("POST", MODEL + "/applications", "", {"charm": CHARM, "name": "up"}),
    ("POST", MODEL + "/applications", "",
     {"charm": CHARM, "name": "down", "units": 2, "config": {"word": "hi"}}),
    ("POST", MODEL + "/applications", "",
     {"charm": "data-integrator", "dry-run": True}),
    ("POST", MODEL + "/relations", "",
     {"endpoints": ["up:greeting", "down:greeted"], "dry-run": True}),
    ("POST", MODEL + "/relations", "",
     {"endpoints": ["up:greeting", "down:greeted"]}),
    ("GET", MODEL + "/settled", "?timeout=60000", None),
    ("GET", MODEL + "/status", "", None),
    ("GET", MODEL + "/status", "?relations=false", None),
    ("GET", "/v1/models", "", None),
    ("GET", MODEL, "", None),
    ("GET", MODEL + "/config", "", None),
    ("POST", MODEL + "/config", "",
     {"set": {"test-mode": "true"}, "reset": ["update-status-hook-interval"]}),
    ("POST", MODEL + "/ssh-keys", "", {"keys": [KEY]}),
    ("GET", MODEL + "/ssh-keys", "", None),
    ("POST", MODEL + "/ssh-keys/remove", "", {"ids": ["me@here"]}),
    ("POST", MODEL + "/constraints", "", {"set": {"mem": "1G", "tags": "a,b"}}),
    ("GET", MODEL + "/constraints", "", None),
    ("POST", APP + "/constraints", "up", {"set": {"arch": "amd64"}}),
    ("GET", APP + "/constraints", "up", None),
    ("GET", APP, "up", None),
    ("GET", MODEL + "/units/{subject}", "down%2Fleader", None),
    ("GET", APP + "/config", "up", None),
    ("POST", APP + "/config", "up", {"set": {"word": "ho"}, "dry-run": True}),
    ("POST", APP + "/config", "up", {"set": {"word": "ho"}}),
    ("GET", APP + "/actions", "up", None),
    ("POST", APP + "/units", "up", {"units": 2, "dry-run": True}),
    ("POST", APP + "/units", "up", {"units": 2}),
    ("POST", MODEL + "/rehearsal", "", {"plan": False, "steps": [
        {"path": "applications/up/expose", "what": "expose up",
         "body": {"exposed": True}}]}),
    ("POST", MODEL + "/rehearsal", "", {"steps": [
        {"path": "applications/up/config", "what": "configure up",
         "body": {"set": {"word": "hm"}}},
        {"path": "applications/up/units", "what": "add units to up",
         "body": {"units": 1}}]}),
    ("POST", MODEL + "/units/resolved", "", {"all": True}),
    ("POST", MODEL + "/machines", "", {"machines": 2, "dry-run": True}),
    ("POST", MODEL + "/machines", "", {"machines": 2}),
    ("POST", MODEL + "/machines/remove", "", {"machines": ["6"], "dry-run": True}),
    ("POST", MODEL + "/machines/remove", "", {"machines": ["6"]}),
    ("POST", APP + "/refresh", "up", {"dry-run": True}),
    ("POST", APP + "/refresh", "up", {"config": {"word": "hey"}}),
    ("POST", APP + "/expose", "up", {"exposed": True}),
    ("POST", APP + "/trust", "up", {"trusted": True}),
    ("POST", MODEL + "/offers", "",
     {"application": "up", "endpoints": ["greeting"], "name": "hello"}),
    ("POST", MODEL + "/saas", "", {"offer": "m.hello", "alias": "far"}, "other"),
    ("GET", MODEL + "/offers", "", None),
    ("GET", "/v1/offers", "", None),
    ("GET", MODEL + "/status", "", None, "other"),
    ("POST", MODEL + "/saas/remove", "", {"name": "far"}, "other"),
    ("POST", MODEL + "/offers/remove", "", {"name": "hello"}),
    ("POST", MODEL + "/secrets", "",
     {"name": "s", "content": {"token": "x"}, "dry-run": True}),
    ("POST", MODEL + "/secrets", "", {"name": "s", "content": {"token": "x"}}),
    ("POST", MODEL + "/secrets/{subject}/grant", "s", {"applications": ["up"]}),
    ("POST", MODEL + "/secrets/{subject}/update", "s",
     {"content": {"token": "y"}, "info": "for a test"}),
    ("GET", MODEL + "/secrets", "", None),
    ("GET", MODEL + "/secrets", "?owner=up", None),
    ("GET", MODEL + "/secrets/{subject}", "s", None),
    ("GET", MODEL + "/secrets/{subject}", "s?reveal=true&revision=1", None),
    ("POST", MODEL + "/secrets/{subject}/revoke", "s",
     {"applications": ["up", "down"]}),
    ("POST", MODEL + "/secrets/{subject}/remove", "s", {"revision": 1}),
    ("POST", MODEL + "/secrets/{subject}/remove", "s", {}),
    ("POST", MODEL + "/actions", "",
     {"units": ["up/0", "down/leader"], "action": "greet", "params": {"name": "x"}}),
    ("GET", MODEL + "/operations", "", None),
    ("GET", MODEL + "/operations/{subject}", "1?wait=true&timeout=60000", None),
    ("GET", MODEL + "/tasks/{subject}", "2?wait=true&timeout=60000", None),
    ("POST", MODEL + "/actions", "", {"units": ["up/0"], "action": "break"}),
    ("GET", MODEL + "/operations/{subject}", "4?wait=true&timeout=60000", None),
    ("POST", MODEL + "/commands", "", {"units": ["up/0"], "command": "exit 3"}),
    ("GET", MODEL + "/operations/{subject}", "6?wait=true&timeout=60000", None),
    ("POST", MODEL + "/commands", "", {"machines": ["0"], "command": "exec tail -f"}),
    ("POST", MODEL + "/tasks/{subject}/cancel", "9", {}),
    ("GET", MODEL + "/settled", "?timeout=60000", None),
    ("GET", "/v1/doctor", "", None),
    ("GET", MODEL + "/why", "?subject=up", None),
    ("GET", MODEL + "/why", "?subject=up/0", None),
    ("GET", MODEL + "/why", "?subject=0", None),
    ("GET", MODEL + "/journal", "", None),
    ("GET", "/v1/journal", "", None),
    ("GET", MODEL + "/log", "", None),
    ("GET", MODEL + "/log", "?after=0&limit=3&wait=true&timeout=60000", None),
    ("GET", MODEL + "/status-log", "?subject=up/0", None),
    ("GET", MODEL + "/status-log", "?type=model", None),
    ("POST", MODEL + "/relations/remove", "",
     {"endpoints": ["up", "down"], "dry-run": True}),
    ("POST", MODEL + "/relations/remove", "", {"endpoints": ["up", "down"]}),
    ("POST", MODEL + "/units/remove", "", {"units": ["up/1"], "dry-run": True}),
    ("POST", MODEL + "/units/remove", "", {"units": ["up/1"]}),
    ("POST", APP + "/remove", "down", {"dry-run": True}),
    ("POST", APP + "/remove", "down", {}),
    ("POST", MODEL + "/destroy", "", {"destroy-storage": True}),
    ("POST", "/v1/controller/destroy", "", {"destroy-all-models": True}),
]


# Asked where a hook runs: in test_hook_tools.py.
ELSEWHERE = ["POST /v1/hook-tools"]


def schema_of(method, route):
    answer = DOCUMENT["paths"][route][method.lower()]["responses"]["200"]
    return answer["content"]["application/json"]["schema"]


def path_of(route, rest, model="m"):
    path = route.replace("{model}", model)
    return path.replace("{subject}", rest) if "{subject}" in path else path + rest


@pytest.fixture(scope="module")
def answers():
    """[(route, what was asked, schema, HTTP status, answer)]"""
    tenon = Tenon()
    try:
        with tenon.popen(binary=TENOND):
            wait_until(tenon.socket.exists)
            yield [(f"{method} {route}", rest, schema_of(method, route),
                    *tenon.api(method, path_of(route, rest, *model), body))
                   for method, route, rest, body, *model in EXAMPLES]
    finally:
        tenon.discard()


def test_each_answer_is_as_the_document_says(answers):
    for route, rest, schema, status, answer in answers:
        found = [] if status == 200 else [answer]
        assert found + faults(answer, schema) == [], f"{route} {rest}: {answer}"


def test_each_route_with_a_document_has_been_asked(answers):
    asked = {route for route, *_ in answers} | set(ELSEWHERE)
    assert asked == {
        f"{method.upper()} {route}"
        for route, methods in DOCUMENT["paths"].items()
        for method, about in methods.items()
        if method in ("get", "post") and "application/json" in
        about["responses"]["200"].get("content", {})}


def test_a_schema_says_what_is_in_it():
    """An object without its keys would describe anything."""
    def bare(schema, where):
        if isinstance(schema, list):
            return sum((bare(s, where) for s in schema), [])
        if not isinstance(schema, dict):
            return []
        found = sum((bare(s, f"{where}.{k}") for k, s in schema.items()), [])
        if schema.get("type") == "object" and "additionalProperties" not in schema:
            found.append(where)
        return found
    assert bare(DOCUMENT["components"]["schemas"], "schemas") == []
    for route, methods in DOCUMENT["paths"].items():
        for method, about in methods.items():
            if method in ("get", "post"):
                assert bare(about["responses"]["200"], f"{method} {route}") == []
