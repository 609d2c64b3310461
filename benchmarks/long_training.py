"""The trainer's own memory over many steps: resident bytes after N of them, and after ten times as many.

Run ``python -m benchmarks.long_training`` (five minutes of a core; ``--steps 2000``: half a minute). A
process of its own puts a real trainer together (history, link, engine, loop, archivist, judge) around a pair
of networks so small that a thousand steps take a second, and turns its loop. All that goes on in a run goes
on: checkpoints and TensorBoard points each 200 steps, reports, events, samples for one viewer, ticks for it
and for the history. The loop's clock goes 20 times as fast as the machine's, so that to the loop there are
some 50 steps a second: as many ticks, rows and reports come as in a run of that many steps.

Expected: 345 MB, nearly all of it torch and the judge, after 20,000 steps, and at most 16 MB more after
200,000 (the bound: the script ends with status 1 where it is broken). What may grow until it is full, and
is full soon: queues, the history's page cache (2 MB), the allocators' pools. A leak of 100 bytes a step, or
of 1 KB a tick, would be 18 MB or more. Found with ``--steps 4000`` on a busy machine: 339 MB after 4,000
steps, 343.5 after 8,000 (the judge has come), 344.4 after 40,000.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any, Final

import psutil
import torch
from torch import Tensor, nn

from benchmarks.long_history import stored
from gan_tui.bench.environment import measured_environment
from gan_tui.bench.scratch import listening, scratch_home
from gan_tui.config.sources import combine
from gan_tui.data import load
from gan_tui.networks import PAIRS, Discriminator, Generator, Pair
from gan_tui.networks.base import one_hot
from gan_tui.runs.run import create_run
from gan_tui.training.assembly import assemble
from gan_tui.training.clock import SystemClock
from gan_tui.training.office import open_office
from gan_tui.training.signals import Signals

MOST_MORE: Final = 16.0
"""Megabytes that may be added between N and ten times N steps."""
MARKS: Final = (1, 2, 5, 10)
"""Multiples of N after which memory is read."""
LISTEN_EVERY: Final = 20
"""Turns of the loop between two looks of the viewer into its socket."""
SHAPE: Final = (1, 28, 28)
PIXELS: Final = 28 * 28
GIVEN: Final[dict[str, Any]] = {
    "recipe": "swift", "steps": 0, "device": "cpu", "precision": "fp32", "threads": 1,
    "d_batch": 8, "g_batch": 8,
}  # fmt: skip


class SmallGenerator(Generator):
    """z and label → one linear layer → image."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.latent, self.classes = 8, classes
        self.linear = nn.Linear(self.latent + classes, PIXELS)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Generator.forward``."""
        x = torch.cat([z, one_hot(labels, self.classes, z.dtype)], 1) if self.classes else z
        return torch.sigmoid(self.linear(x)).view(-1, *SHAPE)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``."""
        return {"linear": self.linear.weight.numel()}


class SmallDiscriminator(Discriminator):
    """Image and label → one linear layer → logit."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.linear = nn.Linear(PIXELS + classes, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Discriminator.forward``."""
        x = images.flatten(1)
        x = torch.cat([x, one_hot(labels, self.classes, x.dtype)], 1) if self.classes else x
        logits: Tensor = self.linear(x)
        return logits.squeeze(1)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Discriminator.multiply_adds``."""
        return {"linear": self.linear.weight.numel()}


class FastClock:
    """The machine's clock, so many times as fast."""

    def __init__(self, times: float) -> None:
        self._times, self._system = times, SystemClock()
        self._began = self._system.now(), self._system.time()

    def now(self) -> float:
        """See ``Clock.now``."""
        return self._times * self._system.now()

    def time(self) -> float:
        """See ``Clock.time``."""
        return self._began[1] + self._times * (self._system.now() - self._began[0])


def train(steps: int, speed: float) -> list[dict[str, Any]]:
    """Train, and read this process's memory at the marks."""
    found: list[dict[str, Any]] = []
    process = psutil.Process()
    config = combine(GIVEN)
    PAIRS[config.networks] = Pair(
        config.networks, 8, labelled=True, image_shape=SHAPE, classes=10, generator=SmallGenerator,
        discriminator=SmallDiscriminator,
    )  # fmt: skip
    dataset = load(config.data)
    with scratch_home() as root, ExitStack() as stack:
        run = create_run(config, root / "runs", None, GIVEN)
        office = open_office(run, Signals(), FastClock(speed), stack)
        loop = stack.enter_context(assemble(office, dataset, None))
        client = stack.enter_context(listening(run, watching=True))
        loop.begin()
        began, turns = time.perf_counter(), 0
        for mark in MARKS:
            while office.board.telemetry is None or office.board.telemetry.step < mark * steps:
                loop.turn()
                turns += 1
                if turns % LISTEN_EVERY == 0:
                    client.receive(0.0)
            office.history.flush()
            tick = office.board.telemetry
            found.append(
                {
                    "steps": tick.step,
                    "seconds": round(time.perf_counter() - began, 1),
                    "resident_megabytes": round(process.memory_info().rss / 1e6, 1),
                    "ticks": tick.seq,
                    "viewers": tick.viewers,
                    "checkpoint_step": office.board.status.checkpoint_step,
                    **{name: count for name, count in stored(run).items() if name != "megabytes"},
                }
            )
    return found


def table(found: list[dict[str, Any]]) -> list[str]:
    """The figures, a column a mark."""
    return [f"{name:<18}" + "".join(f"{row[name]:>14,}" for row in found) for name in found[0]]


def main() -> None:
    """Train in a process with a trainer's environment; print what it found, and hold it to the bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--steps", type=int, default=20_000, help="N: memory is read after 1, 2, 5, 10 N [20000]"
    )
    parser.add_argument("--speed", type=float, default=20.0, help="how fast the loop's clock goes [20]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        torch.set_num_threads(1)
        print(json.dumps(train(options.steps, options.speed)))
        return
    command = [sys.executable, "-m", "benchmarks.long_training", "--inside"]
    command += ["--steps", str(options.steps), "--speed", str(options.speed)]
    environment = {**measured_environment(), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, **environment}, check=False)
    if made.returncode:
        sys.exit("the training failed; nothing was measured")
    found = json.loads(made.stdout.splitlines()[-1])
    print(json.dumps(found, indent=2) if options.json else "\n".join(table(found)))
    more = found[-1]["resident_megabytes"] - found[0]["resident_megabytes"]
    if more > MOST_MORE:
        sys.exit(
            f"{more:.1f} MB were added after {found[0]['steps']:,} steps, and at most {MOST_MORE:g} should be"
        )


if __name__ == "__main__":
    main()
