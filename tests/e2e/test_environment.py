# SPDX-License-Identifier: Apache-2.0
"""The machine is not as it should be: ports taken, disks full, no rights."""
import contextlib
import ipaddress
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from harness import TENON, Tenon, make_model, wait_for_end, wait_until


def said(tenon, result, app="postgresql"):
    """What a user can read: the command's words and the units' messages."""
    lines = [result.stdout, result.stderr]
    for unit in tenon.units(app).values():
        lines.append(unit["workload-status"].get("message", ""))
        lines.append(unit["juju-status"].get("message", ""))
    return "\n".join(lines)


@contextlib.contextmanager
def listening(address, port=5432):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        yield server


@pytest.mark.ordinary
def test_a_taken_port_is_named_and_another_address_is_used(tutorial):
    tutorial.ok("deploy", "postgresql", "--wait")
    first = tutorial.address("postgresql/0")
    following = str(ipaddress.ip_address(first) + 1)
    with listening(following):
        added = tutorial.ok("add-unit", "postgresql", "--wait")
        assert f"{following}:5432" in added.stderr, str(added)
        assert f"pid {os.getpid()}" in added.stderr, str(added)
        assert tutorial.address("postgresql/1") not in (first, following)
        assert tutorial.workload("postgresql/1")[0] == "active"


def test_a_port_that_is_taken_later_shows_in_the_status(tutorial):
    """Somebody takes the port while our server is down."""
    tutorial.ok("deploy", "postgresql", "--wait")
    address = tutorial.address("postgresql/0")
    tutorial.kill_daemon()
    (pid,) = tutorial.postmasters().values()
    os.kill(pid, 9)
    wait_until(lambda: not tutorial.processes(b"postgres"), 10)
    with listening(address):
        tutorial.ok("status")
        wait_until(lambda: tutorial.workload("postgresql/0")[0] != "active",
                   60, "the unit says that it does not run")
    wait_until(lambda: address in tutorial.postmasters(), 60)
    wait_until(lambda: tutorial.workload("postgresql/0")
               == ("active", "Primary"), 60)


def test_a_track_that_is_not_installed_names_those_that_are(tutorial):
    result = tutorial.run("deploy", "postgresql", "--channel", "9.9/stable",
                          "--wait")
    assert result.rc == 1, str(result)
    text = said(tutorial, result)
    installed = [p.parent.name for p in
                 pathlib.Path("/usr/lib/postgresql").glob("*/bin")]
    assert "9.9" in text, text
    assert any(version in text for version in installed), text
    assert not list(tutorial.home.rglob("PG_VERSION"))


@pytest.mark.ordinary
def test_without_postgresql_the_error_says_so(tenon):
    empty = tenon.base / "nothing"
    empty.mkdir()
    tenon.env["TENON_PG_BINDIR"] = str(empty)
    make_model(tenon)
    result = tenon.run("deploy", "postgresql", "--wait")
    assert result.rc == 1, str(result)
    text = said(tenon, result)
    assert "PostgreSQL" in text, text
    assert str(empty) in text or "apt" in text, text


@pytest.fixture
def small_disk(as_root):
    """A Tenon whose state directory is a file system of its own."""
    one = Tenon()
    one.home.mkdir(mode=0o711)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,mode=711", "tenon-e2e",
         str(one.home)], stderr=subprocess.PIPE, text=True, check=False)
    if mounted.returncode != 0:
        one.cleanup()
        pytest.skip(f"cannot mount a tmpfs: {mounted.stderr.strip()}")
    try:
        yield one
        one.destroy()
    finally:
        one.kill_everything()
        subprocess.run(["umount", "-l", str(one.home)], check=True)
        one.cleanup()


def fill(path):
    with open(path, "wb", buffering=0) as file, \
            contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
    with open(path, "ab", buffering=0) as file, \
            contextlib.suppress(OSError):
        while True:
            file.write(b"x")


