# SPDX-License-Identifier: Apache-2.0
"""debug-log and show-status-log, on the real binaries."""
import json
import os
import re
import select
import signal
import subprocess

import pytest

from document import faults, schema_named
from harness import ROOT, TENON, Tenon, make_model

pytestmark = pytest.mark.xdist_group("logs")


@pytest.fixture(scope="module")
def server():
    one = Tenon(env={"TZ": "UTC"})
    try:
        make_model(one)
        one.ok("deploy", ROOT / "tests/data/charms/greeter", "up")
        one.settled()
        yield one
    finally:
        one.cleanup()


def test_a_unit_s_past_is_a_table(server):
    lines = server.ok("show-status-log", "up/0").stdout.splitlines()
    assert re.fullmatch(r"Time +Type +Status +Message", lines[0])
    when = r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3}\+00:00  "
    assert all(re.match(when, line) for line in lines[1:])
    rest = [re.sub(when, "", line) for line in lines[1:]]
    assert "workload   waiting      agent initializing" in rest
    assert "juju-unit  executing    running start hook" in rest
    assert rest[-1] == "juju-unit  idle         "
    utc = server.ok("show-status-log", "up/0", "--utc", "-n", 1).stdout
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  ", utc, re.M)
    assert len(utc.splitlines()) == 2


@pytest.mark.parametrize("words, message", [
    ((), "entity name is missing"),
    (("up/7",), 'unit "up/7" not found'),
    (("no",), 'application "no" not found'),
    (("up",), "no status history available"),
    (("up/0", "--type", "hoof"), 'unexpected status type "hoof"'),
    (("up/0", "-n", "2", "--days", "1"),
     "-n, --days and --from-date cannot be given together"),
    (("up/0", "--from-date", "soon"), '"soon" is not a day as 2026-11-22'),
    (("up/0", "--from-date", "2999-01-01"), "2999-01-01 is yet to come"),
])
def test_what_has_no_past_is_said_by_name(server, words, message):
    failed = server.run("show-status-log", *words)
    assert failed.rc in (1, 2) and failed.stdout == ""
    assert failed.stderr.startswith(f"ERROR {message}\n")


def test_the_log_has_what_the_charm_said_and_what_ran(server):
    text = server.ok("debug-log", "--limit", 0, "-l", "DEBUG").stdout
    assert re.search(r"^unit-up-0: \d\d:\d\d:\d\d DEBUG unit\.up/0\.juju-log "
                     r"working in /", text, re.M)
    assert re.search(r'^unit-up-0: [\d:]{8} INFO juju\.worker\.uniter\.operation '
                     r'ran "install" hook', text, re.M)
    assert re.search(r"^controller-0: [\d:]{8} INFO tenon\.request deploy up, "
                     r"asked for by \S+$", text, re.M)
    # Elsewhere than on a terminal it ends by itself.
    ten = server.ok("debug-log").stdout.splitlines()
    shown = server.ok("debug-log", "--replay").stdout.splitlines()
    assert ten == shown[-10:]
    assert server.ok("debug-log", "--limit", 2).stdout.splitlines() == shown[-2:]
    assert server.ok("debug-log", "--replay", "--since", "1h").stdout.splitlines() == shown
    assert server.ok("debug-log", "--include", "no-such").stdout == ""


def test_each_line_of_json_is_as_the_document_says(server):
    text = server.ok("debug-log", "--format", "json", "--limit", 0).stdout
    entries = [json.loads(line) for line in text.splitlines()]
    assert entries
    for entry in entries:
        assert faults(entry, schema_named("log-entry")) == []


@pytest.mark.parametrize("words, message", [
    (("--tail", "--no-tail"), "setting --tail and --no-tail not valid"),
    (("-l", "loud"), 'level value "loud" is not one of "TRACE", "DEBUG", '
                     '"INFO", "WARNING", "ERROR"'),
    (("--limit", "some"), 'invalid value "some" for option --limit'),
    (("--model", "none"), "model overlord:admin/none not found"),
])
def test_what_cannot_be_meant_is_refused(server, words, message):
    failed = server.run("debug-log", *words)
    assert failed.rc in (1, 2) and failed.stdout == ""
    assert failed.stderr.startswith(f"ERROR {message}")


class Lines:
    """The lines that a process writes, as they come."""

    def __init__(self, process):
        self.fd, self.rest = process.stdout.fileno(), b""

    def next(self, holds=b""):
        """The first from now on that holds the text."""
        while True:
            while b"\n" not in self.rest:
                assert select.select([self.fd], [], [], 60)[0], f"no {holds}"
                more = os.read(self.fd, 65536)
                assert more, f"it has ended without {holds}"
                self.rest += more
            line, self.rest = self.rest.split(b"\n", 1)
            if holds in line:
                return line.decode()


def test_it_goes_on_with_new_lines_through_a_restart(server):
    # Whoever runs these tests in the background ignores it.
    tail = server.popen(
        "debug-log", "--tail", "--lines", 1,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    lines = Lines(tail)
    try:
        lines.next()
        server.ok("config", "up", "word=ho")
        lines.next(b"config up, asked for by")
        lines.next(b'ran "config-changed" hook')
        server.kill_daemon()
        server.ok("config", "up", "word=hi")
        line = lines.next(b"config up, asked for by")
        # Nothing came twice, and nothing is lost.
        assert line in server.ok("debug-log", "--limit", 20).stdout
        tail.send_signal(signal.SIGINT)
        assert tail.wait(timeout=60) == -signal.SIGINT
        assert tail.stderr.read() == ""
    finally:
        tail.kill()
        tail.communicate()
    again = server.ok("show-status-log", "up/0").stdout
    assert "workload   waiting      agent initializing" in again


def test_a_full_disk_is_named_whichever_write_met_it(server):
    for i in range(40):
        server.ok("config", "up", f"word={i}")
    server.settled()
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [TENON, "debug-log", "--no-tail", "--lines", "0"], env=server.env,
            stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR standard output: ")
    assert "success" not in done.stderr
