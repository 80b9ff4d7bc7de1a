# SPDX-License-Identifier: Apache-2.0
"""ssh and scp: working where a unit is, which is on this host."""
import os
import pty
import shlex
import subprocess

import pytest

from harness import ROOT, TENON, Tenon, make_model

pytestmark = pytest.mark.xdist_group("places")


@pytest.fixture(scope="module")
def server():
    one = Tenon()
    try:
        make_model(one)
        one.ok("deploy", ROOT / "tests/data/charms/greeter", "up")
        one.settled()
        one.ok("ssh", "up/0", "mkdir -p sub && echo one > sub/a && chmod 640 sub/a "
               "&& ln -s a sub/link")
        yield one
    finally:
        one.cleanup()


def unit_dir(server):
    (found,) = server.home.glob("machines/*/up-0")
    return found


@pytest.mark.ordinary
@pytest.mark.parametrize("target", ["up/0", "up/leader"])
def test_a_command_runs_where_the_unit_is(server, target):
    done = server.ok("ssh", target, "pwd; echo $JUJU_UNIT_NAME $JUJU_MODEL_NAME "
                     "$JUJU_MACHINE_ID; id -u")
    assert done.stdout.splitlines() == [
        str(unit_dir(server)), "up/0 tutorial 0", str(os.geteuid())]
    assert done.stderr == ""


def test_a_machine_is_a_place_too(server):
    done = server.ok("ssh", "0", "pwd; echo [$JUJU_UNIT_NAME]")
    assert done.stdout.splitlines() == [str(unit_dir(server).parent), "[]"]


@pytest.mark.parametrize("words", [
    ("up/0", "exit 7"),
    ("up/0", "--", "exit", "7"),
    ("up/0", "-o", "BatchMode=yes", "-t", "-L80:x:80", "exit", "7"),
    ("--container", "c", "--no-host-key-checks", "--pty=false", "--proxy",
     "up/0", "exit", "7"),
])
def test_its_exit_status_is_passed_on_whatever_ssh_is_told(server, words):
    done = server.run("ssh", *words)
    assert (done.rc, done.stdout, done.stderr) == (7, "", "")


def test_flags_behind_the_target_are_the_command_s(server):
    done = server.ok("ssh", "up/0", "ls", "-l", "--all", "sub")
    assert "-rw-r-----" in done.stdout and " .." in done.stdout


def test_what_it_reads_comes_from_us(server):
    assert server.ok("ssh", "up/0", "cat", stdin="hello").stdout == "hello"


def test_a_shell_has_the_terminal(server):
    """Without a command: as to log in."""
    here, there = pty.openpty()
    with os.fdopen(here, "rb", buffering=0) as screen:
        shell = subprocess.Popen([str(TENON), "ssh", "up/0"], stdin=there,
                                 stdout=there, stderr=there, env=server.env,
                                 cwd=server.base, start_new_session=True)
        os.close(there)
        os.write(here, b"test -t 0 && pwd -P && exit 3\n")
        shown = b""
        try:
            while more := screen.read(65536):
                shown += more
        except OSError:  # The last of the terminal's users is gone.
            pass
        assert shell.wait(timeout=60) == 3
    assert str(unit_dir(server)).encode() in shown


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is somebody else")
def test_with_a_user_it_is_that_one(server):
    done = server.ok("ssh", "daemon@up/0", "id -un; pwd; echo $HOME")
    assert done.stdout.splitlines()[:2] == ["daemon", str(unit_dir(server))]
    failed = server.fails(1, "ssh", "nobody-there@up/0", "true")
    assert failed.stderr.startswith(
        'ERROR this host has no user "nobody-there"\n')


@pytest.mark.skipif(os.geteuid() != 0, reason="root becomes somebody else")
def test_others_are_refused(server):
    for words in (["ssh", "up/0", "true"], ["scp", "up/0:sub/a", "x"]):
        failed = server.fails(1, *words, user="daemon")
        assert failed.stdout == ""
        assert f"ERROR {words[0]} works with the rights of the controller: " \
            "only root and its owner may\n" in failed.stderr
        assert "tenon exec" in failed.stderr


@pytest.mark.parametrize("words, message", [
    ((), "no target name specified"),
    (("up",), 'target "up" not valid'),
    (("up/7", "true"), 'unit "up/7" not found'),
    (("no/0", "true"), 'application "no" not found'),
    (("7", "true"), "machine 7 not found"),
])
def test_where_nothing_is_is_said(server, words, message):
    failed = server.run("ssh", *words)
    assert failed.rc in (1, 2) and failed.stdout == ""
    assert failed.stderr.startswith(f"ERROR {message}\n")


def test_files_are_copied_out_and_in(server):
    base = server.base / "copies"
    base.mkdir()
    plan = server.ok("scp", "--dry-run", "-r", "up/0:sub/a", base / "b c").stdout
    assert shlex.split(plan) == ["cp", "-L", "-r", "--",
                                 f"{unit_dir(server)}/sub/a", f"{base}/b c"]
    assert list(base.iterdir()) == []
    server.ok("scp", "up/0:sub/a", base / "b")
    assert (base / "b").read_text() == "one\n"
    server.ok("scp", "--", "-p", "up/leader:sub/a", base / "kept")
    assert (base / "kept").stat().st_mode & 0o777 == 0o640
    # Several, from both sides; what a link leads to, not the link.
    (base / "mine").write_text("two\n")
    (base / "into").mkdir()
    server.ok("scp", "up/0:sub/link", base / "mine", base / "into")
    assert (base / "into/link").read_text() == "one\n"
    assert not (base / "into/link").is_symlink()
    server.ok("scp", base / "mine", "up/0:")
    assert (unit_dir(server) / "mine").read_text() == "two\n"
    server.ok("scp", "-r", "up/0:sub", base / "tree")
    assert sorted(p.name for p in (base / "tree").iterdir()) == ["a", "link"]
    server.ok("scp", "--", "-r", "-o", "X=y", base / "tree", "0:tree")
    assert server.ok("ssh", "0", "cat tree/a; rm -r tree").stdout == "one\n"
    server.ok("scp", f"up/0:{base}/mine", base / "absolute")
    assert (base / "absolute").read_text() == "two\n"


@pytest.mark.parametrize("words, message", [
    (("up/0:x",), "at least two arguments required"),
    (("a", "b"), "neither a source nor the destination is of a unit"),
    (("up/7:a", "b"), 'unit "up/7" not found'),
    (("daemon@up/0:a", "root@up/0:b"),
     "files cannot be copied as two users, daemon and root"),
])
def test_what_cannot_be_copied_is_refused(server, words, message):
    failed = server.run("scp", *words)
    assert failed.rc in (1, 2)
    assert failed.stderr.startswith(f"ERROR {message}\n")


def test_a_file_that_is_not_there_fails(server):
    failed = server.run("scp", "up/0:none", "here")
    assert failed.rc == 1 and "No such file" in failed.stderr
