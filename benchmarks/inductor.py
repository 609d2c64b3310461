"""Whether torch.compile pays for our own networks on a processor: a step of ours beside one of them compiled.

Run ``python -m benchmarks.inductor`` (four minutes; with ``--recipes swift --steps 5`` one; it needs a C++
compiler). The functions written for processors cannot be traced. So the other side is the same networks by
the way that torch's layers take through them (over distinct pixels, as on CUDA), each compiled by inductor
for fixed shapes, in the same engine. Both train in one process, a step each in turns; a ratio is the compiled
step's time over ours, above 1 where ours is quicker. By processor time on one thread, else by the clock.

What was found with torch 2.13 on one thread of an AMD EPYC (AVX2), and is expected again: a compiled step
takes 1.25 to 2.4 times ours, and compiling 26 to 36 seconds, half of what a newcomer gives us. So nothing in
the trainer compiles, and no setting asks for it. What inductor gains, fewer passes over memory, the written
functions have already; the products in between it leaves to the libraries. Short tries of this script with
"swift", on a busy machine: 1.66, 1.97 and 1.66 times.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import Tensor

from benchmarks.scratch import show
from gan_tui.bench.spread import Spread, spread
from gan_tui.config.sources import combine
from gan_tui.data import load
from gan_tui.networks import article, light, pair_for
from gan_tui.training.engine import Engine

FORMS: Final = ("ours", "compiled")
COMPILERS: Final = ("g++", "clang++", "c++")
CACHE: Final = "TORCHINDUCTOR_CACHE_DIR"
"""Where inductor keeps what it compiled; here in a new folder, so that it compiles anew."""
WARM: Final = 3
"""Steps of each form before those that count, beside the first, in which the compiled one compiles."""


def never(inputs: Tensor) -> bool:  # noqa: ARG001 - in place of a question about them
    """No way but the layers'."""
    return False


@contextmanager
def form(name: str) -> Iterator[None]:
    """The networks compute in this form."""
    usual = article.by_hand, light.by_hand
    if name == "compiled":
        article.by_hand = light.by_hand = never
    try:
        yield
    finally:
        article.by_hand, light.by_hand = usual


def engines(recipe: str, data: str | None) -> dict[str, Engine]:
    """One of each form, of equal weights; nothing is compiled yet."""
    config = combine({"recipe": recipe})
    dataset = load(data)
    made = {
        name: Engine(config, dataset, torch.device("cpu"), "fp32", pair_for(config, dataset))
        for name in FORMS
    }
    for network in (made["compiled"].generator, made["compiled"].discriminator):
        network.compile(dynamic=False)
    return made


def seconds_of(name: str, engine: Engine, clock: Callable[[], float]) -> float:
    """One step's time."""
    with form(name):
        began = clock()
        engine.train_step()
        return clock() - began


def compare(recipe: str, options: argparse.Namespace) -> dict[str, Any]:
    """Times and ratios of one recipe, by name."""
    clock = time.process_time if options.threads == 1 else time.perf_counter
    both = engines(recipe, options.data)
    first = {name: seconds_of(name, engine, time.perf_counter) for name, engine in both.items()}
    for _ in range(WARM):
        for name, engine in both.items():
            seconds_of(name, engine, clock)
    times: dict[str, list[float]] = {name: [] for name in FORMS}
    for turn in range(options.steps):
        for name in FORMS[:: 1 if turn % 2 else -1]:
            times[name].append(1e3 * seconds_of(name, both[name], clock))
    losses = {name: engine.take_sums() for name, engine in both.items()}
    found: dict[str, Any] = {f"{recipe} {name} ms a step": spread(times[name]) for name in FORMS}
    ratios = [one / other for one, other in zip(times["compiled"], times["ours"], strict=True)]
    ratio: Spread = spread(ratios)
    found[f"{recipe} compiled : ours"] = ratio
    found[f"{recipe} seconds of compiling"] = round(
        first["compiled"] - statistics.median(times["compiled"]) / 1e3, 1
    )
    for name, sums in losses.items():
        found[f"{recipe} {name}: G's mean loss"] = None if sums.g is None else round(sums.g.mean, 4)
    return found


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipes", nargs="+", default=["article", "swift"], help="[article swift]")
    parser.add_argument("--data", help="data set [what a run would take]")
    parser.add_argument("--steps", type=int, default=20, help="steps of each form [20]")
    parser.add_argument("--threads", type=int, default=1, help="of torch [1]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    if not any(shutil.which(name) for name in COMPILERS):
        sys.exit("torch.compile needs a C++ compiler, and there is none; nothing was measured")
    torch.set_num_threads(options.threads)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="gan-tui-inductor-") as folder:
        os.environ[CACHE] = folder
        for recipe in options.recipes:
            found |= compare(recipe, options)
    show(found, options.json)


if __name__ == "__main__":
    main()
