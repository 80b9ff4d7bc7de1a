# SPDX-License-Identifier: Apache-2.0
"""One way through the life cycle, with one fault at each step that has one."""
import contextlib
import random
import select
import threading
import time
import traceback
from http.client import HTTPException
from typing import NamedTuple

import invariants
from harness import Events
from kinds import KINDS, KillProgram
from steps import STEPS
from world import MODEL, Unavailable, World

COMMAND_DEADLINE = 150  # A command may wait for all that is repeated.
ASK_AGAIN = 3


class Fault(NamedTuple):
    """When, from the seed alone: after so many changes, and then so long."""
    kind: object
    changes: int
    delay_ms: int
    hold_ms: int

    @classmethod
    def draw(cls, seed, number, kind):
        rng = random.Random(f"{seed}:{number}:{kind}")
        kind = KINDS[kind]
        step = STEPS[number]
        return cls(kind, rng.randint(0, step.changes) * kind.waits,
                   int(step.span_ms * rng.random() ** 2),
                   rng.randint(*kind.hold_ms))

    @classmethod
    def soon(cls, seed, number, kind):
        """The same, but what is soon over is hit as soon as it is there."""
        fault = cls.draw(seed, number, kind)
        return fault._replace(changes=0, delay_ms=0) if fault.kind.is_fleeting \
            else fault

    def __str__(self):
        return (f"{self.kind.name} after {self.changes} changes and"
                f" {self.delay_ms} ms, for {self.hold_ms} ms")


class Outcome(NamedTuple):
    step: int
    kind: str
    result: str  # "survived", "not hit", "skipped", "failed"
    seconds: float = 0.0  # From the end of the fault until settled.
    text: str = ""


class Hand(threading.Thread):
    """The user, who gives the commands of a step one after the other."""

    def __init__(self, world, commands):
        super().__init__(daemon=True)
        self.world, self.commands = world, commands
        self.acknowledged = []
        self.error = None

    def run(self):
        try:
            for command in self.commands:
                if self._give(command):
                    self.acknowledged.append(command)
        except BaseException as error:  # Raised again by end().
            self.error = error

    def _give(self, command):
        if callable(command):
            return command(self.world)
        return self.world.tenon.run(*command,
                                    timeout=COMMAND_DEADLINE).rc == 0

    def end(self):
        self.join(COMMAND_DEADLINE + 10)
        assert not self.is_alive(), f"no end of {self.commands}"
        if self.error is not None:
            raise self.error


class Watch(threading.Thread):
    """Counts the changes of the model as they come."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.events = Events(world.tenon, MODEL)
        self.events.next()
        self.count = 0
        self.moved = threading.Condition()

    def run(self):
        with contextlib.suppress(ValueError, AttributeError):
            while self.events.next() is not None:
                with self.moved:
                    self.count += 1
                    self.moved.notify_all()

    def next(self, seconds=0.05):
        with self.moved:
            self.moved.wait(seconds)

    def close(self):
        self.events.close()


def is_over(world, hand):
    """Has the step come to its end already?"""
    if hand.is_alive():
        return False
    with contextlib.suppress(OSError, HTTPException):
        return world.tenon.api(
            "GET", f"/v1/models/{MODEL}/settled?timeout=1")[0] == 200
    return False


def await_program(world, hand, fault):
    """The program, when it has begun some time ago."""
    while True:
        pid = world.announced.begun(0.05)
        if pid is not None:
            select.select([], [], [], fault.delay_ms / 1000)
            return [pid]
        if is_over(world, hand):
            return None


def await_target(world, hand, watch, fault, seed):
    """What the fault hits, from its moment on; None if it never shows."""
    over = False
    while watch.count < fault.changes and not over:
        watch.next()
        over = is_over(world, hand)
    select.select([], [], [], fault.delay_ms / 1000)
    while True:
        target = None
        # Without a tenond nothing can be found out.
        with contextlib.suppress(OSError, AssertionError, HTTPException):
            target = fault.kind.find(world, random.Random(seed))
        if target or over:
            return target
        over = is_over(world, hand)
        watch.next(0.01)


def find_target(world, hand, fault, seed):
    if isinstance(fault.kind, KillProgram):
        with world.announced.armed(fault.kind.program):
            hand.start()
            return await_program(world, hand, fault)
    watch = Watch(world)
    try:
        watch.start()
        hand.start()
        return await_target(world, hand, watch, fault, seed)
    finally:
        watch.close()


def strike(world, hand, fault, seed):
    """True if there was something to hit."""
    fault.kind.prepare(world)
    target = find_target(world, hand, fault, seed)
    try:
        if target:
            fault.kind.inject(world, target)
            select.select([], [], [], fault.hold_ms / 1000)
    finally:
        fault.kind.lift(world, target or [])
    return bool(target)


def ask_until_acknowledged(world, step, hand):
    """Whoever got no answer asks again; what was answered stays."""
    for _ in range(ASK_AGAIN):
        commands = step.ask(world)
        lost = [c for c in commands if c in hand.acknowledged]
        assert not lost or step.may_repeat, f"acknowledged, but lost: {lost}"
        if not commands:
            return
        hand = Hand(world, commands)
        hand.start()
        hand.end()
        if step.may_repeat:
            invariants.await_settled(world)
    left = step.ask(world)
    assert not left, f"still not acknowledged: {left}"


def take_step(world, number, fault, seed):
    """Whether the fault hit something, and how long it took to recover."""
    step = STEPS[number]
    hand = Hand(world, step.ask(world))
    hit = False
    if fault is None:
        hand.start()
    else:
        hit = strike(world, hand, fault, f"{seed}:{number}")
    lifted = time.monotonic()
    world.restart_daemon()
    hand.end()
    world.restart_daemon()
    ask_until_acknowledged(world, step, hand)
    invariants.converge(world, step)
    seconds = time.monotonic() - lifted
    invariants.check(world)
    return hit, seconds


class Lap:
    """`plan` says which kind of fault comes at which step; `draw`, when."""

    def __init__(self, seed, plan, draw=Fault.draw):
        self.seed, self.plan, self.draw = seed, dict(plan), draw
        self.world = World()
        self.failed = None  # The number of the step.

    def _fault(self, number):
        kind = self.plan.get(number)
        if kind is None:
            return None
        KINDS[kind].check(self.world)
        return self.draw(self.seed, number, kind)

    def step(self, number):
        """Take it; raise if anything is not as it has to be."""
        kind = self.plan.get(number)
        try:
            fault = self._fault(number)
        except Unavailable as why:
            take_step(self.world, number, None, self.seed)
            return Outcome(number, kind, "skipped", text=str(why))
        try:
            hit, seconds = take_step(self.world, number, fault, self.seed)
        except BaseException:
            self.failed = number
            raise
        return Outcome(number, kind, "survived" if hit else "not hit",
                       seconds, str(fault))

    def run(self, last=len(STEPS)):
        """All outcomes; after a failure there are no more."""
        for number in range(1, last + 1):
            try:
                outcome = self.step(number)
            except Exception:  # Whatever it is, it is told.
                yield Outcome(
                    number, self.plan.get(number), "failed",
                    text="\n".join([traceback.format_exc(),
                                    self.world.tenon.report()]))
                return
            yield outcome

    def close(self):
        if self.failed is None:
            self.world.close()
        else:
            self.world.discard()
