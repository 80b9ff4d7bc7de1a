# SPDX-License-Identifier: Apache-2.0
"""Drive the real binaries as a user would, each in a state directory of its own.

Nothing here sleeps for a guessed time: wait_until() looks again after a few
milliseconds until a condition holds or its deadline has passed.
"""
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import termios
import time
from typing import NamedTuple

import psycopg2

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("TENON_BUILD", ROOT / "build")).resolve()
TENON = BUILD / "tenon"
TENOND = BUILD / "tenond"
IS_ROOT = os.geteuid() == 0
LIVE = []  # Every Tenon that has not been cleaned up, for reports of failures.


class Result(NamedTuple):
    argv: list
    rc: int
    stdout: str
    stderr: str

    def __str__(self):
        return (f"$ {' '.join(map(str, self.argv))}\n{self.stdout}"
                f"{self.stderr}[exit status {self.rc}]")


def wait_until(cond, deadline=30, what=None, pause=0.01):
    """The first true value of cond() within `deadline` seconds."""
    end = time.monotonic() + deadline
    while True:
        value = cond()
        if value:
            return value
        if time.monotonic() > end:
            name = what or getattr(cond, "__name__", "condition")
            raise AssertionError(f"after {deadline} s still not: {name}")
        select.select([], [], [], pause)


