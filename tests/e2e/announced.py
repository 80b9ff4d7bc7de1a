# SPDX-License-Identifier: Apache-2.0
"""Has programs of PostgreSQL say that they begin: they are soon over."""
import contextlib
import os
import pathlib
import select

from harness import newest_track

SCRIPT = """#!/bin/sh
# The shell becomes the program: its pid is told, if somebody still listens.
if [ -p {fifo} ]; then
        (echo $$ >{fifo})
        read -r more <{options}
        set -- "$@" $more
fi
exec {program} "$@"
"""


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
        self.fd = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        try:
            yield self
        finally:
            fifo.unlink()
            os.close(self.fd)

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