def test_a_full_disk_refuses_changes_and_loses_nothing(small_disk):
    t = make_model(small_disk)
    before = t.raw_status()["generation"]
    fill(t.home / "ballast")
    refused = t.fails(1, "add-model", "second")
    assert "full" in refused.stderr or "No space left" in refused.stderr
    refused = t.fails(1, "deploy", "data-integrator")
    assert "full" in refused.stderr or "No space left" in refused.stderr
    assert t.raw_status()["generation"] == before
    assert len(t.get("/v1/models")["models"]) == 1

    (t.home / "ballast").unlink()
    t.ok("add-model", "second")
    assert len(t.get("/v1/models")["models"]) == 2


def test_a_disk_too_small_for_a_cluster_is_a_units_error(small_disk):
    t = make_model(small_disk)
    result = t.run("deploy", "postgresql", "--wait")
    assert result.rc == 1, str(result)
    assert "No space left on device" in said(t, result), str(result)
    t.ok("deploy", "data-integrator", "--config", "database-name=d", "--wait")
    t.ok("remove-application", "postgresql", "--destroy-storage", "--force",
         "--wait")


@pytest.mark.ordinary
def test_a_state_directory_one_may_not_make(as_ordinary_user, tenon):
    tenon.env["TENON_HOME"] = "/usr/tenon-e2e"
    result = tenon.fails(1, "add-model", "tutorial")
    assert "ermission denied" in result.stderr
    assert "/usr/tenon-e2e" in result.stderr
    assert "TENON_HOME, or --home of tenond, names another one" in result.stderr


@pytest.mark.parametrize("below", ["", "/deeper"])
def test_a_state_directory_that_is_a_file_is_named(tenon, below):
    file = tenon.base / "a file"
    file.touch()
    tenon.env["TENON_HOME"] = f"{file}{below}"
    for verb in ("status", "journal", "doctor"):
        assert tenon.fails(1, verb).stderr == \
            f"ERROR state directory {file}{below}: not a directory\n" \
            "TENON_HOME names another one\n"


def test_another_user_may_not_use_the_controller(as_root, tutorial):
    nobody = 65534
    # Others need not be able to reach the build.
    reachable = shutil.copy(TENON, tutorial.base)
    result = tutorial.run("status", user=nobody, group=nobody,
                          extra_groups=[], binary=reachable)
    assert result.rc == 1, str(result)
    assert "ermission denied" in result.stderr, str(result)
    assert tutorial.status()["model"]["name"] == "tutorial"


def test_a_place_that_postgres_cannot_reach_is_named(as_root):
    one = Tenon()
    try:
        one.base.chmod(0o700)
        make_model(one)
        result = one.run("deploy", "postgresql", "--wait")
        assert result.rc == 1, str(result)
        assert "ermission denied" in said(one, result), str(result)
        one.base.chmod(0o711)
    finally:
        one.cleanup()


def test_a_second_daemon_on_the_same_state_is_refused(tutorial):
    from harness import TENOND
    second = tutorial.run(binary=TENOND, timeout=20)
    assert second.rc == 1, str(second)
    assert tutorial.status()["model"]["name"] == "tutorial"


def test_a_controller_ends_with_its_state_directory(tenon):
    """It would answer for what is on no disk, and keep a new one from beginning."""
    aside = tenon.home.with_name("aside")
    make_model(tenon)
    pid = tenon.daemon_pid()
    tenon.home.rename(aside)
    wait_for_end(pid)
    assert "the state directory is gone" in (aside / "tenond.log").read_text()
    aside.rename(tenon.home)
    assert "tutorial*" in tenon.ok("models").stdout
    pid = tenon.daemon_pid()
    shutil.rmtree(tenon.home)
    wait_for_end(pid)
    assert "No controllers registered" in tenon.fails(1, "status").stderr
    make_model(tenon)


def test_a_lost_key_file_is_an_error_and_not_a_new_state(tutorial):
    tutorial.ok("deploy", "data-integrator")
    key = tutorial.home / "tenon.key"
    tutorial.kill_daemon()
    text = key.read_bytes()
    key.unlink()
    try:
        result = tutorial.fails(1, "status")
        assert "tenon.key" in result.stderr
        assert not key.exists()
    finally:
        key.write_bytes(text)
        key.chmod(0o600)
    assert "data-integrator" in tutorial.status()["applications"]
