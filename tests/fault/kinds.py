# SPDX-License-Identifier: Apache-2.0
"""The kinds of faults: what each one hits, how, and how it ends."""
import contextlib
import os
import shutil
import signal
import subprocess

from harness import wait_for_end
from steps import STEPS
from world import CLIENTS, SERVER, Unavailable, children_of, units_of


def steps_but(*names):
    return tuple(number for number, step in STEPS.items()
                 if step.name not in names)


class Kind:
    """One kind. What inject() has broken, lift() mends; nothing else may."""
    name = None
    hold_ms = (0, 0)  # How long it lasts.
    waits = True      # For a number of changes, drawn from the seed.
    is_fleeting = False  # What it hits is there for a moment only.
    steps = tuple(STEPS)

    def check(self, world):
        """Raise Unavailable if this machine does not permit it."""

    def prepare(self, world):
        """Before the step begins."""

    def find(self, world, rng):
        """What is hit, if it is there at this moment."""
        raise NotImplementedError

    def inject(self, world, target):
        """Kill it."""
        signal_all(target, signal.SIGKILL)
        for pid in target:
            wait_for_end(pid)

    def lift(self, world, target):
        pass


class KillTenond(Kind):
    name = "tenond-kill"

    def find(self, world, rng):
        return [world.tenon.daemon_pid()]


class FreezeTenond(KillTenond):
    name = "tenond-freeze"
    hold_ms = (300, 1500)

    def inject(self, world, target):
        signal_all(target, signal.SIGSTOP)

    def lift(self, world, target):
        signal_all(target, signal.SIGCONT)


class KillCharm(Kind):
    """Of a unit whose hook or action is running."""
    is_fleeting = True
    apps = ()

    def find(self, world, rng):
        units = [name for app in self.apps for name in world.units(app)]
        rng.shuffle(units)
        for name in units:
            pid = world.charm_of(name)
            if pid is not None and self._is_at_work(world, name, pid):
                return [pid]
        return None

    @staticmethod
    def _is_at_work(world, name, pid):
        """If so, it is stopped there: a hook is soon over."""
        signal_all([pid], signal.SIGSTOP)
        unit = world.units(name.split("/")[0]).get(name)
        if unit is not None and unit["agent"]["current"] == "executing":
            return True
        signal_all([pid], signal.SIGCONT)
        return False


class KillServerCharm(KillCharm):
    name = "charm-postgresql-kill"
    steps = steps_but("write")
    apps = (SERVER,)


class KillClientCharm(KillCharm):
    """Its hooks are over in a millisecond: it is stopped before they come."""
    name = "charm-integrator-kill"
    apps = CLIENTS
    steps = steps_but("deploy", "write", "restart")
    waits = False  # Nothing changes while they are stopped.

    def prepare(self, world):
        for app in self.apps:
            # So that there is a process; whether it succeeds is no matter.
            world.tenon.run("run-action", f"{app}/leader", "get-credentials",
                            "--wait")
        signal_all(self._charms(world), signal.SIGSTOP)

    def find(self, world, rng):
        """They stay stopped until one of them has something to do."""
        status = world.status()
        busy = [name for app in self.apps
                for name, unit in sorted(units_of(status, app).items())
                if unit["agent"]["current"] == "executing"]
        rng.shuffle(busy)
        return [pid for pid in map(world.charm_of, busy) if pid][:1]

    def lift(self, world, target):
        signal_all(self._charms(world), signal.SIGCONT)

    def _charms(self, world):
        charms = (world.charm_of(f"{app}/0") for app in self.apps)
        return [pid for pid in charms if pid is not None]


class KillPrimary(Kind):
    name = "primary-kill"

    def find(self, world, rng):
        return world.postmasters(standby=False)[:1] or None


class KillStandby(Kind):
    name = "standby-kill"

    def find(self, world, rng):
        servers = world.postmasters(standby=True)
        return [rng.choice(servers)] if servers else None


class KillBackend(Kind):
    """The server answers that by ending all sessions and recovering."""
    name = "backend-kill"
    is_fleeting = True

    def find(self, world, rng):
        servers = world.postmasters(standby=False)
        backends = [pid for pid, title in sorted(children_of(servers).items())
                    if "127.0." in title and "walsender" not in title]
        return [rng.choice(backends)] if backends else None


class KillProgram(Kind):
    """One that a charm has started, and waits for."""
    program = None

    @property
    def steps(self):
        return tuple(number for number, step in STEPS.items()
                     if self.program in step.programs)


class KillInitdb(KillProgram):
    name = "initdb-kill"
    program = "initdb"


class KillBasebackup(KillProgram):
    name = "basebackup-kill"
    program = "pg_basebackup"


class PowerLoss(Kind):
    """Everything at once: tenond, charms, servers, programs, commands."""
    name = "power-loss"

    def find(self, world, rng):
        return [os.getpid()]

    def inject(self, world, target):
        world.tenon.kill_processes()


class FreezeWalreceiver(Kind):
    """The standby serves, and lags."""
    name = "standby-lag"
    hold_ms = (500, 3000)

    def find(self, world, rng):
        servers = world.postmasters(standby=True)
        receivers = [pid for pid, title in sorted(children_of(servers).items())
                     if "walreceiver" in title]
        return [rng.choice(receivers)] if receivers else None

    def inject(self, world, target):
        signal_all(target, signal.SIGSTOP)

    def lift(self, world, target):
        signal_all(target, signal.SIGCONT)


class FreezeStandby(FreezeWalreceiver):
    """The standby accepts connections, and says nothing."""
    name = "standby-freeze"

    def find(self, world, rng):
        servers = world.postmasters(standby=True)
        if not servers:
            return None
        one = rng.choice(servers)
        return [one, *children_of([one])]


class DiskFull(Kind):
    name = "disk-full"
    hold_ms = (500, 3000)

    def check(self, world):
        if world.disk.why_not:
            raise Unavailable(world.disk.why_not)

    def find(self, world, rng):
        return [os.getpid()]

    def inject(self, world, target):
        world.disk.fill()

    def lift(self, world, target):
        world.disk.empty()


class StoreReadOnly(KillTenond):
    """tenond ends, and may not write to its store when it comes back."""
    name = "store-readonly"

    def check(self, world):
        if os.geteuid() != 0 or shutil.which("chattr") is None:
            raise Unavailable("needs root and chattr")
        done = subprocess.run(
            ["lsattr", "-d", str(world.tenon.home)], check=False,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Unavailable(done.stderr.strip())

    def inject(self, world, target):
        store = world.tenon.home / "tenon.db"
        subprocess.run(["chattr", "+i", str(store)], check=True)
        super().inject(world, target)
        refused = world.tenon.run("status")
        if refused.rc < 0:
            return  # The power has failed, as the step wants it.
        assert refused.rc == 1 and "tenon.db" in refused.stderr, \
            f"it does not say what is wrong: {refused}"

    def lift(self, world, target):
        store = world.tenon.home / "tenon.db"
        subprocess.run(["chattr", "-i", str(store)], check=True)


def signal_all(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


KINDS = {kind.name: kind for kind in [
    KillTenond(), FreezeTenond(), KillServerCharm(), KillClientCharm(),
    KillPrimary(), KillStandby(), KillBackend(), KillInitdb(),
    KillBasebackup(), PowerLoss(), FreezeWalreceiver(), FreezeStandby(),
    DiskFull(), StoreReadOnly()]}
