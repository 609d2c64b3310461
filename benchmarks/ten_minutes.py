"""The best that a recipe gives in ten minutes, by our engine and by the plain loop, side by side.

Run ``python -m benchmarks.ten_minutes --data FOLDER --recipe labelled --seeds 41 42 43 44 45``. For each
seed two processes run at the same time, each on one thread: our engine, and the plain PyTorch loop of
``gan-tui bench`` with the same networks, settings and initial weights, both with the memory settings that the
trainer has. Every half minute of training both are looked at: 2,000 samples of the running average are read
by the judge; this time does not count. The plain loop's running average has one decay from the beginning, as
torch's has, where ours warms up (``training/ema.py``), so that it lags far behind for a while: its generator
is looked at, too, and the better of both counts. With ``--cores 2`` one after the other has both threads.

Expected on two cores of 45 GMAC/s each: four times as many steps in the same time, and a best distance of
half of the plain loop's or less. Found (benchmarks/results): 3.6 to 3.9 times as many; about half as long as
the plain loop's lagging average alone was looked at, and 0.7 to 0.8 for ``labelled`` with its generator.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from gan_tui.bench.commit import commit_of
from gan_tui.bench.environment import measured_environment
from gan_tui.bench.peers.plain import Plain
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data import Dataset, load
from gan_tui.networks import pair_for
from gan_tui.quality import Judge
from gan_tui.quality.reading import Reading, seen
from gan_tui.training.engine import Engine, to_bytes
from gan_tui.training.latent import Latent

CPU = torch.device("cpu")
JUDGED = 2000
SEED_OF_SAMPLES = 7
CHUNK = 100
"""Images drawn at once: the plain loop's generator needs 100 MB for so many."""

Training = tuple[Callable[[], object], Callable[[], list[nn.Module]]]
"""Does one step; and gives the networks that draw, in eval mode, of which the best counts."""


class _Plain(Plain):
    """The plain loop, whose networks can be looked at."""

    def drawing(self) -> list[nn.Module]:
        """The generator, and its running average where there is one; in eval mode.

        The parameters are given to our network of the same function, which draws in a quarter of the time.
        """
        networks: list[nn.Module] = [self._generator]
        if self._average is not None:
            networks.append(self._average.module)
        drawers: list[nn.Module] = []
        for network in networks:
            drawer = self._pair.make_generator()
            drawer.load_state_dict(network.state_dict())
            drawers.append(drawer.eval())
        return drawers


def ours(config: RunConfig, dataset: Dataset, threads: int) -> Training:
    """Our engine."""
    torch.set_num_threads(threads)
    engine = Engine(config, dataset, CPU, "fp32", pair_for(config, dataset))
    return engine.train_step, lambda: [engine.ema]


def plain(config: RunConfig, dataset: Dataset, threads: int) -> Training:
    """The plain loop."""
    peer = _Plain()
    peer.prepare(config, dataset, CPU, threads)
    return lambda: peer.step(1), peer.drawing


SIDES: dict[str, Callable[[RunConfig, Dataset, int], Training]] = {"ours": ours, "plain": plain}


@torch.inference_mode()
def drawn(network: nn.Module, z: Tensor, labels: Tensor | None) -> Tensor:
    """Samples as bytes (N, 28, 28)."""
    parts = [
        network(z[start : start + CHUNK], None if labels is None else labels[start : start + CHUNK])
        for start in range(0, len(z), CHUNK)
    ]
    return to_bytes(torch.cat(parts)).squeeze(1)


def ready_judge(dataset: Dataset) -> Judge:
    """The judge of this data set, whatever it takes."""
    judge = Judge.open(dataset, CPU)
    while not judge.work(1.0):
        pass
    return judge


def look(judge: Judge, reading: Reading) -> dict[str, float]:
    """The figures of one look at JUDGED samples."""
    distance = judge.distance(reading)
    return {
        "readable": round(reading.readable, 4),
        "classes": seen(reading.shares(judge.classes)),
        "distance": round(distance, 2),
        "floors": round(distance / judge.floor(JUDGED), 2),
    }


