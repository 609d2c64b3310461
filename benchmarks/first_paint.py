"""Seconds from exec to the first painted frame, in a pseudo-terminal whose bytes are read as they come.

Run ``python -m benchmarks.first_paint``. Two starts alternate with a bare ``python -c pass`` (the machine's
own share of each): ``run``, which also starts a trainer after the first paint, and ``attach`` to a finished
start. ``first_byte`` is the first thing written, ``frame`` is when the title of the first pane and the last
key of the footer have both been read: the frame is whole.

Expected: a frame within half a second on an idle machine (DESIGN section 4: a viewer can paint in 0.4 s if it
imports little), and before torch is loaded in the trainer.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.scratch import PROGRAM, Window, add_run_options, scratch_home, show, size_of, told
from gan_tui.bench.spread import spread
from gan_tui.runs.run import Run, find_run


def bare() -> float:
    """Seconds of an interpreter that does nothing."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start


def paint(command: list[str], size: tuple[int, int]) -> tuple[float, float, int]:
    """Seconds to the first byte and to the whole first frame; bytes written until then."""
    window = Window([*PROGRAM, *command], size)
    try:
        while not window.read(5.0) and not window.ended:
            pass
        first = time.perf_counter() - window.started
        frame = window.until(b"SAMPLES", b"quit")
        return first, frame, len(window.seen)
    finally:
        window.close()


def end_trainer(run: Run) -> None:
    """End the trainer that a start left behind."""
    deadline = time.monotonic() + 30
    while not (pid := run.manifest().pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if pid:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def measure(options: argparse.Namespace, root: Path) -> dict[str, object]:
    """Alternate the starts; all times in seconds."""
    size, folder = size_of(options.size), root / "runs"
    times: dict[str, list[float]] = {}

    def keep(name: str, value: float) -> None:
        times.setdefault(name, []).append(value)

    for turn in range(options.repeats + 1):
        name = f"run-{turn}"
        starts = {
            "run": ["run", "--recipe", options.recipe, "--name", name, "--runs-dir", str(folder)],
            "attach": ["attach", name, "--runs-dir", str(folder)],
        }
        plain = bare()
        for kind, command in starts.items():
            first, frame, count = paint(command, size)
            if kind == "run":
                end_trainer(find_run(name, folder))
            if turn:  # the first turn warms the file cache
                keep(f"{kind}_first_byte", first)
                keep(f"{kind}_frame", frame)
                keep(f"{kind}_frame_over_bare", frame / plain)
                keep(f"{kind}_bytes", count)
        if turn:
            keep("bare_python", plain)
    return {"size": options.size, **{name: spread(values) for name, values in times.items()}}


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_run_options(parser)
    parser.add_argument("--repeats", type=int, default=10, help="starts of each kind [10]")
    options = parser.parse_args()
    with told(), scratch_home() as root:
        result = measure(options, root)
    show(result, options.json)


if __name__ == "__main__":
    main()
