# SPDX-License-Identifier: Apache-2.0
"""Has programs of PostgreSQL say that they begin: they are soon over."""
import contextlib
import os
import pathlib
import select
import time

from harness import newest_track, wait_until

SCRIPT = """#!/bin/sh
# The shell becomes the program: its pid is told, if somebody still listens.
if [ -p {fifo} ]; then
        (echo $$ >{fifo})
        read -r more <{options}
        set -- "$@" $more
fi
exec {program} "$@"
"""


def is_read(fifo):
    """Has all been taken out of it?"""
    return not select.select([fifo], [], [], 0)[0]


class Announced:
    """To be made before tenond starts: it looks for programs then."""

    def __init__(self, tenon, *names):
        real = pathlib.Path(f"/usr/lib/postgresql/{newest_track()}/bin")
        self.bindir = tenon.base / newest_track() / "bin"
        self.bindir.mkdir(parents=True)
        for program in real.iterdir():
            (self.bindir / program.name).symlink_to(program)
        for name in names:
            (self.bindir / name).unlink()
            (self.bindir / name).write_text(SCRIPT.format(
                fifo=self._fifo(name), options=self._options(name),
                program=real / name))
            (self.bindir / name).chmod(0o755)
        tenon.env["TENON_PG_BINDIR"] = str(self.bindir)
        self.fd = -1

    def _fifo(self, name):
        return self.bindir.parent / f"{name}.begins"

    def _options(self, name):
        return self.bindir.parent / f"{name}.options"

    @contextlib.contextmanager
    def armed(self, name, *options):
        """Within, the program tells; `options` are added to its own."""
        fifo = self._fifo(name)
        self._options(name).write_text(" ".join(options) + "\n")
        os.mkfifo(fifo)
        fifo.chmod(0o666)
        # Open for both: between two of them it has not ended.
        self.fd = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        try:
            yield self
        finally:
            fifo.unlink()
            os.close(self.fd)

    @contextlib.contextmanager
    def held(self, name, count, deadline=30):
        """Within, that many programs have begun, and none has done anything.

        Whoever enters has had them started. They go on at the end.
        """
        seen = b""
        end = time.monotonic() + deadline
        while seen.count(b"\n") < count:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.fd], [], [], left)[0], \
                f"only {seen.count(bytes([10]))} of {count} have begun"
            seen += os.read(self.fd, 4096)
        # Open for both, so that a line waits for who has not opened it yet.
        going = os.open(self._options(name), os.O_RDWR)
        try:
            yield
            os.write(going, b"\n" * count)
            wait_until(lambda: is_read(going), deadline, "all go on")
            # Whoever comes later does not wait.
            self._options(name).unlink()
            self._options(name).write_text("\n")
        finally:
            os.close(going)

    @contextlib.contextmanager
    def waiting(self, name):
        """Within, the program tells, and waits to be let go."""
        with self.armed(name):
            self._options(name).unlink()
            os.mkfifo(self._options(name))
            self._options(name).chmod(0o644)
            yield self

    def begun(self, seconds):
        """The pid of the program, or None if it has not begun by then."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return None
        return int(os.read(self.fd, 64).split()[0])

    def wait(self, deadline=30):
        pid = self.begun(deadline)
        assert pid is not None, \
            f"after {deadline} s still not: the program begins"
        return pid
