# SPDX-License-Identifier: Apache-2.0
"""A cluster with its clients, and what has been promised to them."""
import contextlib
import ctypes
import os
import pathlib
import subprocess
import threading
from http.client import HTTPException
from typing import NamedTuple

import psycopg2

from announced import Announced
from harness import (
    Tenon, make_model, pids, proc_link, read_proc, wait_until)

MODEL = "tutorial"
SERVER = "postgresql"
CLIENTS = ("shop", "keeper")
DATABASE = "shop"
DISK_SIZE = "1g"
CLONE_NEWNS = 0x20000


class Unavailable(Exception):
    """This machine does not permit that fault; the text says why."""


class Disk:
    """A file system of our own, which can be full at once.

    It is mounted in a mount namespace of this process, so that nothing is
    left mounted whatever becomes of us.
    """
    namespace = False

    def __init__(self, path):
        self.path = path
        self.why_not = self._mount()

    def _mount(self):
        if os.geteuid() != 0:
            return "needs root, to mount a disk of its own"
        if not Disk.namespace:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
                return os.strerror(ctypes.get_errno())
            Disk.namespace = True
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
        self.path.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_SIZE},mode=711",
             "tenon-fault", str(self.path)],
            stderr=subprocess.PIPE, text=True, check=False)
        return done.stderr.strip()

    def _resize(self, size):
        return subprocess.run(
            ["mount", "-o", f"remount,size={size}", str(self.path)],
            stderr=subprocess.DEVNULL, check=False).returncode == 0

    def fill(self):
        """Leave no byte: its size becomes what is used of it."""
        for _ in range(50):
            now = os.statvfs(self.path)
            used = (now.f_blocks - now.f_bfree) * now.f_frsize
            # Somebody may have written since we have looked.
            if self._resize(used):
                return
        raise AssertionError(f"cannot make {self.path} full")

    def empty(self):
        assert self._resize(DISK_SIZE), f"cannot enlarge {self.path}"

    def close(self):
        if not self.why_not:
            subprocess.run(["umount", "-l", str(self.path)], check=True)


class Credentials(NamedTuple):
    username: str
    password: str
    database: str


class Writer(threading.Thread):
    """Adds rows all the time, and knows which ones were acknowledged."""
    PAUSE = 0.004

    def __init__(self, world, credentials):
        super().__init__(daemon=True)
        self.world, self.credentials = world, credentials
        self.acknowledged = []
        self.done = threading.Event()
        self.last_error = None

    def run(self):
        number = 0
        while not self.done.is_set():
            session = None
            try:
                session = self._connect()
                while not self.done.wait(self.PAUSE):
                    # A number is not used again: it may have been committed.
                    number += 1
                    with session.cursor() as cursor:
                        cursor.execute(
                            "INSERT INTO acknowledged VALUES (%s)", [number])
                    self.acknowledged.append(number)
            except psycopg2.Error as error:
                self.last_error = error
            finally:
                if session is not None:
                    session.close()
            self.done.wait(0.02)

    def _connect(self):
        user, password, database = self.credentials
        session = psycopg2.connect(
            host=",".join(sorted(self.world.addresses)), user=user,
            password=password, dbname=database, connect_timeout=2,
            target_session_attrs="read-write",
            options="-c statement_timeout=10000")
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS acknowledged"
                           " (n bigint PRIMARY KEY)")
        return session

    def stop(self):
        self.done.set()
        self.join(30)
        assert not self.is_alive(), "the writer hangs"


class World:
    """One controller, from the first deploy to the last removal."""

    def __init__(self):
        self.tenon = Tenon()
        # Only what the file system of the disk has can be full.
        self.disk = Disk(self.tenon.base / "disk")
        if not self.disk.why_not:
            self.tenon.home = self.disk.path / "home"
            self.tenon.env["TENON_HOME"] = str(self.tenon.home)
        self.announced = Announced(self.tenon, "initdb", "pg_basebackup")
        self.operator = None   # Its password.
        self.granted = {}      # Application -> Credentials.
        self.removed = []      # Credentials that work no more.
        self.addresses = set()
        self.writer = None
        self.before_restart = None  # Servers that ran then.
        self.to_remove = None       # A standby, by name.
        make_model(self.tenon, MODEL)

    # ---- what there is ----

    def status(self):
        return self.tenon.raw_status(MODEL)

    def units(self, app=SERVER):
        return units_of(self.status(), app)

    def is_related(self, client):
        apps = self.status()["applications"]
        return SERVER in apps.get(client, {}).get("relations", {}).get(
            "postgresql", [])

    def operator_sql(self, host, *statements):
        return self.tenon.sql(host, "operator", self.operator, "postgres",
                              *statements)

    def restart_daemon(self):
        """Whoever asks for something starts it again."""
        def runs():
            # In a power loss of a step's own it may be killed once more.
            with contextlib.suppress(OSError, HTTPException):
                return self.tenon.run("status").rc == 0 and \
                    self.tenon.daemon_pid()
        wait_until(runs, 30, "tenond runs again")

    # ---- promises ----

    def remember(self):
        """After a step: who the members are, and what clients were told."""
        units = self.units()
        if units and self.operator is None:
            self.operator = self.tenon.operator_password()
        if units:
            self.addresses = {u["address"] for u in units.values()}
        related = {c for c in CLIENTS if self.is_related(c)}
        for client in set(self.granted) - related:
            self.removed.append(self.granted.pop(client))
        for client in related:
            got = self.tenon.credentials(client)
            told = Credentials(got["username"], got["password"],
                               got["database"])
            before = self.granted.setdefault(client, told)
            assert told == before, \
                f"{client} was told other credentials before: {before}"

    def start_writer(self):
        if self.writer is None:
            self.writer = Writer(self, self.granted["keeper"])
            self.writer.start()

    # ---- processes ----

    def postmasters(self, standby):
        """Pids of the servers that are standbys, or that are not."""
        return [pid for _, pid in sorted(self.tenon.postmasters().items())
                if (pathlib.Path(proc_link(pid, "cwd")) /
                    "standby.signal").exists() == standby]

    def charm_of(self, unit):
        """The pid of its charm's process, or None."""
        mark = f"JUJU_UNIT_NAME={unit}\0".encode()
        home = str(self.tenon.home).encode()
        for pid in pids():
            environment = read_proc(pid, "environ")
            if mark in environment and home in environment and \
                    read_proc(pid, "cmdline").endswith(b"dispatch\0"):
                return pid
        return None

    # ---- the end ----

    def close(self):
        """End as a user would; then nothing may be left."""
        if self.writer is not None:
            self.writer.stop()
        try:
            self.tenon.destroy()
        finally:
            self.discard()

    def discard(self):
        """Whatever state it is in."""
        if self.writer is not None:
            self.writer.done.set()
        self.tenon.kill_everything()
        self.disk.close()
        self.tenon.discard()


def units_of(status, app):
    return status["applications"].get(app, {}).get("units", {})


def children_of(parents):
    """Processes whose parent is one of them: pid -> title."""
    found = {}
    for pid in pids():
        fields = read_proc(pid, "stat").rpartition(b")")[2].split()
        if len(fields) > 1 and int(fields[1]) in parents:
            found[pid] = read_proc(pid, "cmdline").replace(
                b"\0", b" ").decode(errors="replace").strip()
    return found
