# SPDX-License-Identifier: Apache-2.0
"""The tutorial, command by command as it is written, as `juju`.

Its outputs are compared line by line, with holes for what differs from run to
run, and after the differences below, which are meant.
"""
import re

import pytest

from harness import ROOT, TENON, newest_track, wait_until

SEED = ROOT / "tests/data/tutorial-integrations.md"

# What is different here, and why.
DIFFERENCES = [
    # Charms are built in; there is no store.
    (r'Located charm "([^"]*)" in charm-hub', r'Located built-in charm "\1"'),
    (r"charm-hub charm", "built-in charm"),
    # Debian 12.
    (r"\bjammy\b", "bookworm"),
    (r"\bjuju-(?=[0-9a-f]{6}-)", "tenon-"),
]

# What differs from run to run, on both sides.
HOLES = [
    (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b", "ADDRESS"),
    (r"\b\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC", "MOMENT"),
    (r"revision \d+", "revision N"),
    (r'id: "\d+"', 'id: "N"'),
    (r"password: \S+", "password: SECRET"),
    (r'version: "[\d.]+"', 'version: "V"'),
    (r"-[0-9a-f]{6}-(?=\d)", "-UUID-"),
    (r"\d+/stable", "TRACK/stable"),
    (r"(edge|stable)( +)\d+( +)no\b", r"\1\2N\3no"),
    # Versions and ports were not shown at the time.
    (r"(?<=postgresql  )( *)\d+\.\d+(?= )", r"\1"),
    (r"\b5432/tcp\b", ""),
    # `Primary` came only with the next update-status, minutes later; here it
    # is shown as soon as it is so.
    (r"\bPrimary\b", ""),
    # Columns are as wide as what is in them.
    (r"(?<=\S) {2,}", "  "),
    (r"  $", ""),
]


def normal(line, rules):
    for pattern, instead in rules:
        line = re.sub(pattern, instead, line)
    return line.rstrip()


def expected(lines):
    return [normal(normal(line, DIFFERENCES), HOLES) for line in lines]


def actual(text):
    return [normal(line, HOLES) for line in text.splitlines()]


def blocks():
    """[(is a command, lines)] of the fenced blocks."""
    found = re.findall(r"^```(\w*)\n(.*?)^```", SEED.read_text(),
                       re.M | re.S)
    return [(lang == "shell", text.splitlines()) for lang, text in found]


def test_the_seed_is_what_we_think_it_is():
    commands = [lines[0].split()[:2] for is_command, lines in blocks()
                if is_command]
    assert commands == [
        ["juju", "deploy"], ["juju", "relate"], ["juju", "run-action"],
        [">", "psql"], [">", "psql"], ["juju", "remove-relation"],
        [">", "psql"], ["juju", "relate"], ["juju", "run-action"]]


def cells(line):
    """Of a row of `\\l`: newer servers have more columns before the last."""
    found = [re.sub(r"\s*\+$", "", cell.strip()) for cell in line.split("|")]
    return found[:5] + found[-1:]


class Replay:
    def __init__(self, tenon):
        self.t = tenon
        self.juju = tenon.base / "juju"
        self.juju.symlink_to(TENON)
        self.last = None
        self.password = ""
        # The tutorial's hosts: the primary, and the standby.
        self.hosts = {"10.89.49.129": tenon.address("postgresql/0"),
                      "10.89.49.197": tenon.address("postgresql/1")}

    def run_juju(self, words):
        self.last = self.t.ok(*words[1:], binary=self.juju)
        found = re.search(r"^ +password: (\S+)$", self.last.stdout, re.M)
        if found:
            self.password = found.group(1)

    def run_psql(self, words, rest):
        """As typed: psql asks for the password, on standard input here."""
        line = " ".join(words[2:])
        for theirs, ours in self.hosts.items():
            line = line.replace(theirs, ours)
        typed = "".join(f"{r.split('> ', 1)[-1].lstrip()}\n"
                        for r in rest if "=>" in r)
        self.last = self.t.run("--no-psqlrc", *line.split(), binary="psql",
                               stdin=f"{self.password}\n{typed}")
        if not rest:
            return  # What it answers is a block of its own.
        shown = [cells(r) for r in expected(rest) if "|" in r]
        got = [cells(line) for line in actual(self.last.stdout)]
        assert shown[0] in got, str(self.last)
        at = got.index(shown[0])
        assert got[at:at + len(shown)] == shown, str(self.last)

    def command(self, lines):
        words = lines[0].split()
        if words[0] == "juju":
            self.run_juju(words)
        else:
            self.run_psql(words, lines[1:])

    def status(self):
        """
        Between two hooks: some time after a spare database was taken, another
        is made, which may begin between settled() and this.
        """
        seen = []

        def looks_idle():
            self.t.settled()
            seen.append(self.t.ok("status", binary=self.juju).stdout)
            return " executing " not in seen[-1]

        wait_until(looks_idle, 30)
        return seen[-1]

    def output(self, lines):
        if lines[0].startswith("Model "):
            app = "data-integrator"
            word = "blocked" if "blocked" in lines[4] else "active"
            wait_until(lambda: self.t.workload(f"{app}/0")[0] == word, 30)
            text = self.status()
        else:
            text = self.last.stdout + self.last.stderr
        text = re.sub(r"^Password: *\n?", "", text, flags=re.M)
        got = [line for line in actual(text) if line or lines[0][:5] == "Model"]
        assert got == expected(lines)


@pytest.mark.ordinary
def test_the_seed_replays_line_by_line(tutorial):
    """With what stands before it: access and scaling, as in the overview."""
    t = tutorial
    t.ok("deploy", "postgresql", "--channel", f"{newest_track()}/stable")
    t.ok("add-unit", "postgresql", "-n", "2")
    t.settled()
    password = t.operator_password()
    listed = t.psql(t.address(t.primary()), "operator", password, "--list",
                    "postgres")
    assert listed.rc == 0, str(listed)
    t.ok("remove-unit", "postgresql/2", "--destroy-storage")
    wait_until(lambda: len(t.units()) == 2, 30)
    t.settled()

    replay = Replay(t)
    for is_command, lines in blocks():
        (replay.command if is_command else replay.output)(lines)
    # "From here you will see all of your data is still present."
    again = t.credentials()
    assert again["username"] == "relation-4"
    assert t.sql(again["endpoints"][0], again["username"], again["password"],
                 "test-database", "SELECT current_user") in (
                     ["relation-4"], ["test-database:owner"])
