# SPDX-License-Identifier: Apache-2.0
"""Which fault comes at which step of which lap."""
import random

from kinds import KINDS
from steps import STEPS


def kinds_at(step):
    return [name for name, kind in KINDS.items() if step in kind.steps]


def matrix(seed):
    """Laps that together have each kind at each step once.

    Each is a dictionary from steps to kinds; a step may come without a fault.
    """
    rng = random.Random(seed)
    columns = {}
    for step in STEPS:
        kinds = kinds_at(step)
        rng.shuffle(kinds)
        columns[step] = kinds
    laps = max(map(len, columns.values()))
    return [{step: kinds[lap] for step, kinds in columns.items()
             if lap < len(kinds)} for lap in range(laps)]


def one_of_each(seed):
    """A lap in which a fault of some kind comes at each step."""
    rng = random.Random(seed)
    return {step: rng.choice(kinds_at(step)) for step in STEPS}
