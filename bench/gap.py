# SPDX-License-Identifier: Apache-2.0
"""For how long a client cannot write when the primary changes or dies.

The client is a thread that writes a row every 10 ms through a URI that names
all members, and connects again as soon as it is cut off. The gap is the longest
time between two commits that were acknowledged, without the 10 ms.
"""
import contextlib
import os
import signal
import threading
import time

import psycopg2

from byhand import PASSWORD, PRIMARY, STANDBY, ByHand

PERIOD = 0.01


class Writer:
    """Writes until it is left; then all it was told is written has to be."""

    def __init__(self, hosts, user, password, database):
        self.dsn = {"host": ",".join(hosts), "user": user,
                    "password": password, "dbname": database,
                    "target_session_attrs": "read-write",
                    "connect_timeout": 2}
        self.acknowledged = []  # When; row n is the n-th.
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def connect(self):
        connection = psycopg2.connect(**self.dsn)
        connection.autocommit = True
        return connection

    def __enter__(self):
        with contextlib.closing(self.connect()) as connection:
            connection.cursor().execute(
                "DROP TABLE IF EXISTS gap; CREATE TABLE gap (n int)")
        self.thread.start()
        self.await_rows(20)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def run(self):
        while not self.stop.is_set():
            with contextlib.suppress(psycopg2.Error):
                with contextlib.closing(self.connect()) as connection:
                    self.write(connection.cursor())
            # Refused: as a client would, but not in a frenzy.
            self.stop.wait(0.002)

    def write(self, cursor):
        while not self.stop.wait(PERIOD):
            cursor.execute("INSERT INTO gap VALUES (%s)",
                           (len(self.acknowledged),))
            self.acknowledged.append(time.perf_counter())

    def await_rows(self, number):
        """Until so many more have been written."""
        goal, end = len(self.acknowledged) + number, time.monotonic() + 60
        while len(self.acknowledged) < goal:
            assert time.monotonic() < end, "no writes for a minute"
            self.stop.wait(PERIOD)

    def gap(self):
        times = self.acknowledged
        return max(b - a for a, b in zip(times, times[1:])) - PERIOD

    def lost(self):
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT n FROM gap")
            return set(range(len(self.acknowledged))) - \
                {n for n, in cursor.fetchall()}


def gap_of(fault, hosts, *login):
    """Seconds without writes because of fault()."""
    with Writer(hosts, *login) as writer:
        fault()
        writer.await_rows(20)
    assert not writer.lost(), f"lost rows: {sorted(writer.lost())[:10]}"
    return writer.gap()


def by_hand(fault):
    """Seconds without writes when a person's script does it."""
    with ByHand() as cluster:
        cluster.deploy()
        return gap_of(lambda: fault(cluster), (PRIMARY, STANDBY),
                      "operator", PASSWORD, "postgres")


def switch_by_hand(cluster):
    cluster.stop("primary")
    cluster.sql(STANDBY, "SELECT pg_promote(wait => false)")


def kill_by_hand(cluster):
    """As a supervisor would that waits for nothing."""
    cluster.stop("primary", signal.SIGKILL)
    cluster.start("primary", PRIMARY)
    # Its children hold the shared memory for another moment.
    while cluster.has_ended("primary"):
        cluster.start("primary", PRIMARY)


def bench_switchover(tenon, hosts, runs):
    hand, ours = [], []
    login = login_of(tenon)
    for _ in range(runs):
        target = tenon.standbys()[0]

        def switch(unit=target):
            tenon.action(unit, "promote-to-primary", "scope=unit")
            tenon.settled()
            assert tenon.primary() == unit

        ours.append(gap_of(switch, hosts, *login))
        hand.append(by_hand(switch_by_hand))
    return hand, ours


def bench_kill(tenon, hosts, runs):
    hand, ours = [], []
    login = login_of(tenon)
    for _ in range(runs):
        address = tenon.address(tenon.primary())

        def kill(address=address):
            os.kill(tenon.postmasters()[address], signal.SIGKILL)

        ours.append(gap_of(kill, hosts, *login))
        tenon.settled()
        hand.append(by_hand(kill_by_hand))
    return hand, ours


def login_of(tenon):
    got = tenon.credentials("writer")
    return got["username"], got["password"], got["database"]
