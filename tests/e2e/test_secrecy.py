# SPDX-License-Identifier: Apache-2.0
"""The whole tutorial with servers that log everything, and then a search for
every password there has ever been, in all that a password could have got into.

exec_spy sees each program that is started; the servers run with log_statement =
all and pg_stat_statements from their first start on.
"""
import base64
import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import threading
import time
import urllib.parse

import pytest

from harness import (
    BUILD, IS_ROOT, Tenon, files_below, newest_track, pids, read_proc)

pytestmark = [
    pytest.mark.xdist_group("secrecy"),
    pytest.mark.skipif(not IS_ROOT, reason="follows the processes of tenond")]

# What a user may choose, and what quoting could tear apart; and what is in no
# other file by chance.
CHOSEN = "p@ss w:rd/%25'\"\\\\é{}$1;--&=+#" + secrets.token_hex(8)
EVERYTHING = ("-c log_statement=all -c log_min_duration_statement=0"
              " -c log_connections=on -c log_replication_commands=on"
              " -c log_min_error_statement=debug5"
              " -c shared_preload_libraries=pg_stat_statements"
              " -c pg_stat_statements.track=all"
              " -c pg_stat_statements.track_utility=on")
SYSTEM_USERS = ("operator", "replication", "rewind", "monitoring", "backup")


def forms(secret):
    """A password as it is, and as it might be written somewhere."""
    raw = secret.encode()
    found = {raw, urllib.parse.quote(secret, safe="").encode(),
             urllib.parse.quote(secret).encode(),
             urllib.parse.quote_plus(secret).encode(),
             json.dumps(secret)[1:-1].encode(),
             json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
             raw.hex().encode(), raw.hex().upper().encode(),
             raw.replace(b"'", b"''"), raw.replace(b"\\", b"\\\\"),
             re.sub(rb"([\\'])", rb"\\\1", raw),
             re.sub(rb"([\\:])", rb"\\\1", raw),
             secret.encode("utf-16-le")}
    # Base64 of it at any place in a longer text, without the ends.
    for skip in range(3):
        text = base64.b64encode(b"\0" * skip + raw)
        found.add(text[4 if skip else 0:-4])
    return {form for form in found if len(form) >= 8 and b"\n" not in form}


def holding(patterns, *places):
    """Files below the places that hold one of the patterns."""
    done = subprocess.run(
        ["grep", "-rslaF", "-f", "-", "--", *map(str, places)],
        input=b"\n".join(sorted(patterns)), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, check=False)
    # 2 also means that a file went away meanwhile.
    assert done.returncode in (0, 1) or not done.stderr, done.stderr
    return {pathlib.Path(os.fsdecode(line))
            for line in done.stdout.splitlines()}


