# SPDX-License-Identifier: Apache-2.0
"""The server's user leaves links where the charm works as root: nothing is led astray."""

import os
import pathlib
import pwd
import stat
import subprocess

import pytest
from postgresql_world import cluster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="is about root and another user")
SECRET = "of root alone\n"


@pytest.fixture
def pair():
    with cluster(units=2) as world:
        yield world


@pytest.fixture
def victim(pair):
    """A file of root's that the server's user would like to have."""
    folder = pathlib.Path(pair.model.dir) / "ours"
    folder.mkdir(mode=0o711)
    path = folder / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    yield path
    path.unlink()
    folder.rmdir()


def untouched(path):
    status = path.lstat()
    return (path.read_text(), status.st_uid, stat.S_IMODE(status.st_mode)) == (SECRET, 0, 0o600)


def as_server(*command):
    """As the user that the server runs as: (succeeded, errors)."""
    user = pwd.getpwnam("postgres")
    done = subprocess.run(["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
                           "--clear-groups", *map(str, command)],
                          capture_output=True, text=True, cwd="/", check=False)
    return done.returncode == 0, done.stderr


def data_of(unit):
    return unit.dir / "storage" / "pgdata" / "data"


def other(world):
    return next(u for u in world.live if u is not world.primary)


def test_the_server_can_change_nothing_beside_its_data(pair):
    """So the names that lead there are ours, and so are the logs and the configuration."""
    for unit in pair.live:
        data = data_of(unit)
        assert as_server("touch", data / "mine") == (True, "")
        assert as_server("rm", data / "mine") == (True, "")
        for folder in (unit.dir, unit.dir / "log", unit.dir / "postgres", data.parent,
                       data.parent.parent):
            if not folder.exists():
                continue
            assert not as_server("touch", folder / "mine")[0], folder
            for entry in folder.iterdir():
                assert not as_server("mv", "-T", entry, f"{entry}.gone")[0], entry
                assert not as_server("ln", "-sfT", "/etc", entry)[0], entry
        for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
            path = unit.dir / "postgres" / name
            assert as_server("cat", path)[0]
            assert not as_server("sh", "-c", f"echo >>{path}")[0]
            assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_primary_that_steps_down_writes_through_no_link(pair, victim):
    old, new = pair.primary, other(pair)
    planted = data_of(old) / "standby.signal"
    assert as_server("ln", "-s", victim, planted)[0]
    assert new.action("promote-to-primary", {"scope": "unit"}).failure is None
    pair.settle()
    assert "standby.signal is a link" in old.status[1]
    assert untouched(victim)
    planted.unlink()
    old.hook("update-status")
    pair.settle()
    assert pair.primary is new
    assert [u.status[0] for u in pair.live] == ["active", "active"]


def test_a_primary_that_steps_down_does_not_give_away_another_file(pair, victim):
    old, new = pair.primary, other(pair)
    # Many kernels let only the owner make a second name of a file.
    os.link(victim, data_of(old) / "standby.signal")
    assert new.action("promote-to-primary", {"scope": "unit"}).failure is None
    pair.settle()
    assert pair.primary is new
    assert untouched(victim)


@pytest.mark.parametrize("plant", [os.symlink, os.link])
def test_a_version_file_that_is_another_file_is_not_shown(pair, victim, plant):
    unit = other(pair)
    path = data_of(unit) / "PG_VERSION"
    kept = path.with_name("PG_VERSION.kept")
    path.rename(kept)
    plant(victim, path)
    try:
        unit.hook("config-changed")
        assert SECRET.strip() not in repr(unit.statuses) + unit.output()
    finally:
        kept.rename(path)
    assert untouched(victim)


def test_a_copy_that_was_cut_off_is_thrown_away_without_what_it_points_to(pair, victim):
    unit = pair.app.add_unit()
    left = data_of(unit).with_name("data.new")
    left.mkdir(parents=True)
    user = pwd.getpwnam("postgres")
    os.chown(left, user.pw_uid, user.pw_gid)
    assert as_server("ln", "-s", victim.parent, left / "base")[0]
    assert as_server("ln", "-s", victim, left / "PG_VERSION")[0]
    pair.settle()
    assert unit.status == ("active", "")
    assert not left.exists() and untouched(victim)
    pair.app.remove_unit(unit)
    pair.settle()
