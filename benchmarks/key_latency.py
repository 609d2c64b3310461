"""Time from a key to its effect: pause, resume and the ratio, while it trains and while it is paused.

Run ``python -m benchmarks.key_latency``. Three distances:

- ``link``: from the client's ``send`` to the trainer's answer *applied*, and to the status that shows it. No
  terminal takes part.
- ``screen``: from the key's byte to the screen, with tmux as the terminal. ``shown`` is the first screen on
  which the new value stands (the viewer shows it at once, marked as not yet answered), ``answered`` the first
  without that mark. Each is read by capture-pane as fast as that goes; ``look`` is how long one capture
  takes, so the figures may be that much too long.

Expected: applied within one step or 100 ms, whichever is longer, also while paused (DESIGN section 1); shown
in the viewer's next frame. ``step`` is the time of one step, to compare with.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.scratch import PROGRAM, add_run_options, given, scratch_home, show, size_of, told
from gan_tui.bench.errors import BenchError
from gan_tui.bench.scratch import PATIENCE, listening, telemetry, trainer
from gan_tui.bench.spread import spread
from gan_tui.link.client import Client
from gan_tui.link.commands import AnyCommand, Pause, Resume, Set
from gan_tui.link.messages import Applied, Refused, Status
from gan_tui.runs.run import Run

Times = dict[str, list[float]]


def over_link(run: Run, repeats: int) -> Times:
    """Milliseconds to the answer and to the status, by command and state."""
    times: Times = {}
    with listening(run, watching=True) as client:

        def timed(name: str, command: AnyCommand, holds: Callable[[Status], bool]) -> None:
            answer, status = until_applied(client, command, holds)
            times.setdefault(f"link {name}, answer", []).append(answer)
            times.setdefault(f"link {name}, status", []).append(status)

        for _ in range(repeats):
            at = telemetry(client, lambda _: True, run).step
            # Not always at the same moment after the resume.
            telemetry(client, lambda tick, past=at + 2: tick.step > past, run)  # type: ignore[misc]  # a default binds the loop's value
            timed("ratio, training", Set(parameter="g_steps", value=2), lambda s: s.settings.g_steps == 2)
            timed("pause, training", Pause(), lambda status: status.state == "paused")
            timed("ratio, paused", Set(parameter="g_steps", value=1), lambda s: s.settings.g_steps == 1)
            timed("resume, paused", Resume(), lambda status: status.state == "training")
        rates: list[float] = []
        while len(rates) < 10:
            rates.append(telemetry(client, lambda tick: tick.steps_per_second > 0, run).steps_per_second)
        times["step"] = [1e3 / rate for rate in rates]
    return times


def until_applied(
    client: Client, command: AnyCommand, holds: Callable[[Status], bool]
) -> tuple[float, float]:
    """Send a command; milliseconds to its answer, and to the status that shows its effect.

    Raises:
        BenchError: it was refused, or not answered in time.
    """
    start = time.perf_counter()
    number = client.send(command)
    answer = status = 0.0
    while not (answer and status):
        for record in client.receive(1.0):
            now = (time.perf_counter() - start) * 1e3
            if isinstance(record, Refused) and record.id == number:
                raise BenchError(f"{command} was refused: {record.because}")
            if isinstance(record, Applied) and record.id == number:
                answer = answer or now
            if isinstance(record, Status) and holds(record):
                status = status or now
        if time.perf_counter() - start > PATIENCE:
            raise BenchError(f"{command} was not answered in {PATIENCE:.0f} s")
    return answer, status


class Screen:
    """A viewer in a private tmux server."""

    def __init__(self, run: Run, root: Path, size: tuple[int, int]) -> None:
        self._socket = str(root / "tmux")
        self.looks: list[float] = []
        command = [*PROGRAM, "attach", str(run.path)]
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), *command)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments], check=True, capture_output=True, text=True
        ).stdout

    def press(self, key: str) -> None:
        """Send one key."""
        self._tmux("send-keys", key)

    def until(self, holds: Callable[[str], bool]) -> float:
        """Look until it holds; returns when (perf_counter).

        Raises:
            BenchError: it did not in time.
        """
        end = time.monotonic() + PATIENCE
        text = ""
        while time.monotonic() < end:
            start = time.perf_counter()
            text = self._tmux("capture-pane", "-p")
            now = time.perf_counter()
            self.looks.append((now - start) * 1e3)
            if holds(text):
                return now
        raise BenchError(f"the screen did not come:\n{text}")

    def close(self) -> None:
        """The viewer ends with its terminal."""
        self._tmux("kill-server")


def shown(text: str, value: int) -> bool:
    """The value stands in STEER, answered or not."""
    return re.search(rf"G steps +{value}(?:[* …]|\.\.\.)", text) is not None


def answered(text: str, value: int) -> bool:
    """The value stands in STEER without the mark of what is still on its way."""
    return re.search(rf"G steps +{value}[* ] +[●·]", text) is not None


def on_screen(run: Run, root: Path, size: tuple[int, int], repeats: int) -> Times:
    """Milliseconds from the key to the screen."""
    screen = Screen(run, root, size)
    times: Times = {}

    def timed(name: str, key: str, *holds: tuple[str, Callable[[str], bool]]) -> None:
        start = time.perf_counter()
        screen.press(key)
        for word, condition in holds:
            times.setdefault(f"screen {name}, {word}", []).append((screen.until(condition) - start) * 1e3)

    def ratio(value: int) -> tuple[tuple[str, Callable[[str], bool]], tuple[str, Callable[[str], bool]]]:
        return ("shown", lambda text: shown(text, value)), ("answered", lambda text: answered(text, value))

    try:
        screen.until(lambda text: " TRAINING " in text and answered(text, 1))
        for _ in range(repeats):
            timed("ratio, training", "g", *ratio(2))
            timed("pause, training", "Space", ("shown", lambda text: " PAUSED " in text))
            timed("ratio, paused", "G", *ratio(1))
            timed("resume, paused", "Space", ("shown", lambda text: " TRAINING " in text))
        times["look"] = screen.looks
    finally:
        screen.close()
    return times


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_run_options(parser)
    parser.add_argument("--repeats", type=int, default=20, help="how often each key is pressed [20]")
    options = parser.parse_args()
    with told(), scratch_home() as root, trainer(root, given(options)) as (run, _):
        times = over_link(run, options.repeats)
        if shutil.which("tmux"):
            times |= on_screen(run, root, size_of(options.size), options.repeats)
        else:
            print("no tmux: nothing measured on the screen", file=sys.stderr)
    if not options.json:
        print("milliseconds")
    show({name: spread(values) for name, values in times.items()}, options.json)


if __name__ == "__main__":
    main()
