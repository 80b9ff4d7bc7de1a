# SPDX-License-Identifier: Apache-2.0
"""
Names of databases, on both sides: the client refuses early what the server
would refuse, and sends the rest as it is; the server, asked by a client that
checks nothing, refuses the same, and serves the rest to the letter.
"""

import contextlib
import json

import psycopg2
import pytest
from fake_basics import charm_dir
from fake_tenond import Model
from postgresql_world import GONE, cluster

GROUP = pytest.mark.xdist_group("names")
RESERVED = 'database name "{}" is reserved'
TOO_LONG = "the database name is {} bytes long, at most 56 are possible"
NO_TEXT = "the database name has characters that are not text"
E_ACUTE = "\u00e9"

# The reason, or None for a name that works.
NAMES = {
    # What is there already, and words that pg_hba.conf or SQL read otherwise.
    **{name: RESERVED.format(name) for name in (
        "postgres", "template0", "template1", "operator", "replication", "rewind", "monitoring",
        "backup", "all", "sameuser", "samerole", "samegroup", "public", "none", "current_user",
        "current_role", "session_user")},
    # What would be one of our own names.
    **{name: RESERVED.format(name) for name in (
        "relation-1", "relation-007", "x:owner", "x:reader", ":owner", "pg_x", "tenon_x",
        "tenon-spare-0")},
    # The server cuts what is longer than 63 bytes; the suffixes need room too.
    "x" * 49: None, "x" * 50: None, "x" * 56: None, E_ACUTE * 28: None,
    "x" * 57: TOO_LONG.format(57), "x" * 63: TOO_LONG.format(63), "x" * 64: TOO_LONG.format(64),
    "x" * 63 + "y": TOO_LONG.format(64), E_ACUTE * 29: TOO_LONG.format(58),
    "\u6570" * 19: TOO_LONG.format(57), "x" * 5000: TOO_LONG.format(5000),
    # No text.
    "two\nlines": NO_TEXT, "tab\there": NO_TEXT, "\x7f": NO_TEXT, "\x01": NO_TEXT, "a\r": NO_TEXT,
    # Everything else is to be quoted, and so works.
    "databases": None, "relation-": None, "relation-1x": None, "Postgres": None, "ALL": None,
    "Foo": None, "foo": None, "owner": None, "x:owners": None, "tenon": None,
    "with-hyphen": None, "two words": None, " padded ": None, 'say "hi"': None, '"': None,
    '""': None, "o'neil": None, "'": None, "back\\slash": None, "\\": None, "a,b": None,
    "+x": None, "@x": None, "/^x": None, "/tmp": None, "-rf": None, "--": None, "#": None,
    "*": None, "abc*": None, "{}": None, "%s%I%n": None, "%41": None, "?host=h": None,
    "a=b host=c": None, "postgresql://u:p@h/d": None, "my db/%41?&x=y#@:+": None,
    "\"; DROP ROLE operator; --": None, "$(reboot)": None, "$$": None, "..": None, "a.b": None,
    "na\u00efve \u6570\u636e \U0001f418": None, "e\u0301": None, "\u202eevil": None,
    "user": None, "null": None, "1": None,
}


@pytest.fixture(scope="module")
def pair():
    with cluster(units=2) as world:
        yield world


def shown(name):
    return name if len(name) <= 20 else f"{name[:8]!a}...{len(name.encode())} bytes"


def connected(uri):
    with contextlib.closing(psycopg2.connect(uri)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT current_database(), session_user, current_user, "
                       "pg_is_in_recovery()")
        return cursor.fetchone()


@GROUP
@pytest.mark.parametrize("name", NAMES, ids=shown)
def test_the_server_serves_a_name_to_the_letter_or_says_why_not(pair, name):
    relation = pair.relate(name, requested_secrets='["password", "uris", "read-only-uris"]')
    reason = NAMES[name]
    if reason is not None:
        assert json.loads(pair.bag(relation)["status"]) == [
            {"code": 5000, "message": reason, "resolution": "choose another database name"}]
        assert set(pair.bag(relation)) == {"status"}
        assert (pair.app[0].status, pair.app.status) == (("active", "Primary"), ("active", ""))
        # It is not held against the client.
        name = "better"
        pair.ask(relation, database=name)
    told = pair.answer(relation)
    assert (told["database"], "status" in told) == (name, False)
    for key, standby in (("uris", False), ("read-only-uris", True)):
        assert connected(told[key]) == (name, told["username"], f"{name}:owner", standby)
    assert pair.client_query(relation, pair.app[1], "SELECT 1") == [(1,)]
    for other in ("template1", "template0"):
        assert "pg_hba.conf rejects" in pair.refusal(pair.app[0], told, other)
    assert pair.query(pair.app[0], "SELECT count(*) FROM pg_hba_file_rules "
                      "WHERE error IS NOT NULL") == [(0,)]
    pair.remove(relation)
    for unit in pair.app.units:
        assert GONE.format(told["username"]) in pair.refusal(unit, told, name)


@GROUP
def test_what_the_server_was_asked_for_is_all_that_it_has(pair):
    """After the tests above: no name was cut, folded or split into another one."""
    there = {row[0] for row in pair.query(pair.app[0], "SELECT datname FROM pg_database")}
    good = {name for name, reason in NAMES.items() if reason is None}
    assert there <= {"postgres", "template0", "template1", "better", *good}
    assert not {r for r in pair.roles() if r.startswith("relation-") and r not in good
                and r.split(":")[0] not in good}


@pytest.fixture(scope="module")
def client():
    with Model() as model:
        yield Client(model)


class Client:
    """A data-integrator beside a provider that the test plays."""

    def __init__(self, model):
        self.model = model
        self.app = model.deploy(charm_dir("data-integrator"))
        self.provider = model.deploy(None, name="postgresql")
        model.settle()

    def ask(self, name):
        """What is sent for the name in a new relation, and what is shown."""
        self.app.set_config(database_name=name)
        relation = self.model.relate(self.provider, "database", self.app, "postgresql")
        self.model.settle()
        sent, status = dict(relation.app_bags[self.app.name]), self.app[0].status
        self.model.remove_relation(relation)
        self.model.settle()
        return sent.get("database"), status


@GROUP
@pytest.mark.parametrize("name", NAMES, ids=shown)
def test_the_client_sends_a_name_as_it_is_or_says_why_not(client, name):
    if NAMES[name] is None:
        assert client.ask(name) == \
            (name, ("waiting", "Waiting for postgresql to provide the database"))
    else:
        assert client.ask(name) == (None, ("blocked", "Please specify another database name for "
                                           f"postgresql: {NAMES[name]}"))


@GROUP
@pytest.mark.parametrize("name", [None, ""], ids=["unset", "empty"])
def test_without_a_name_nothing_is_asked_and_nothing_answered(client, pair, name):
    assert client.ask(name) == (None, ("blocked", "Please specify either topic or database name"))
    relation = pair.relate(name)
    assert pair.bag(relation) == {}
    pair.remove(relation)
