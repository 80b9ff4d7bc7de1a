# SPDX-License-Identifier: Apache-2.0
"""Each kind of fault at least once; tests/fault/long has them everywhere.

The steps of a lap follow each other: what one leaves is where the next begins.
"""
import pytest

from kinds import KINDS
from lap import Fault, Lap
from plan import one_of_each
from report import replay
from steps import STEPS

SEED = 1

LAPS = {
    "first": {1: "initdb-kill", 2: "charm-postgresql-kill", 3: "primary-kill",
              4: "basebackup-kill", 5: "tenond-kill", 6: "power-loss",
              7: "standby-kill", 8: "standby-lag", 9: "standby-freeze",
              10: "disk-full", 11: "tenond-freeze"},
    # What is not named here is drawn from the seed.
    "second": {**one_of_each(SEED), 2: "store-readonly", 3: "backend-kill",
               6: "backend-kill", 8: "charm-postgresql-kill",
               10: "charm-integrator-kill", 11: "power-loss"},
}
LAST = len(STEPS) + 1


def cases():
    return [pytest.param(
        name, number, marks=pytest.mark.xdist_group(name),
        id=f"{name}-{number}-" + (f"{STEPS[number].name}-{plan[number]}"
                                  if number < LAST else "destroy"))
            for name, plan in LAPS.items() for number in (*STEPS, LAST)]


@pytest.fixture(scope="module")
def laps():
    """Those that are under way, by name."""
    under_way = {}
    yield under_way
    for lap in under_way.values():
        lap.world.discard()


def test_the_short_version_has_every_kind_of_fault():
    assert {kind for plan in LAPS.values() for kind in plan.values()} \
        == set(KINDS)


@pytest.mark.parametrize("name,number", cases())
def test_it_converges_and_keeps_every_promise(laps, name, number):
    if number == 1:
        laps[name] = Lap(SEED, LAPS[name], Fault.soon)
    if name not in laps or laps[name].failed is not None:
        pytest.skip("a step before this one has failed")
    if number == LAST:
        laps.pop(name).close()
        return
    try:
        outcome = laps[name].step(number)
    except BaseException:
        print(replay(SEED, LAPS[name], number))
        print(laps[name].world.tenon.report())
        raise
    if outcome.result == "skipped":
        pytest.skip(f"{outcome.kind}: {outcome.text}")
    assert outcome.result == "survived", outcome
