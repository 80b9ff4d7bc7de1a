# SPDX-License-Identifier: Apache-2.0
"""What tenond and its charms do as root where the servers' user may write."""
import os
import pathlib
import pwd
import stat
import subprocess

import pytest

from harness import IS_ROOT, make_cluster

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="is about two users")


def as_server(*command):
    """Whether the user that the servers run as can do it."""
    user = pwd.getpwnam("postgres")
    return subprocess.run(
        ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}",
         "--clear-groups", *map(str, command)], cwd="/", check=False,
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def data_of(tenon, unit):
    name = unit.replace("/", "-")
    (found,) = tenon.home.glob(f"machines/*/{name}/storage/pgdata/data")
    return found


@pytest.fixture
def victim(tenon):
    """A directory of root's with a file, to which links are made."""
    folder = tenon.base / "ours"
    folder.mkdir(mode=0o700)
    (folder / "kept").write_text("kept")
    (folder / "kept").chmod(0o600)
    yield folder
    status = (folder / "kept").stat()
    assert (folder / "kept").read_text() == "kept"
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o600)
    status = folder.stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o700)


def plant(data, victim):
    """Links of both kinds wherever they could be followed."""
    for name, target in (("dir", victim), ("file", victim / "kept"),
                         ("up", ".."), ("loop", "loop"),
                         ("base/dir", victim), ("global/file", victim / "kept")):
        assert as_server("ln", "-sT", target, data / name)
    assert as_server("mkdir", "-p", data / "closed/inner")
    assert as_server("chmod", "0", data / "closed")
    assert as_server("mkfifo", data / "fifo")


@pytest.mark.parametrize("how", [["--destroy-storage"], []],
                         ids=["destroyed", "kept"])
def test_removal_takes_links_away_and_not_what_they_point_to(
        tutorial, victim, how):
    t = tutorial
    t.ok("deploy", "postgresql")
    t.settled()
    plant(data_of(t, "postgresql/0"), victim)
    t.ok("remove-application", "postgresql", "--wait", *how)
    assert not list(t.home.glob("machines/*"))
    assert len(list(t.home.glob("storage/*"))) == (0 if how else 1)


def test_a_log_that_cannot_be_replaced_by_a_link(tutorial, victim):
    t = tutorial
    t.ok("deploy", "postgresql")
    t.settled()
    (log,) = t.home.glob("machines/*/*/log/postgres.log")
    assert log.owner() == "postgres"
    assert not as_server("mv", log, log.with_name("old"))
    assert not as_server("ln", "-sf", victim / "kept", log)
    assert not as_server("touch", log.parent / "new")


def others_may(path):
    """What a file of tenon's allows to all, that it need not."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return 0
    if stat.S_ISDIR(mode):
        return mode & 0o066  # To get through is what servers need.
    if path.parent.name == "postgres" and path.suffix == ".conf":
        return mode & 0o137 if path.group() == "postgres" else mode & 0o177
    return mode & 0o177


@pytest.mark.parametrize("umask", [0, 0o777], ids=oct)
def test_state_is_closed_to_others_whatever_the_umask(tenon, umask):
    old = os.umask(umask)
    try:
        make_cluster(tenon)
    finally:
        os.umask(old)
    open_to_all = {}
    for top in (tenon.home, tenon.runtime):
        for folder, names, files in os.walk(top):
            for name in [".", *names, *files]:
                path = pathlib.Path(folder) / name
                if others_may(path):
                    open_to_all[str(path)] = oct(path.lstat().st_mode)
    assert not open_to_all
    # It is there, and it works.
    assert (tenon.home / "tenon.key").exists()
    assert len(tenon.units()) == 2
