# SPDX-License-Identifier: Apache-2.0
"""Secrets of users: from the command line to a charm that reads them."""
import base64
import json
import re

import pytest
import yaml

from harness import Tenon, make_model

pytestmark = [pytest.mark.xdist_group("user_secrets"), pytest.mark.ordinary]

DISPATCH = """#!/bin/sh
set -e
id=$(config-get token)
case $JUJU_DISPATCH_PATH in
hooks/config-changed)
	if [ -z "$id" ]; then
		status-set blocked "no token"
	elif found=$(secret-get "$id" password 2>&1); then
		status-set active "$found"
	else
		status-set blocked "$found"
	fi
	;;
hooks/secret-changed)
	before=$(secret-get "$JUJU_SECRET_ID" password)
	after=$(secret-get "$JUJU_SECRET_ID" password --refresh)
	status-set active "$before, then $after"
	;;
esac
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The application reader, with the option token; it tells what it reads."""
    one = Tenon()
    charm = tmp_path_factory.mktemp("charms") / "reader"
    charm.mkdir()
    (charm / "metadata.yaml").write_text("name: reader\nsummary: Reads.\n")
    (charm / "config.yaml").write_text(
        "options: {token: {type: secret, description: Names a secret.}}\n")
    (charm / "dispatch").write_text(DISPATCH)
    (charm / "dispatch").chmod(0o755)
    try:
        make_model(one)
        one.ok("deploy", charm)
        one.settled()
        one.charm = charm
        yield one
    finally:
        one.cleanup()


def add(server, name, content, *flags):
    done = server.ok("add-secret", name, "--file", "-", *flags,
                     stdin=yaml.safe_dump(content))
    assert re.fullmatch(r"secret:[0-9a-v]{20}\n", done.stdout) and not done.stderr
    return done.stdout.strip()


def reveal(server, *args):
    (one,) = json.loads(server.ok("show-secret", "--reveal", "--format", "json",
                                  *args).stdout).values()
    return one["content"]["Data"]


def test_an_option_names_a_secret_that_the_charm_then_reads(server):
    uri = add(server, "granted", {"password": "one"})
    refused = server.fails(1, "config", "reader", f"token={uri}")
    assert refused.stderr == (
        'ERROR option "token": secret "granted" is not granted to reader\n'
        '"tenon grant-secret granted reader" grants it\n')
    server.ok("grant-secret", "granted", "reader")
    server.ok("config", "reader", f"token={uri}", "--wait")
    assert server.workload("reader/0") == ("active", "one")
    shown = json.loads(server.ok("config", "reader", "--format", "json").stdout)
    assert shown["settings"]["token"]["value"] == uri
    assert shown["settings"]["token"]["type"] == "secret"
    exported = server.ok("export-bundle")
    assert uri in exported.stdout and exported.stderr == (
        "Secrets are not in a bundle: another model needs its own for "
        '"token" of reader\n')
    server.ok("update-secret", "granted", "--file", "-", stdin="password: two")
    server.settled()
    assert server.workload("reader/0") == ("active", "one, then two")
    server.ok("config", "reader", "token=")
    assert "value" not in json.loads(
        server.ok("config", "reader", "--format", "json").stdout)["settings"]["token"]
    server.ok("config", "reader", f"token={uri}", "--wait")
    told = server.ok("revoke-secret", "granted", "reader").stderr
    assert told == 'option "token" of reader still names it\n'
    denied = server.fails(1, "exec", "--unit", "reader/0", "--", f"secret-get {uri}")
    assert "permission denied" in denied.stderr
    told = server.ok("remove-secret", uri).stderr
    assert told == 'option "token" of reader still names it\n'
    server.ok("config", "reader", "--reset", "token")


def test_who_is_deployed_with_a_secret_reads_it_when_it_is_granted(server):
    uri = add(server, "later", {"password": "late"})
    done = server.ok("deploy", server.charm, "late", "--config", f"token={uri}")
    assert '"tenon grant-secret later late" grants it' in done.stderr
    server.settled()
    current, message = server.workload("late/0")
    assert current == "blocked" and "permission denied" in message
    server.ok("grant-secret", "later", "late")
    server.settled()
    assert server.workload("late/0") == ("active", "late")


def test_content_comes_from_arguments_files_and_standard_input(server, tmp_path):
    path = tmp_path / "cert"
    path.write_text("of a file\n")
    text = base64.b64encode("é of base64".encode()).decode()
    server.ok("add-secret", "mixed", "plain=a=b", f"file#file={path}", "both=argument",
              f"base#base64={text}", "--file", "-", stdin="both: file\nyaml: '007'\n")
    assert reveal(server, "mixed") == {
        "plain": "a=b", "file": "of a file\n", "base": "é of base64",
        "both": "argument", "yaml": "007"}


