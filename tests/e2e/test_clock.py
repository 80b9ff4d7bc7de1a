# SPDX-License-Identifier: Apache-2.0
"""The clock of the machine is set, by a day, while everything runs."""
import datetime
import os
import pathlib
import signal

import psycopg2
import pytest

from harness import Tenon, make_cluster, wait_for_end, wait_until

PRELOAD = next(iter(sorted(pathlib.Path("/usr/lib").glob(
    "*/faketime/libfaketimeMT.so.1"))), None)
pytestmark = pytest.mark.xdist_group("clock")


@pytest.fixture(name="stepped")
def _stepped():
    """A cluster whose tenond takes the time from us, and how to set it."""
    assert PRELOAD is not None, "libfaketime is missing: tools/install-deps check"
    t = Tenon()
    clock = t.base / "clock"
    t.env.update({
        "LD_PRELOAD": str(PRELOAD), "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})

    def step(offset):
        clock.write_text(offset + "\n")

    try:
        step("+0")
        yield make_cluster(t), step
        step("+0")
        t.destroy()
    finally:
        t.discard()


def days_off(t):
    """By how many days tenond's clock is ahead of ours."""
    text = t.raw_status()["timestamp"].replace("Z", "+00:00")
    ahead = datetime.datetime.fromisoformat(text) - \
        datetime.datetime.now(datetime.timezone.utc)
    return round(ahead.total_seconds() / 86400)


def logs_in(c, got):
    for host in (c.primary, c.standby):
        c.tenon.connect(host, got["username"], got["password"],
                        got["database"]).close()


def is_out(c, got):
    for host in (c.primary, c.standby):
        with pytest.raises(psycopg2.OperationalError,
                           match="password authentication failed"):
            c.tenon.connect(host, got["username"], got["password"],
                            got["database"])
    return True


def hooks_so_far(t):
    entries = t.get("/v1/models/-/journal?limit=20000")["entries"]
    return sum(e["kind"] == "hook" for e in entries)


@pytest.mark.parametrize("offset, days", [("-1d", -1), ("+1d", 1)])
def test_nothing_hangs_and_nothing_storms_when_the_clock_is_set(
        stepped, offset, days):
    (c, step), t = stepped, stepped[0].tenon
    old = t.credentials()
    hooks = hooks_so_far(t)
    step(offset)
    assert days_off(t) == days
    # A server that dies is back.
    victim = t.postmasters()[c.standby]
    os.kill(victim, signal.SIGKILL)
    wait_for_end(victim)
    wait_until(lambda: t.postmasters().get(c.standby, victim) != victim, 20,
               "the standby is back")
    t.settled(timeout=30)
    wait_until(lambda: t.credentials().get("read-only-endpoints") == [c.standby],
               20, "the standby is among the endpoints")
    # Access comes and goes.
    t.ok("remove-relation", "data-integrator", "postgresql", timeout=30)
    assert is_out(c, old)
    t.ok("relate", "data-integrator", "postgresql", timeout=30)
    t.settled(timeout=30)
    logs_in(c, t.credentials())
    assert hooks_so_far(t) - hooks < 60


@pytest.mark.parametrize("offset", ["-1d", "+1d"])
def test_what_was_put_off_comes_when_the_clock_is_set_meanwhile(stepped, offset):
    (c, step), t = stepped, stepped[0].tenon
    old = t.credentials()
    operator = (c.standby, "operator", c.operator, "postgres")
    t.sql(*operator, "SELECT pg_wal_replay_pause()")
    late = t.fails(1, "remove-relation", "data-integrator", "postgresql")
    assert "is still open" in late.stderr
    step(offset)
    t.sql(*operator, "SELECT pg_wal_replay_resume()")
    wait_until(lambda: "database" not in t.status()["applications"]
               ["postgresql"].get("relations", {}), 20, "the relation is gone")
    assert is_out(c, old)