def train(options: argparse.Namespace) -> None:
    """One side and seed: a line of JSON at each look."""
    dataset = load(options.data)
    config = combine({"recipe": options.recipe, "seed": options.seed})
    pair = pair_for(config, dataset)
    judge = ready_judge(dataset)
    z, labels = Latent.of(config, pair, CPU).fixed(JUDGED, SEED_OF_SAMPLES)
    step, drawing = SIDES[options.side](config, dataset, options.threads)
    spent, steps, due = 0.0, 0, options.every
    while spent < options.seconds:
        start = time.perf_counter()
        step()
        spent += time.perf_counter() - start
        steps += 1
        if spent >= due or spent >= options.seconds:
            due += options.every
            told = labels if pair.labelled else None
            readings = [judge.read(drawn(network, z, told)) for network in drawing()]
            reading = min(readings, key=judge.distance)
            found = {"seconds": round(spent, 1), "steps": steps, **look(judge, reading)}
            print(json.dumps(found), flush=True)


def started(options: argparse.Namespace, side: str, seed: int) -> "subprocess.Popen[str]":
    """A process that trains one side."""
    command = [sys.executable, "-m", "benchmarks.ten_minutes", "--side", side, "--seed", str(seed)]
    command += ["--recipe", options.recipe, "--seconds", str(options.seconds), "--every", str(options.every)]
    command += ["--threads", str(options.cores)]
    if options.data:
        command += ["--data", options.data]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=measured_environment(),
    )


def looks(options: argparse.Namespace, seed: int, sides: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """All looks at each of these sides, which train at the same time; none trains on where one fails."""
    found: dict[str, list[dict[str, Any]]] = {}
    with ThreadPoolExecutor(len(sides)) as pool, ExitStack() as ending:
        outputs = {}
        for side in sides:
            process = started(options, side, seed)
            ending.callback(process.kill)
            outputs[pool.submit(process.communicate)] = side, process
        for output in as_completed(outputs):
            side, process = outputs[output]
            lines = output.result()[0].splitlines()
            if process.returncode or not lines:
                sys.exit(f"the {side} side of seed {seed} ended with status {process.returncode}")
            found[side] = [json.loads(line) for line in lines]
    return found


def compare(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    """Both sides of one seed: the best look and the last of each."""
    turns: list[list[str]] = [[side] for side in SIDES] if options.cores > 1 else [list(SIDES)]
    found = {side: own for turn in turns for side, own in looks(options, seed, turn).items()}
    figures = {
        side: {"best": min(found[side], key=lambda look: look["distance"]), "last": found[side][-1]}
        for side in SIDES
    }
    return {"recipe": options.recipe, "seed": seed, "commit": commit_of().id, **figures}


def main() -> None:
    """Measure; a line of JSON for each seed, then the medians of the best distances."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="data set [the embedded digits]")
    parser.add_argument("--recipe", default="labelled", help="recipe [labelled]")
    parser.add_argument("--seeds", type=int, nargs="+", default=[41, 42, 43, 44, 45])
    parser.add_argument("--seconds", type=float, default=600.0, help="of training [600]")
    parser.add_argument("--every", type=float, default=30.0, help="seconds of training between looks [30]")
    parser.add_argument(
        "--cores", type=int, default=1, help="threads of a side; above 1 they run in turn [1]"
    )
    parser.add_argument("--side", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        train(options)
        return
    rows = []
    for seed in options.seeds:
        rows.append(compare(options, seed))
        print(json.dumps(rows[-1]), flush=True)
    best = {side: [row[side]["best"]["distance"] for row in rows] for side in SIDES}
    print(json.dumps({side: [statistics.median(d), min(d), max(d)] for side, d in best.items()}))


if __name__ == "__main__":
    main()
