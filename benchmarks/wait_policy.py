"""How the trainer's threads wait for each other: steps a second by ``OMP_WAIT_POLICY``, a viewer attached.

Run ``python -m benchmarks.wait_policy`` (15 minutes; the machine must be idle). For each recipe trainers on
two threads take turns, as ``gan-tui run`` starts them: PASSIVE (what ``gan_tui/training/process.py`` sets),
ACTIVE, and with the variable not set at all, where libgomp spins for a while before it sleeps. A viewer in a
pseudo-terminal watches each. Each round begins with another policy, and a policy's ratio is its rate over
PASSIVE's of the same round.

Expected on two cores: ACTIVE 0.3 to 0.6 of PASSIVE, for a thread that spins has the core that viewer, link
and history need (once a step took four times as long); not set 0.7 to 1; both worse for "swift", whose pieces
of work are short, than for "labelled". With four cores and more ACTIVE might win by some percent, and then
the constant would have to become a choice. Measured: see ``benchmarks/results``. The medians are closer than
that, and the worst rounds are a fifteenth.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.scratch import PROGRAM, Window, scratch_home, show, size_of, told
from gan_tui.bench.scratch import Running, listening, telemetry
from gan_tui.bench.spread import Spread, spread
from gan_tui.config.sources import combine
from gan_tui.link.client import Client
from gan_tui.link.messages import Telemetry
from gan_tui.runs.launch import TRAINER, launch
from gan_tui.runs.run import create_run

VARIABLE: Final = "OMP_WAIT_POLICY"
NOT_SET: Final = "unset"
POLICIES: Final = ("PASSIVE", "ACTIVE", NOT_SET)
"""The first is what the others are held against."""
FIRST_STEPS: Final = 10
"""Steps after which a trainer is under way."""


@contextmanager
def trainer(root: Path, recipe: str, threads: int, policy: str) -> Iterator[Running]:
    """A new run's trainer under this policy, past its first steps, until the block ends."""
    given: dict[str, Any] = {"recipe": recipe, "steps": 0, "threads": threads}
    run = create_run(combine(given), root / "runs", None, given)
    before = os.environ.pop(VARIABLE, None)
    if policy != NOT_SET:
        os.environ[VARIABLE] = policy
    try:
        process = launch(run, None, module=TRAINER if policy != NOT_SET else "benchmarks.wait_policy")
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before
    running = Running(run, process)
    try:
        with listening(run, watching=False) as client:
            telemetry(client, lambda tick: tick.step > FIRST_STEPS, run, process)
        yield running
    finally:
        process.kill()
        process.wait()


def rate(root: Path, recipe: str, policy: str, options: argparse.Namespace) -> float:
    """Steps a second of a trainer of its own, while a viewer watches it."""
    with (
        trainer(root, recipe, options.threads, policy) as running,
        listening(running.run, watching=False) as client,
    ):
        window = Window([*PROGRAM, "attach", str(running.run.path)], size_of(options.size))
        try:
            window.until(b"TRAINING", b"quit")
            window.drain(options.settle)
            before = now(client, running)
            window.drain(options.seconds)
            after = now(client, running)
        finally:
            window.close()
    return (after.step - before.step) / (after.time - before.time)


def now(client: Client, running: Running) -> Telemetry:
    """The next tick from now on."""
    began = time.time()
    return telemetry(client, lambda tick: tick.time >= began, running.run, running.process)


def compare(root: Path, recipe: str, options: argparse.Namespace) -> dict[str, Spread]:
    """Rates and ratios of one recipe, by name."""
    rates: dict[str, list[float]] = {policy: [] for policy in POLICIES}
    for turn in range(options.rounds):
        for place in range(len(POLICIES)):
            policy = POLICIES[(turn + place) % len(POLICIES)]
            rates[policy].append(rate(root, recipe, policy, options))
    found = {f"{recipe} {policy} steps/s": spread(rates[policy]) for policy in POLICIES}
    first = rates[POLICIES[0]]
    for policy in POLICIES[1:]:
        ratios = [one / other for one, other in zip(rates[policy], first, strict=True)]
        found[f"{recipe} {policy} : {POLICIES[0]}"] = spread(ratios)
    return found


def train_unset(run: str) -> int:
    """Be the trainer that sets no policy."""
    from gan_tui.training import process  # noqa: PLC0415 - only here, as the trainer's own module does

    process.ENVIRONMENT.pop(VARIABLE, None)
    return process.main([run])


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=["swift", "labelled"], help="[swift labelled]")
    parser.add_argument("--threads", type=int, default=2, help="the trainer's threads [2]")
    parser.add_argument("--rounds", type=int, default=6, help="trainers of each policy [6]")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a window [10]")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds before each that do not count [3]")
    parser.add_argument("--size", default="120x40", help="the terminal's size [120x40]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("run", nargs="?", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        sys.exit(train_unset(options.run))
    found: dict[str, Spread] = {}
    with told(), scratch_home() as root:
        for recipe in options.recipes:
            found |= compare(root, recipe, options)
    show(found, options.json)
    if not options.json:
        for recipe in options.recipes:
            rates = {policy: found[f"{recipe} {policy} steps/s"].median for policy in POLICIES}
            print(f"quickest for {recipe}: {max(rates, key=rates.__getitem__)}")


if __name__ == "__main__":
    main()
