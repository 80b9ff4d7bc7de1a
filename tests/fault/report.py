# SPDX-License-Identifier: Apache-2.0
"""What is printed of faults."""
import statistics

from kinds import KINDS
from steps import STEPS


def replay(seed, plan, number):
    """How to have the same fault again; then with those before it."""
    alone = f"tests/fault/run --seed {seed} --step {number}" + (
        f" --fault {plan[number]}" if number in plan else "")
    so_far = ",".join(f"{k}:{kind}" for k, kind in sorted(plan.items())
                      if k <= number)
    return f"replay: {alone}\n    or: tests/fault/run --seed {seed}" \
        f" --plan {so_far}"


def show(seed, plan, outcome):
    """One line; of a failure everything."""
    name = f"{outcome.step} {STEPS[outcome.step].name}"
    if outcome.kind is None and outcome.result != "failed":
        return
    line = f"seed {seed}  {name:<22}{outcome.kind or '-':<23}{outcome.result}"
    if outcome.result == "survived":
        line += f" in {outcome.seconds:.1f} s ({outcome.text})"
    elif outcome.text:
        line += f": {outcome.text}"
    print(line, flush=True)
    if outcome.result == "failed":
        print(replay(seed, plan, outcome.step), flush=True)


def table(outcomes):
    """By kind: how many were injected and survived, and how long it took."""
    lines = [f"{'fault':<24}{'injected':>9}{'survived':>9}{'not hit':>9}"
             f"{'settled after, median':>23}{'max':>8}"]
    rows = [(kind, [o for o in outcomes if o.kind == kind])
            for kind in KINDS] + [("all", outcomes)]
    for kind, some in rows:
        good = [o.seconds for o in some if o.result == "survived"]
        bad = sum(o.result == "failed" for o in some)
        missed = sum(o.result == "not hit" for o in some)
        times = f"{statistics.median(good):>21.1f} s{max(good):>6.1f} s" \
            if good else ""
        lines.append(f"{kind:<24}{len(good) + bad:>9}{len(good):>9}"
                     f"{missed:>9}{times}")
    skipped = {o.kind: o.text for o in outcomes if o.result == "skipped"}
    lines += [f"{kind} skipped: {why}" for kind, why in skipped.items()]
    return "\n".join(lines)