class Titles(threading.Thread):
    """What /proc shows: servers change their titles while they work."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = set()
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            for pid in pids():
                self.seen.add(read_proc(pid, "cmdline"))
                self.seen.add(read_proc(pid, "environ"))

    def stop(self):
        self.over.set()
        self.join()
        return b"\n".join(self.seen)


class Watched:
    """What happened, and every secret that there was meanwhile."""

    def __init__(self, tenon):
        self.tenon = tenon
        self.begun = time.time()
        self.secrets = {CHOSEN}
        self.seen = b""  # Of processes.

    def learn(self):
        """Every value in the store whose name says that it is a password."""
        def walk(value):
            if isinstance(value, dict):
                for key, inner in value.items():
                    if isinstance(inner, str) and "password" in key and inner:
                        self.secrets.add(inner)
                    walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner)

        before = len(self.secrets)
        for row in self.tenon.unsealed().values():
            walk(json.loads(row))
        return len(self.secrets) - before

    def patterns(self):
        return {form for secret in self.secrets for form in forms(secret)}


def loud_bindir(tenon):
    """PostgreSQL whose server says all it can."""
    real = pathlib.Path(f"/usr/lib/postgresql/{newest_track()}/bin")
    bindir = tenon.base / newest_track() / "bin"
    bindir.mkdir(parents=True)
    for program in real.iterdir():
        (bindir / program.name).symlink_to(program)
    (bindir / "postgres").unlink()
    (bindir / "postgres").write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {real}/postgres "$@"\n'
        f'exec {real}/postgres "$@" {EVERYTHING}\n')
    (bindir / "postgres").chmod(0o755)
    return bindir


@contextlib.contextmanager
def spying(tenon, log):
    """All that tenond, which runs, starts from now on."""
    spy = subprocess.Popen(
        [BUILD / "tests/e2e/exec_spy", str(tenon.daemon_pid()), log],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd="/")
    assert spy.stdout.readline() == b"ready\n"
    try:
        yield
    finally:
        spy.kill()
        spy.wait()
        spy.stdout.close()


def get_password(watched, user):
    found = watched.tenon.action("postgresql/leader", "get-password",
                                 f"username={user}")
    watched.secrets.add(found[f"{user}-password"])
    return found[f"{user}-password"]


def use(watched):
    """What a client does with what it got; then learn what there is."""
    t = watched.tenon
    got = t.credentials()
    watched.secrets.add(got["password"])
    host = t.address(t.primary())
    t.sql(host, got["username"], got["password"], got["database"],
          "CREATE TABLE IF NOT EXISTS notes (t text)",
          "INSERT INTO notes VALUES ('x')")
    watched.learn()


def tutorial(watched):
    t = watched.tenon
    t.ok("add-model", "tutorial")
    t.ok("deploy", "postgresql", "-n", "3")
    t.ok("deploy", "data-integrator", "--channel", "edge",
         "--config", "database-name=test-database")
    t.ok("relate", "data-integrator", "postgresql")
    t.settled()
    use(watched)
    t.ok("add-secret", "token", "--file", "-", "--info", "for a test",
         stdin=json.dumps({"password": secrets.token_hex(12) + "'é\""}))
    t.ok("grant-secret", "token", "data-integrator")
    t.ok("update-secret", "token", "--file", "-",
         stdin=json.dumps({"password": secrets.token_hex(12)}))
    t.ok("update-secret", "token", "--file", "-", "--dry-run",
         stdin=json.dumps({"password": CHOSEN}))
    t.ok("show-secret", "token", "--reveal")
    assert watched.learn() >= 2
    for user in SYSTEM_USERS:
        get_password(watched, user)
    t.action("postgresql/leader", "set-password")
    t.action("postgresql/leader", "set-password", "username=replication")
    chosen = t.base / "chosen.yaml"
    chosen.write_text(json.dumps({"username": "monitoring",
                                  "password": CHOSEN}))
    t.ok("run-action", "postgresql/leader", "set-password", "--params",
         str(chosen), "--wait")
    chosen.unlink()
    assert get_password(watched, "monitoring") == CHOSEN
    get_password(watched, "operator")
    get_password(watched, "replication")
    t.settled()
    watched.learn()
    t.ok("run-action", t.standbys()[0], "promote-to-primary", "scope=unit",
         "--wait")
    t.settled()
    use(watched)
    t.ok("remove-relation", "data-integrator", "postgresql")
    t.ok("relate", "data-integrator", "postgresql")
    t.settled()
    use(watched)
    t.ok("config", "data-integrator", "extra-user-roles=admin")
    t.settled()
    t.ok("add-unit", "postgresql")
    t.settled()
    t.ok("remove-unit", t.standbys()[-1], "--destroy-storage")
    t.settled()
    use(watched)


@pytest.fixture(scope="module")
def watched():
    tenon = Tenon()
    try:
        tenon.env["TENON_PG_BINDIR"] = str(loud_bindir(tenon))
        one = Watched(tenon)
        tenon.ok("bootstrap", "localhost", "overlord")
        log = tenon.base / "started"
        titles = Titles()
        titles.start()
        try:
            with spying(tenon, log):
                tutorial(one)
        finally:
            one.seen = titles.stop()
        tenon.pgpass.unlink(missing_ok=True)
        one.seen += log.read_bytes()
        log.unlink()
        yield one
    finally:
        tenon.cleanup()


def test_the_search_finds_what_there_is(watched):
    """Otherwise the tests below would say nothing."""
    # Six system users, three of them changed, and two clients.
    assert len(watched.secrets) >= 11
    assert min(map(len, watched.secrets)) >= 16
    for program in (b"/initdb\0", b"/pg_basebackup\0", b"/dispatch\0"):
        assert program in watched.seen, program
    assert b"TENON_CHARM_FD=" in watched.seen
    planted = watched.tenon.base / "planted"
    planted.mkdir()
    for number, form in enumerate(sorted(forms(CHOSEN))):
        (planted / str(number)).write_bytes(b"before " + form + b" after")
    assert holding(watched.patterns(), planted) == set(planted.iterdir())
    shutil.rmtree(planted)


def test_no_password_is_in_an_argument_or_an_environment(watched):
    found = [p for p in watched.patterns() if p in watched.seen]
    assert not found


def test_files_hold_no_password_but_those_of_standbys(watched):
    t = watched.tenon
    found = holding(watched.patterns(), t.base, t.runtime)
    replication = get_password(watched, "replication")
    for path in found:
        assert path.name == "pgpass" and path.parent.name == "postgres", path
        status = path.stat()
        assert status.st_mode & 0o7777 == 0o600, path
        assert path.owner() == "postgres", path
        held = path.read_text().rstrip("\n").split(":")
        assert held[-2:] == ["replication", replication], path
    # Of three members two are standbys; a former primary has none any more.
    assert len(found) == 2, found


def test_nothing_of_ours_elsewhere_holds_a_password(watched):
    """Temporary files, sockets and shared memory, by when they were written."""
    recent = []
    for top in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/var/log"):
        for path in files_below(top):
            with contextlib.suppress(OSError):
                if path.is_file() and not path.is_symlink() and \
                        path.stat().st_mtime >= watched.begun and \
                        watched.tenon.base not in path.parents:
                    recent.append(path)
    found = set()
    for i in range(0, len(recent), 500):
        found |= holding(watched.patterns(), *recent[i:i + 500])
    assert not found


def test_servers_that_log_everything_log_no_password(watched):
    logs = sorted(watched.tenon.home.glob("machines/*/*/log/postgres.log*"))
    assert len(logs) >= 3
    text = "".join(p.read_text(errors="replace") for p in logs)
    # They do say everything: whose password changes, to what verifier.
    assert re.search(r'ALTER ROLE "operator" PASSWORD .SCRAM-SHA-256\$', text)
    assert re.search(r'CREATE ROLE "relation-\d+"', text)
    assert not holding(watched.patterns(), *logs)


def test_statistics_of_statements_hold_no_password(watched):
    t = watched.tenon
    operator = get_password(watched, "operator")
    host = t.address(t.primary())
    rows = t.sql(host, "operator", operator, "postgres",
                 "CREATE EXTENSION IF NOT EXISTS pg_stat_statements",
                 "SELECT query FROM pg_stat_statements"
                 " UNION ALL SELECT query FROM pg_stat_activity")
    t.pgpass.unlink()
    text = "\n".join(rows).encode()
    assert b"ALTER ROLE" in text
    assert not [p for p in watched.patterns() if p in text]


def test_the_logs_and_the_journal_of_tenond_hold_no_password(watched):
    t = watched.tenon
    journal = json.dumps(t.get("/v1/models/-/journal?limit=20000"),
                         ensure_ascii=False).encode()
    log = (t.home / "tenond.log").read_bytes()
    assert b"set-password" in journal and b"postgresql/0" in log
    for text in (journal, log):
        assert not [p for p in watched.patterns() if p in text]


def test_the_databases_hold_verifiers_only(watched):
    t = watched.tenon
    operator = get_password(watched, "operator")
    for unit in t.units():
        dump = t.run("--host", t.address(unit), "--username", "operator",
                     "--no-password", binary="pg_dumpall", env={
                         "PGPASSWORD": operator})
        assert dump.rc == 0, str(dump)
        assert "PASSWORD 'SCRAM-SHA-256$" in dump.stdout
        assert not [p for p in watched.patterns()
                    if p in dump.stdout.encode()]


def test_results_of_actions_are_not_in_the_store(watched):
    rows = watched.tenon.unsealed()
    tasks = {key: row for key, row in rows.items() if key.startswith("task/")}
    assert len(tasks) >= 8
    for key, row in tasks.items():
        assert not [s for s in watched.secrets if s in row], key
