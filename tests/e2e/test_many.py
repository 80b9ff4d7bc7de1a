# SPDX-License-Identifier: Apache-2.0
"""Many relations at once, asked for without waiting for anybody."""
import collections
import contextlib
import json
import socket

import pytest

from harness import Tenon, make_model

pytestmark = pytest.mark.xdist_group("many")

CLIENTS = [f"client-{chr(ord('a') + n)}" for n in range(20)]
DATABASES = 4
MODEL = "/v1/models/-"


@pytest.fixture(scope="module")
def crowd():
    tenon = Tenon()
    try:
        make_model(tenon)
        tenon.ok("deploy", "postgresql", "-n", "2")
        answers = in_a_row(tenon, [
            ("POST", f"{MODEL}/applications", {
                "charm": "data-integrator", "name": client,
                "config": {"database-name": f"db-{n % DATABASES}"}})
            for n, client in enumerate(CLIENTS)])
        assert [status for status, _ in answers] == [200] * len(CLIENTS)
        tenon.settled()
        yield tenon
    finally:
        tenon.cleanup()


def in_a_row(tenon, requests):
    """All on one connection, before the first one is answered."""
    text = b""
    for method, path, body in requests:
        line = json.dumps(body).encode()
        text += (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
                 f"Content-Length: {len(line)}\r\n\r\n").encode() + line
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock:
        sock.settimeout(60)
        sock.connect(str(tenon.socket))
        sock.sendall(text)
        with sock.makefile("rb") as stream:
            return [read_answer(stream) for _ in requests]


def read_answer(stream):
    status, length = int(stream.readline().split()[1]), 0
    while (line := stream.readline().strip()):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, json.loads(stream.read(length))


def relate_all(tenon, clients=None):
    answers = in_a_row(tenon, [
        ("POST", f"{MODEL}/relations", {"endpoints": [client, "postgresql"]})
        for client in clients or CLIENTS])
    assert [status for status, _ in answers] == [200] * len(answers), answers
    return [answer["id"] for _, answer in answers]


def remove_all(tenon):
    answers = in_a_row(tenon, [
        ("POST", f"{MODEL}/relations/remove",
         {"endpoints": [client, "postgresql"], "wait": False})
        for client in CLIENTS])
    assert [status for status, _ in answers] == [200] * len(answers), answers


def users(tenon):
    return set(tenon.sql(
        tenon.address("postgresql/0"), "operator", tenon.operator_password(),
        "postgres",
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'relation-%'"))


def secrets(tenon):
    return [key for key in tenon.unsealed() if key.startswith("secret/")]


def test_a_burst_on_one_connection_is_served_to_the_last(crowd):
    ids = relate_all(crowd)
    assert len(set(ids)) == len(CLIENTS)
    crowd.settled()
    assert len(secrets(crowd)) == len(CLIENTS)
    got = [crowd.credentials(client) for client in CLIENTS]
    assert {one["username"] for one in got} == {f"relation-{i}" for i in ids}
    assert {one["database"] for one in got} == \
        {f"db-{n}" for n in range(DATABASES)}
    for one in got:
        for host in one["endpoints"] + one["read-only-endpoints"]:
            assert crowd.sql(host, one["username"], one["password"],
                             one["database"], "SELECT 1") == ["1"]
    remove_all(crowd)
    crowd.settled()
    assert users(crowd) == set()


def test_the_metrics_count_what_status_shows(crowd):
    status = crowd.raw_status()
    model = f'model="{status["model"]["name"]}"'
    words = collections.Counter(
        unit["workload"]["current"] for app in status["applications"].values()
        for unit in app["units"].values())
    metrics = crowd.metrics()
    assert metrics[f"tenon_applications{{{model}}}"] == len(CLIENTS) + 1
    assert metrics[f"tenon_relations{{{model}}}"] == len(status["relations"])
    assert sum(words.values()) == len(CLIENTS) + 2
    for word in ("active", "blocked", "waiting", "error"):
        assert metrics[f'tenon_units{{{model},workload="{word}"}}'] \
            == words[word]


def test_what_is_removed_while_it_is_made_leaves_nothing(crowd):
    relate_all(crowd)
    remove_all(crowd)
    crowd.settled()
    assert users(crowd) == set()
    assert secrets(crowd) == []
    assert [r["type"] for r in crowd.raw_status()["relations"]
            if r["type"] == "regular"] == []


def test_a_burst_goes_on_after_tenond_was_killed(crowd):
    relate_all(crowd)
    crowd.kill_daemon()
    crowd.ok("status")
    crowd.settled()
    names = users(crowd)
    assert len(names) == len(CLIENTS)
    one = crowd.credentials(CLIENTS[-1])
    assert one["username"] in names
    assert crowd.sql(one["endpoints"][0], one["username"], one["password"],
                     one["database"], "SELECT 1") == ["1"]
    remove_all(crowd)
    crowd.settled()
    assert users(crowd) == set() and secrets(crowd) == []
