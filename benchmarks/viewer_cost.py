"""What a viewer costs: throughput with it over throughput without, its processor share, its bytes a second.

Run ``python -m benchmarks.viewer_cost``. One trainer; windows without and with a viewer in a pseudo-terminal
alternate, each with some seconds at its start that do not count (a viewer that starts is no viewer that
watches). Steps are read from the trainer's own telemetry over a client that counts as no viewer, so that the
trainer draws samples only while the viewer is there: that is part of the cost. Each ratio is a window with
the viewer over the mean of its two neighbours without, so that a machine that slowly changes its speed
disturbs little.

Expected: a ratio of 0.95 or more on two cores, less than 10 % of a core (DESIGN section 4), and at 120×40
between 21 KB a second (samples that change every 7 s) and 80 (all samples change twice a second, as early in
a training; SCREENS section 9).
"""

import argparse
import json
import statistics
import time
from itertools import pairwise
from pathlib import Path

import psutil

from benchmarks.scratch import (
    PROGRAM,
    Window,
    add_run_options,
    scratch_home,
    size_of,
    summary,
    telemetry,
    trainer,
)
from gan_tui.link.client import Client
from gan_tui.link.messages import Telemetry
from gan_tui.runs.run import Run


class Meter:
    """Reads the trainer's steps at two moments."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._client = Client(run.endpoints(), watching=False)

    def now(self) -> Telemetry:
        """The next tick from now on."""
        began = time.time()
        return telemetry(self._client, lambda tick: tick.time >= began, None, self._run)

    def close(self) -> None:
        """Stop listening."""
        self._client.close()


def rate(before: Telemetry, after: Telemetry) -> float:
    """Steps a second between two ticks."""
    return (after.step - before.step) / (after.time - before.time)


def without_viewer(meter: Meter, settle: float, seconds: float) -> float:
    """Steps a second with nobody watching."""
    time.sleep(settle)
    before = meter.now()
    time.sleep(seconds)
    return rate(before, meter.now())


def with_viewer(
    meter: Meter, run: Run, size: tuple[int, int], settle: float, seconds: float
) -> tuple[float, float, float]:
    """Steps a second, the viewer's share of a core, and bytes a second, while it watches."""
    window = Window([*PROGRAM, "attach", str(run.path)], size)
    try:
        window.until(b"TRAINING", b"quit")
        window.drain(settle)
        process = psutil.Process(window.pid)
        before, used, start = meter.now(), process.cpu_times(), time.monotonic()
        window.drain(0.0)
        count = window.drain(seconds)
        after, spent, end = meter.now(), process.cpu_times(), time.monotonic()
    finally:
        window.close()
    share = (spent.user + spent.system - used.user - used.system) / (end - start)
    return rate(before, after), share, count / seconds


def measure(options: argparse.Namespace, root: Path) -> dict[str, object]:
    """Alternate; ratios and shares as fractions."""
    size = size_of(options.size)
    without: list[float] = []
    watched: list[tuple[float, float, float]] = []
    with trainer(root, options) as run:
        meter = Meter(run)
        try:
            without.append(without_viewer(meter, options.settle, options.seconds))
            for _ in range(options.rounds):
                watched.append(with_viewer(meter, run, size, options.settle, options.seconds))
                without.append(without_viewer(meter, options.settle, options.seconds))
        finally:
            meter.close()
    rates, shares, flows = zip(*watched, strict=True)
    ratios = [with_it / statistics.mean(pair) for with_it, pair in zip(rates, pairwise(without), strict=True)]
    return {
        "recipe": options.recipe,
        "size": options.size,
        "seconds": options.seconds,
        "throughput_ratio": summary(ratios),
        "viewer_share_of_a_core": summary(shares),
        "bytes_per_second": summary(flows),
        "steps_per_second_with": summary(rates),
        "steps_per_second_without": summary(without),
        "noise_without": max(without) / min(without),
    }


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_run_options(parser)
    parser.add_argument("--rounds", type=int, default=6, help="windows with the viewer [6]")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a window [10]")
    parser.add_argument("--settle", type=float, default=3.0, help="seconds before each that do not count [3]")
    options = parser.parse_args()
    with scratch_home() as root:
        result = measure(options, root)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        if isinstance(value, dict):
            print(
                f"{name:<26} median {value['median']:10.3f}  min {value['min']:9.3f}  max {value['max']:9.3f}"
            )
        else:
            print(f"{name:<26} {value}")


if __name__ == "__main__":
    main()