@pytest.mark.parametrize("words, stdin, message", [
    (["hush"], "", "argument 2 is not of the form <key>=<value>"),
    (["=hush"], "", "argument 2 is not of the form <key>=<value>"),
    ([], "", "missing secret value or filename"),
    (["key#base64=hush!"], "", 'the value of "key#base64" is not base64'),
    (["key#base64=/w=="], "", 'the value of "key" is not a text: a secret holds '
     "UTF-8 without NUL"),
    (["key#file=/no/where"], "", 'the value of "key#file": /no/where: no such '
     "file or directory"),
    (["--file", "-"], "pin: 0042", 'the value of "pin" in standard input is not a text'),
    (["--file", "-"], "- hush", "no keys and values found in standard input"),
    (["ab=hush"], "", 'invalid key "ab" in a secret'),
    (["key="], "", 'the value of "key" is empty'),
])
def test_what_cannot_be_in_a_secret_is_refused_and_not_repeated(
        server, words, stdin, message):
    refused = server.run("add-secret", "bad", *words, stdin=stdin)
    assert refused.rc in (1, 2) and refused.stdout == ""
    assert refused.stderr.splitlines()[0] == f"ERROR {message}"
    assert "hush" not in refused.stderr


@pytest.mark.parametrize("words, message", [
    ("add-secret", "missing secret name"),
    ("update-secret", "missing secret URI or name"),
    ("update-secret nobody --info x", 'secret "nobody" not found'),
    ("remove-secret nobody", 'secret "nobody" not found'),
    ("show-secret nobody", 'secret "nobody" not found'),
    ("grant-secret nobody", "missing secret URI or name, or application"),
    ("grant-secret nobody reader", 'secret "nobody" not found'),
    ("show-secret x --revision 1 --revisions",
     "specify either --revisions or --revision but not both"),
    ("model-secret-backend", 'tenon has no "model-secret-backend": secrets are in '
     "the store of tenond, sealed, and nowhere else"),
])
def test_mistakes_are_named(server, words, message):
    refused = server.run(*words.split())
    assert refused.rc in (1, 2) and refused.stdout == ""
    assert refused.stderr.splitlines()[0] == f"ERROR {message}"


def test_they_are_listed_as_juju_does(server):
    model = server.get("/v1/models/-")["uuid"]
    uri = add(server, "listed", {"password": "hush"}, "--info", "for a list")
    server.ok("grant-secret", "listed", "reader")
    done = server.ok("exec", "--unit", "reader/0", "--",
                     "secret-add --label mine password=hush")
    made = re.search(r"secret:(\w{20})", done.stdout)[1]
    table = server.ok("secrets").stdout.splitlines()
    assert table[0].split("  ")[0] == "ID" and table[0].endswith("  Last updated")
    name = uri.removeprefix("secret:")
    rows = {row.split()[0]: row for row in table[1:]}
    assert re.fullmatch(name + r"  listed +<model>  never +1  \S.*", rows[name])
    assert re.fullmatch(made + r"  -  +reader   never +1  \S.*", rows[made])
    listed = json.loads(server.ok("secrets", "--format", "json").stdout)
    time = listed[name].pop("created")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert listed[name].pop("updated") >= time
    assert listed[name] == {
        "revision": 1, "rotation": "never", "owner": "<model>", "name": "listed",
        "description": "for a list", "access": [
            {"target": "application-reader", "scope": f"model-{model}", "role": "view"}]}
    assert listed[made]["label"] == "mine" and listed[made]["owner"] == "reader"
    assert server.ok("secrets", "--owner", "nosuch").stderr == \
        "\nThat owner has no secrets.\n"
    owned = json.loads(server.ok("secrets", "--owner", "reader", "--format",
                                 "json").stdout)
    assert list(owned) == [made]
    assert reveal(server, made) == {"password": "hush"}
    assert "hush" not in json.dumps(server.get("/v1/models/-/secrets"))


def test_names_are_completed(server):
    add(server, "completed", {"password": "hush"})
    names = server.ok("__complete", "show-secret", "").stdout.split()
    assert "completed" in names


def test_revisions_are_shown_and_removed_one_by_one(server):
    add(server, "turned", {"password": "one"})
    for word in ("two", "three"):
        server.ok("update-secret", "turned", f"password={word}")
    assert reveal(server, "turned", "--revision", "1") == {"password": "one"}
    assert reveal(server, "turned") == {"password": "three"}

    def revisions():
        (one,) = yaml.safe_load(server.ok("show-secret", "turned",
                                          "--revisions").stdout).values()
        return [r["revision"] for r in one["revisions"]]
    assert revisions() == [1, 2, 3]
    assert server.fails(1, "remove-secret", "turned", "--revision", "3").stderr.startswith(
        'ERROR revision 3 is the latest of secret "turned"\n')
    server.ok("remove-secret", "turned", "--revision", "2")
    assert revisions() == [1, 3]
    server.ok("update-secret", "turned", "--auto-prune")
    assert revisions() == [3]
    server.ok("update-secret", "turned", "--name", "renamed")
    server.fails(1, "show-secret", "turned")
    plan = server.ok("remove-secret", "renamed", "--dry-run").stdout
    assert plan == ("This would change, and nothing has been done:\n\n"
                    "secret renamed is removed\n")
    server.ok("remove-secret", "renamed")
    server.fails(1, "show-secret", "renamed")
