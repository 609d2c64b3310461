"""What the first seconds give: the first readable digit, and quality after 30 and 120 s of training.

Run ``python -m benchmarks.first_half_minute --seeds 31 32 33 34 35``. For each seed the program is started
in a pseudo-terminal as a newcomer would (in a home of its own, the default recipe, a viewer watching), and a
second client that counts as no viewer listens beside it. The clock of the first digit starts with the
command: it is the arrival of the first sample whose digit, the one that was asked for, is read by the judge
with a confidence above 0.9. At 30 and 120 s of training a checkpoint is asked for; 2,000 samples of each are
judged at the end.

Expected on two cores of 45 GMAC/s each, nothing else running: first digit after 8 s, at 30 s 94 % read with
more than 0.9 and a distance of 3 to 4 times the floor (ten are allowed), at 120 s twice the floor (four).
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.scratch import PROGRAM, Window, scratch_home, show, size_of, told
from gan_tui.bench.errors import BenchError
from gan_tui.bench.spread import Spread, spread
from gan_tui.data import load
from gan_tui.link.client import Client
from gan_tui.link.commands import Save
from gan_tui.link.messages import Report, Samples, Status, Telemetry
from gan_tui.quality import Judge
from gan_tui.quality.reading import CONFIDENT, seen
from gan_tui.runs.launch import tail_log
from gan_tui.runs.run import Run
from gan_tui.training.sampling import load_generator

ENDED = ("finished", "stopped", "crashed")
"""States of a run that trains no more."""
JUDGED = 2000
SEED_OF_SAMPLES = 7


class Watcher:
    """Listens to one run and notes what came when.

    Args:
        marks: seconds of training at which a checkpoint is asked for. judge: reads the samples.
    """

    def __init__(self, marks: list[float], judge: Judge) -> None:
        self._judge, self._marks = judge, list(marks)
        self.began = time.perf_counter()
        self.result: dict[str, Any] = {}
        self._telemetry: Telemetry | None = None
        self.steps: dict[float, int] = {}
        self.over = False

    def listen(self, client: Client) -> None:
        """Take what has come."""
        for record in client.receive(0.1):
            match record:
                case Telemetry():
                    self._tick(record, client)
                case Samples() if record.kind == "ema" and record.step > 0:
                    self._look(record)
                case Report() if record.readable >= 0.92:
                    elapsed = self._telemetry.elapsed if self._telemetry else 0.0
                    self.result.setdefault("first_report_of_92_s", round(elapsed, 1))
                case Status():
                    self.result |= {"recipe": record.recipe, "threads": record.threads}
                    self.over |= record.state in ENDED

    def _tick(self, record: Telemetry, client: Client) -> None:
        if self._telemetry is None and record.step:
            self.result["first_step_s"] = round(time.perf_counter() - self.began, 1)
        self._telemetry = record
        while self._marks and record.elapsed >= self._marks[0]:
            mark = self._marks.pop(0)
            self.steps[mark] = record.step
            client.send(Save(name=name(mark)))

    def _look(self, record: Samples) -> None:
        if "first_digit_s" in self.result:
            return
        images = np.frombuffer(record.pixels, np.uint8).reshape(record.count, record.height, record.width)
        reading = self._judge.read(images)
        right = reading.classes == torch.tensor(list(record.labels))
        if bool((right & (reading.confidence > CONFIDENT)).any()):
            self.result["first_digit_s"] = round(time.perf_counter() - self.began, 1)
            self.result["first_digit_step"] = record.step


def name(mark: float) -> str:
    """What the checkpoint of this second is called."""
    return f"second-{mark:g}"


def measured(
    seed: int, marks: list[float], root: Path, options: argparse.Namespace, judge: Judge
) -> dict[str, Any]:
    """One run, from the command to the last mark.

    Raises:
        BenchError: it ended too early.
    """
    runs = root / "runs"
    command = [*PROGRAM, "--seed", str(seed), "--seconds", str(marks[-1] + 1), "--runs-dir", str(runs)]
    command += ["--name", f"seed-{seed}"]
    if options.recipe:
        command += ["--recipe", options.recipe]
    watcher = Watcher(marks, judge)
    window = Window(command, size_of(options.size))
    run = Run(runs / f"seed-{seed}")
    client = None
    try:
        end = watcher.began + 3 * marks[-1] + 120
        while not watcher.over and not window.ended and time.perf_counter() < end:
            window.drain(0.0)
            if client is None and (run.path / "run.json").exists():
                client = Client(run.endpoints(), watching=False)
            if client is None:
                window.drain(0.05)
            else:
                watcher.listen(client)
    finally:
        if client is not None:
            client.close()
        window.close()
    found = {"seed": seed, **watcher.result}
    for mark in marks:
        path = next(run.checkpoints_dir.glob(f"*{name(mark)}.safetensors"), None)
        if path is None:
            words = " ".join(tail_log(run, 1)) or repr(bytes(window.seen[-300:]))
            raise BenchError(
                f"seed {seed}: there is no checkpoint of second {mark:g}; the last words: {words}"
            )
        found[f"at_{mark:g}_s"] = {"step": watcher.steps[mark], **judged(path, judge)}
    return found


def judged(path: Path, judge: Judge) -> dict[str, Any]:
    """What the judge reads in samples of this checkpoint's running average."""
    loaded = load_generator(path)
    reading = judge.read(loaded.draw(*loaded.latent(JUDGED, SEED_OF_SAMPLES)))
    distance, floor = judge.distance(reading), judge.floor(JUDGED)
    return {
        "classes": seen(reading.shares(judge.classes)),
        "readable": round(reading.readable, 4),
        "distance": round(distance, 1),
        "floors": round(distance / floor, 2),
    }


def spreads(rows: list[dict[str, Any]], marks: list[float]) -> dict[str, Spread]:
    """Of every figure."""
    figures: dict[str, list[float]] = {}
    for row in rows:
        for key in ("first_step_s", "first_digit_s", "first_report_of_92_s"):
            if key in row:
                figures.setdefault(key, []).append(row[key])
        for mark in marks:
            for key, value in row[f"at_{mark:g}_s"].items():
                figures.setdefault(f"at_{mark:g}_s {key}", []).append(value)
    return {key: spread(found) for key, found in figures.items()}


def main() -> None:
    """Measure and print JSON: a line for each seed, then the spread of every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipe", help="recipe of the training [what a newcomer gets]")
    parser.add_argument("--size", default="120x40", help="the terminal's size [120x40]")
    parser.add_argument("--seeds", type=int, nargs="+", default=[31, 32, 33, 34, 35])
    parser.add_argument("--marks", type=float, nargs="+", default=[30.0, 120.0], help="seconds of training")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = load(None)
    judge = Judge.open(data, torch.device("cpu"))
    while not judge.work(1.0):
        pass
    rows = []
    with told(), scratch_home() as root:
        for seed in options.seeds:
            rows.append(measured(seed, options.marks, root, options, judge))
            print(json.dumps(rows[-1]), flush=True)
    show(spreads(rows, options.marks), as_json=True)


if __name__ == "__main__":
    main()
