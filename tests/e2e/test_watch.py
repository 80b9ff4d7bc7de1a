# SPDX-License-Identifier: Apache-2.0
"""status --watch on a terminal: what somebody sees who looks at it."""
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

import pyte
import pytest

from harness import ROOT, Tenon, make_model

pytestmark = pytest.mark.xdist_group("watch")

CLEAR = b"\033[2J"


class Terminal:
    """A pseudo-terminal with a command in it, and the screen it shows."""

    def __init__(self, tenon, *args, rows=24, columns=100):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = tenon.popen_on(slave, *args)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                data = os.read(self.master, 65536)
                self.written += data
                self.stream.feed(data)

    def until(self, cond, deadline=20):
        """Until the screen is as cond(its text) wants it."""
        end = time.monotonic() + deadline
        while not cond(self.text()):
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < end, f"still on the screen:\n{self.text()}"
            self.read(0.2)
        return self.text()

    def end(self, how):
        how()
        end = time.monotonic() + 10
        while self.process.poll() is None:
            assert time.monotonic() < end, "it does not end"
            self.read(0.1)
        self.read(0)
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def watch():
    tenon = Tenon()
    try:
        make_model(tenon)
        tenon.ok("deploy", ROOT / "tests/data/charms/greeter", "hello")
        tenon.settled()
        with contextlib.closing(
                Terminal(tenon, "status", "--watch", "60s")) as terminal:
            terminal.until(lambda text: "hello/0*" in text)
            yield tenon, terminal
    finally:
        tenon.cleanup()


def test_a_change_is_shown_without_wiping_the_screen(watch):
    tenon, terminal = watch
    assert terminal.text().startswith("Model     Controller")
    cleared = terminal.written.count(CLEAR)
    tenon.ok("add-unit", "hello")
    terminal.until(lambda text: "hello/1" in text)
    tenon.ok("config", "hello", "word=" + "long " * 100)
    tenon.ok("remove-unit", "hello/1", "--wait")
    terminal.until(lambda text: "hello/1" not in text)
    assert terminal.written.count(CLEAR) == cleared == 1


def test_a_line_is_as_wide_as_the_terminal(watch):
    tenon, terminal = watch
    assert "Timestamp" in terminal.text()
    terminal.resize(12, 40)
    text = terminal.until(lambda text: "Timestamp" not in text
                          and text.startswith("Model"))
    lines = text.splitlines()
    assert len(lines) <= 12 and max(map(len, lines)) <= 40
    assert [line for line in lines if line.startswith("hello/0*")]
    terminal.resize(30, 200)
    terminal.until(lambda text: "Timestamp" in text)


def test_it_goes_on_when_tenond_comes_back(watch):
    tenon, terminal = watch
    tenon.kill_daemon()
    terminal.until(lambda text: text.startswith(
        "The controller does not answer; trying again\n\nModel "))
    tenon.ok("deploy", "data-integrator")
    terminal.until(lambda text: text.startswith("Model ")
                   and "data-integrator/0*" in text)


@pytest.mark.parametrize("how", ["q", "interrupt"])
def test_the_terminal_is_left_as_it_was(watch, how):
    _, terminal = watch
    assert terminal.screen.cursor.hidden
    rc = terminal.end({
        "q": lambda: os.write(terminal.master, b"q"),
        "interrupt": lambda: terminal.process.send_signal(signal.SIGINT)}[how])
    assert rc == 0
    assert not terminal.screen.cursor.hidden
    assert pyte.modes.DECAWM in terminal.screen.mode
    assert termios.tcgetattr(terminal.slave) == terminal.before