def wait_for_end(pid, deadline=20):
    """Until a process that is not our child has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], deadline)[0]:
            raise AssertionError(f"process {pid} has not ended in {deadline} s")
    finally:
        os.close(fd)


def read_proc(pid, name):
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def proc_link(pid, name):
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def files_below(top):
    """All files, in order, while programs may be adding and removing some."""
    for folder, _, names in sorted(os.walk(top)):
        for name in sorted(names):
            yield pathlib.Path(folder) / name


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def newest_track():
    """The newest PostgreSQL that is installed: "15"."""
    tracks = [p.parent.parent.name for p in
              pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(tracks, key=int)


def is_running(pid):
    state = re.search(rb"^State:\s+(\S)", read_proc(pid, "status"), re.M)
    return bool(state) and state.group(1) not in (b"Z", b"X")


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Events:
    """The event stream of a model, to act at a certain moment."""

    def __init__(self, tenon, model, timeout=60):
        self.connection = UnixConnection(tenon.socket, timeout)
        self.connection.request("GET", f"/v1/models/{model}/events")
        self.sock = self.connection.sock
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()

    def next(self):
        """The next change, or None when the stream has ended."""
        while True:
            try:
                line = self.answer.readline()
            except (OSError, http.client.HTTPException):
                return None
            if not line:
                return None
            if line.startswith(b"data:"):
                return json.loads(line[5:])

    def wait(self, cond, deadline=60):
        """Ask cond() after each change, and once before."""
        end = time.monotonic() + deadline
        while not cond():
            assert time.monotonic() < end, "no such change in time"
            assert self.next() is not None, "the stream of events has ended"

    def close(self):
        # Another thread may be reading: it sees the end.
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


class Tenon:
    """A state directory, and what a user does with it."""

    def __init__(self, env=None, home=None):
        top = os.environ.get("TENON_TEST_TMP", tempfile.gettempdir())
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="tenon-e2e-", dir=top))
        # The user postgres has to reach its data below.
        self.base.chmod(0o711)
        self.home = pathlib.Path(home) if home else self.base / "home"
        self.pgpass = self.base / "pgpass"
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.base),
            "LANG": "C.UTF-8",
            "TENON_HOME": str(self.home),
            "TERM": "dumb",
        }
        for name in ("XDG_RUNTIME_DIR", "TENON_PG_BINDIR", "ASAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.env.update(env or {})
        self.daemons = set()
        self.keeps_data = False  # Set by a test that leaves data on purpose.
        LIVE.append(self)

    # ---- the command line ----

    def popen(self, *args, env=None, binary=TENON, **options):
        """Start a command; the caller waits for it."""
        return subprocess.Popen(
            [str(binary), *map(str, args)], env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, cwd=self.base, **options)

    def popen_on(self, terminal, *args):
        """Start a command on a terminal, a descriptor."""
        return subprocess.Popen(
            [str(TENON), *map(str, args)], env={**self.env, "TERM": "xterm"},
            stdin=terminal, stdout=terminal, stderr=terminal, cwd=self.base,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def run(self, *args, env=None, timeout=120, stdin="", binary=TENON,
            **options):
        argv = [str(binary), *map(str, args)]
        try:
            done = subprocess.run(
                argv, env={**self.env, **(env or {})}, input=stdin,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                timeout=timeout, cwd=self.base, check=False,
                start_new_session=True, **options)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(
                f"no end in {timeout} s: {' '.join(argv)}\n"
                f"{late.stdout}\n{late.stderr}") from None
        return Result(argv, done.returncode, done.stdout, done.stderr)

    __call__ = run

    def ok(self, *args, **options):
        result = self.run(*args, **options)
        assert result.rc == 0, str(result)
        return result

    def fails(self, rc, *args, **options):
        result = self.run(*args, **options)
        assert result.rc == rc, f"expected exit status {rc}:\n{result}"
        assert "ERROR " in result.stderr, str(result)
        return result

    # ---- the API ----

    @property
    def runtime(self):
        ident = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
        if os.geteuid() == 0:
            return pathlib.Path("/run/tenon") / ident
        top = self.env.get("XDG_RUNTIME_DIR")
        if top:
            return pathlib.Path(top) / "tenon" / ident
        return pathlib.Path(f"/tmp/tenon-{os.geteuid()}") / ident

    @property
    def socket(self):
        return self.runtime / "api.sock"

    def api(self, method, path, body=None, timeout=120):
        """(HTTP status, answer)."""
        connection = UnixConnection(self.socket, timeout)
        text = None if body is None else json.dumps(body)
        with contextlib.closing(connection):
            # A server may refuse a body before it has read it all.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, text,
                                   {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")

    def metrics(self):
        """{"tenon_units{model=\"m\",…}": 3.0} of GET /metrics."""
        connection = UnixConnection(self.socket, 10)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        return {name: float(value) for name, _, value in
                (line.rpartition(" ") for line in lines if line[0] != "#")}

    def get(self, path):
        status, answer = self.api("GET", path)
        assert status == 200, f"GET {path}: {status} {answer}"
        return answer

    def settled(self, model="-", timeout=90):
        """Wait until no unit of the model has anything left to do."""
        self.get(f"/v1/models/{model}/settled?timeout={timeout * 1000}")

    def raw_status(self, model="-"):
        return self.get(f"/v1/models/{model}/status")

    # ---- what a user reads off status ----

    def status(self, model=None):
        where = ["--model", model] if model else []
        return json.loads(
            self.ok("status", *where, "--format", "json").stdout)

    def units(self, app="postgresql", model=None):
        apps = self.status(model).get("applications", {})
        return apps.get(app, {}).get("units", {}) or {}

    def workload(self, unit, model=None):
        """("active", "Primary")"""
        status = self.units(unit.split("/")[0], model)[unit]["workload-status"]
        return status["current"], status.get("message", "")

    def address(self, unit, model=None):
        return self.units(unit.split("/")[0], model)[unit]["public-address"]

    def primary(self, app="postgresql", model=None):
        return [name for name, unit in self.units(app, model).items()
                if unit["workload-status"].get("message") == "Primary"][0]

    def standbys(self, app="postgresql", model=None):
        return [name for name, unit in self.units(app, model).items()
                if unit["workload-status"]["current"] == "active"
                and unit["workload-status"].get("message") != "Primary"]

    def wait_active(self, app, scale, model=None, deadline=60):
        def all_active():
            units = self.units(app, model)
            return len(units) == scale and all(
                u["workload-status"]["current"] == "active"
                and u["juju-status"]["current"] == "idle"
                for u in units.values())
        wait_until(all_active, deadline, f"{app} has {scale} active units")

    def action(self, unit, name, *params, model=None):
        """The results of an action that completes."""
        where = ["--model", model] if model else []
        text = self.ok("run-action", *where, unit, name, *params, "--wait",
                       "--format", "json").stdout
        (task,) = json.loads(text).values()
        assert task["status"] == "completed", text
        return task["results"]

    def operator_password(self, app="postgresql", model=None):
        results = self.action(f"{app}/leader", "get-password", model=model)
        return results["operator-password"]

    def credentials(self, app="data-integrator", model=None):
        """What get-credentials says, with hosts split off their ports."""
        results = self.action(f"{app}/leader", "get-credentials", model=model)
        found = dict(results["postgresql"])
        for key in ("endpoints", "read-only-endpoints"):
            if key in found:
                found[key] = [e.rsplit(":", 1)[0]
                              for e in found[key].split(",")]
        return found

    def unsealed(self):
        """The rows of the store, from a copy: it is locked while it is open."""
        with tempfile.TemporaryDirectory(dir="/dev/shm") as copy:
            for path in self.home.glob("tenon.*"):
                shutil.copy2(path, copy)
            done = subprocess.run([BUILD / "tests/e2e/unseal", copy],
                                  stdout=subprocess.PIPE, check=True)
        return dict(line.split("\t", 1)
                    for line in done.stdout.decode().splitlines())

    # ---- PostgreSQL ----

    def psql(self, host, user, password, *args, stdin=""):
        self.pgpass.touch(mode=0o600)
        self.pgpass.write_text(f"*:*:*:*:{password}\n")
        return self.run("--no-psqlrc", f"--host={host}", f"--username={user}",
                        "--no-password", *args, stdin=stdin, binary="psql",
                        env={"PGPASSFILE": str(self.pgpass),
                             "PGCONNECT_TIMEOUT": "10"})

    def sql(self, host, user, password, database, *statements):
        """The rows of the last statement, as psql -At prints them."""
        commands = [word for s in statements for word in ("-c", s)]
        result = self.psql(host, user, password, "-qAt",
                           "-v", "ON_ERROR_STOP=1", "-d", database, *commands)
        assert result.rc == 0, str(result)
        return result.stdout.splitlines()

    @staticmethod
    def connect(host, user, password, database):
        """An open session; autocommit."""
        connection = psycopg2.connect(host=host, user=user, password=password,
                                      dbname=database, connect_timeout=10)
        connection.autocommit = True
        return connection

    # ---- processes ----

    def daemon_pid(self):
        pid = self.get("/v1")["pid"]
        assert read_proc(pid, "comm") == b"tenond\n"
        self.daemons.add(pid)
        return pid

    def kill_daemon(self, sig=signal.SIGKILL):
        pid = self.daemon_pid()
        os.kill(pid, sig)
        wait_for_end(pid)

    def charms(self):
        """The processes of charms, which are children of tenond's."""
        found = []
        for pid in pids():
            parent = re.search(rb"^PPid:\s+(\d+)", read_proc(pid, "status"),
                               re.M)
            if parent and int(parent.group(1)) in self.daemons and \
                    read_proc(pid, "cmdline").endswith(b"/dispatch\0"):
                found.append(pid)
        return found

    def processes(self, containing=b""):
        """Running processes that belong to this state directory."""
        mark = str(self.home).encode()
        # They and tenond let nobody but root look at their environment.
        closed = set(self.charms())
        found = {}
        for pid in pids():
            words = read_proc(pid, "cmdline").replace(b"\0", b" ")
            about = (words, read_proc(pid, "environ"),
                     proc_link(pid, "cwd").encode())
            known = pid in closed or \
                pid in self.daemons and words.startswith(b"tenond")
            if pid == os.getpid() or \
                    not known and not any(mark in text for text in about):
                continue
            if containing in words and is_running(pid):
                found[pid] = words.decode(errors="replace").strip()
        return found

    def postmasters(self):
        """PostgreSQL servers: address -> pid."""
        found = {}
        for path in files_below(self.home):
            if path.name != "postmaster.pid":
                continue
            with contextlib.suppress(OSError, IndexError):
                lines = path.read_text().splitlines()
                if is_running(int(lines[0])):
                    found[lines[5]] = int(lines[0])
        return found

    # ---- the end ----

    def destroy(self):
        """End everything as a user would; then nothing may be left."""
        if self.has_controller():
            if self.run("status").rc == 0:
                self.daemon_pid()
            self.ok("destroy-controller", "overlord", "--destroy-all-models",
                    "--destroy-storage", "-y", timeout=180)
        self.assert_gone()

    def has_controller(self):
        return (self.home / "tenon.db").exists()

    def assert_gone(self):
        wait_until(lambda: not self.processes(), 10,
                   "no process of this state directory is left")
        stray = [str(p) for p in self.home.rglob("*")
                 if not (self.keeps_data and "storage" in
                         p.relative_to(self.home).parts)] \
            if self.home.exists() else []
        assert not stray, f"stray files: {stray[:20]}"
        assert not self.runtime.exists(), list(self.runtime.iterdir())

    def kill_processes(self):
        """As when the power fails; children may be made meanwhile."""
        for _ in range(5):
            left = self.processes()
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for pid in left:
                with contextlib.suppress(AssertionError):
                    wait_for_end(pid, 5)

    def kill_everything(self):
        """After a failed test: leave nothing behind, whatever it takes."""
        self.kill_processes()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def discard(self):
        LIVE.remove(self)
        self.kill_everything()
        shutil.rmtree(self.base, ignore_errors=True)

    def cleanup(self):
        try:
            self.destroy()
        finally:
            self.discard()

    def report(self):
        """What helps to understand a failed test."""
        parts = []
        for path in files_below(self.home):
            where = path.relative_to(self.home)
            last = {".": 80, "log": 15}.get(where.parent.name or ".", 0)
            if path.suffix == ".log" and last:
                with contextlib.suppress(FileNotFoundError):
                    lines = path.read_text(errors="replace").splitlines()
                    parts.append(f"---- {where}\n" + "\n".join(lines[-last:]))
        if self.socket.exists():
            with contextlib.suppress(AssertionError):
                parts.append(str(self.run("status", "--relations", timeout=10)))
        listing = [f"{pid} {words[:150]}"
                   for pid, words in sorted(self.processes().items())]
        parts.append("---- processes\n" + "\n".join(listing))
        return "\n".join(parts)


class Cluster(NamedTuple):
    """A model `tutorial` with a cluster of two and a related application."""
    tenon: Tenon
    primary: str
    standby: str
    user: str
    password: str
    database: str
    operator: str

    def rows(self, *statements, host=None):
        return self.tenon.sql(host or self.primary, self.user, self.password,
                              self.database, *statements)


def make_model(tenon, name="tutorial"):
    tenon.ok("bootstrap", "localhost", "overlord")
    tenon.ok("add-model", name)
    return tenon


def make_cluster(tenon):
    make_model(tenon)
    tenon.ok("deploy", "postgresql", "-n", "2")
    tenon.ok("deploy", "data-integrator", "--channel", "edge",
             "--config", "database-name=test-database")
    tenon.ok("relate", "data-integrator", "postgresql")
    tenon.settled()
    got = tenon.credentials()
    return Cluster(tenon, got["endpoints"][0], got["read-only-endpoints"][0],
                   got["username"], got["password"], got["database"],
                   tenon.operator_password())
