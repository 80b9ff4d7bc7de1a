# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL application under a stand-in of tenond, for the tests of its charm."""

import contextlib
import os
import pathlib
import signal
import subprocess

import psycopg2
from fake_basics import charm_dir, wait_until
from fake_tenond import Model

CHANNEL = {"TENON_CHARM_CHANNEL": "15/stable"}
GONE = 'FATAL:  password authentication failed for user "{}"'


class World:
    """postgresql, and clients that the test plays."""

    def __init__(self, model, units=1, spares=0):
        """Without spare databases, so that an update-status has one thing to do."""
        self.model = model
        self.app = model.deploy(charm_dir("postgresql"), units=units,
                                config={"spare-databases": spares, "profile": "testing"})
        self.clients = 0

    def settle(self):
        return self.model.settle()

    # ---- clients ----

    def relate(self, database=None, **more):
        """A new client application that asks for a database."""
        self.clients += 1
        client = self.model.deploy(None, name=f"client{self.clients}")
        return self.relate_again(client.name, database, **more)

    def relate_again(self, client, database, **more):
        relation = self.model.relate(self.app, "database", self.model.apps[client], "db")
        self.settle()
        if database is not None:
            self.ask(relation, database=database, **more)
        return relation

    def ask(self, relation, **values):
        relation.app_bags[relation.far_app(self.app.name)].change(
            {k.replace("_", "-"): v for k, v in values.items()})
        self.settle()

    def bag(self, relation):
        return dict(relation.app_bags[self.app.name])

    def answer(self, relation):
        """What the client reads: the databag, and the secrets that it names."""
        told = self.bag(relation)
        for key in [k for k in told if k.startswith("secret-")]:
            told.update(self.secret(relation, told.pop(key)))
        return told

    def secret(self, relation, uri):
        """The content, as the client gets it; None if it does not."""
        client = relation.far_app(self.app.name)
        return next((dict(s.content) for s in self.model.secrets
                     if s.uri == uri and (relation, client) in s.grants), None)

    def remove(self, relation):
        self.model.remove_relation(relation)
        self.settle()

    # ---- servers ----

    @property
    def live(self):
        return [u for u in self.app.units if not u.gone]

    def operator(self):
        peers = self.model.relations[0]
        return peers.app_bags[self.app.name]["operator-password"]

    def connect_as_rescue(self, unit):
        bag = self.model.relations[0].app_bags[self.app.name]
        return self.connect(unit, "postgres", "tenon_rescue", bag["tenon_rescue-password"])

    def connect(self, unit, database="postgres", user="operator", password=None):
        if password is None:
            password = self.operator()
        connection = psycopg2.connect(host=unit.address, dbname=database, user=user,
                                      password=password, connect_timeout=10)
        connection.autocommit = True
        return connection

    def query(self, unit, sql, database="postgres", user="operator", password=None, args=None):
        with contextlib.closing(self.connect(unit, database, user, password)) as connection, \
                connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall() if cursor.description else None

    def client_query(self, relation, unit, sql, database=None):
        bag = self.answer(relation)
        return self.query(unit, sql, database or bag["database"], bag["username"],
                          bag["password"])

    def refusal(self, unit, bag, database):
        """What the server answers to a login with these credentials."""
        try:
            self.connect(unit, database, bag["username"], bag["password"]).close()
        except psycopg2.OperationalError as e:
            return str(e)
        return None

    def roles(self):
        rows = self.query(self.primary, "SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")
        return {row[0] for row in rows}

    @property
    def primary(self):
        found = [u for u in self.live
                 if self.query(u, "SELECT NOT pg_is_in_recovery()") == [(True,)]]
        assert len(found) == 1, [u.name for u in found]
        return found[0]

    def slots(self):
        return sorted(r[0] for r in self.query(
            self.primary, "SELECT slot_name FROM pg_replication_slots WHERE active"))

    def await_replay(self):
        """Until every standby has what the primary has."""
        lsn = self.query(self.primary, "SELECT pg_current_wal_flush_lsn()")[0][0]
        for unit in self.live:
            wait_until(lambda unit=unit: self.query(
                unit, "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() >= %s",
                args=(lsn,)) == [(True,)], f"{unit.name} has {lsn}")


@contextlib.contextmanager
def cluster(units=1, env=None, spares=0):
    with Model(env={**CHANNEL, **(env or {})}) as model:
        world = World(model, units, spares)
        world.settle()
        yield world


def programs(directory, name, script):
    """The programs of PostgreSQL 15, and in place of one of them a script, in which {real} is
    that one and {here} the new directory; as TENON_PG_BINDIR."""
    here = pathlib.Path(directory)
    here.chmod(0o755)
    real = pathlib.Path("/usr/lib/postgresql/15/bin")
    for program in real.iterdir():
        if program.name != name:
            (here / program.name).symlink_to(program)
    (here / name).write_text("#!/bin/sh\n" + script.format(real=real / name, here=here))
    (here / name).chmod(0o755)
    return str(here)


def deliver(unit):
    """All that one unit is owed."""
    while event := unit.next_event():
        name, fields, note = event
        assert unit.hook(name, **fields).ok
        note()


def kill_postmaster(unit):
    service = unit.services["postgres"]
    os.kill(service.pid, signal.SIGKILL)
    wait_until(lambda: service.pid == 0, "it has ended")


def psql(unit, bag, database, *options, user=None):
    """Run the real psql as a client would: (exit status, output, errors)."""
    done = subprocess.run(
        ["psql", "-X", "-h", unit.address, "-U", user or bag["username"], "-d", database, *options],
        env={"PGPASSWORD": bag["password"], "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
             "PSQL_HISTORY": "/dev/null"},
        capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def files_with(directory, secret):
    """Files below a directory whose bytes contain the secret."""
    found = []
    for folder, _, names in os.walk(directory):
        for path in (pathlib.Path(folder) / name for name in names):
            # A server that runs may remove it at this moment.
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and not path.is_symlink() \
                        and secret.encode() in path.read_bytes():
                    found.append(path)
    return found
