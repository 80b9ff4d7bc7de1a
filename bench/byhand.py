# SPDX-License-Identifier: Apache-2.0
"""A cluster as a person would make it, to compare with."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import IS_ROOT, newest_track, wait_until

BIN = pathlib.Path(f"/usr/lib/postgresql/{newest_track()}/bin")
# Of this process: somebody else may be measuring, too.
NETWORK = f"127.{200 + os.getpid() // 256 % 50}.{os.getpid() % 256}"
PRIMARY, STANDBY, PORT = f"{NETWORK}.1", f"{NETWORK}.2", "5432"
PASSWORD = "by-hand"
# In the server, so that looking costs next to nothing.
UNTIL_STREAMING = """DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')
  LOOP PERFORM pg_sleep(0.001); END LOOP; END $$"""
UNTIL_REPLAYED = """DO $$ DECLARE now pg_lsn := pg_current_wal_lsn(); BEGIN
  WHILE EXISTS (SELECT FROM pg_stat_replication
                WHERE replay_lsn IS NULL OR replay_lsn < now)
  LOOP PERFORM pg_sleep(0.001); END LOOP; END $$"""
AS_POSTGRES = {"user": "postgres", "group": "postgres", "extra_groups": []} \
    if IS_ROOT else {}


def call(*argv, env=None, **options):
    done = subprocess.run(
        [str(a) for a in argv], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(env or {})},
        check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, argv))}\n{done.stdout}")
    return done.stdout


@contextlib.contextmanager
def stopwatch(times):
    start = time.perf_counter()
    yield
    times.append(time.perf_counter() - start)


class ByHand:
    """A primary and a standby."""

    def __init__(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="tenon-bench-"))
        if IS_ROOT:
            shutil.chown(self.top, "postgres", "postgres")
        self.running = {}  # name -> process

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def pg(self, program, *args, env=None):
        return call(BIN / program, *args, env=env, cwd=self.top, **AS_POSTGRES)

    def sql(self, host, *statements):
        return self.pg("psql", "-h", host, "-p", PORT, "-U", "operator",
                       "-d", "postgres", "-qAt",
                       *[word for s in statements for word in ("-c", s)],
                       env={"PGPASSWORD": PASSWORD})

    def start(self, name, address):
        with open(self.top / f"{name}.log", "ab") as log:
            self.running[name] = subprocess.Popen(
                [BIN / "postgres", "-D", self.top / name, "-p", PORT,
                 "-c", f"listen_addresses={address}",
                 "-c", "unix_socket_directories="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.top, start_new_session=True, **AS_POSTGRES)
        # pg_ctl would look every 100 ms only.
        wait_until(lambda: self.is_ready(name) or self.has_ended(name), 60,
                   f"{name} is ready", 0.001)

    def is_ready(self, name):
        with contextlib.suppress(OSError):
            lines = (self.top / name / "postmaster.pid").read_text()
            lines = lines.splitlines()
            return lines[:1] == [str(self.running[name].pid)] and \
                lines[7:8] == ["ready   "]
        return False

    def has_ended(self, name):
        return self.running[name].poll() is not None

    def stop(self, name, how=signal.SIGINT):
        server = self.running.pop(name)
        server.send_signal(how)
        server.wait()

    def deploy(self):
        pwfile = self.top / "pw"
        pwfile.write_text(PASSWORD + "\n")
        pwfile.chmod(0o644)
        self.pg("initdb", "-D", self.top / "primary", "-U", "operator",
                "--locale=C.UTF-8", "--encoding=UTF8", "--data-checksums",
                "--auth=scram-sha-256", f"--pwfile={pwfile}")
        with open(self.top / "primary/pg_hba.conf", "a",
                  encoding="ascii") as hba:
            hba.write("host replication all 127.0.0.0/8 scram-sha-256\n"
                      "host all all 127.0.0.0/8 scram-sha-256\n")
        self.start("primary", PRIMARY)
        self.pg("pg_basebackup", "-h", PRIMARY, "-p", PORT, "-U", "operator",
                "-D", self.top / "standby", "-X", "stream", "-c", "fast",
                "-C", "-S", "standby", "-R", env={"PGPASSWORD": PASSWORD})
        self.start("standby", STANDBY)
        self.sql(PRIMARY, UNTIL_STREAMING)

    def remove(self):
        for name in reversed(list(self.running)):
            self.stop(name, signal.SIGQUIT)
        shutil.rmtree(self.top)
