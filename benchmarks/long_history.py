"""What a long run costs: a history of an hour's quarter, of ten million steps, and of a month, side by side.

Run ``python -m benchmarks.long_history`` (six minutes of an idle core; ``--quick``: without the month, half a
minute).

Each history is written by the real writer, as fast as it can, with the times of a real run: two rows a second
at 45 steps a second, a report of the judge each 3 s, an event for each automatic checkpoint (each 200 steps),
a changed setting each 10 minutes, and each 6 hours a restore 1,000 steps back. "short" has 1,000 rows; "ten
million" has 10,000,000 steps (444,000 rows, 62 hours); "month" has 5,184,000 rows (117 million steps). Then a
viewer attaches, in this process, and what it does is timed in turns, by processor time.

Beside it a viewer that stays: as many ticks, 20 a second, go into one picture, and its frame is drawn.

The bounds, which docs/ARCHITECTURE.md states and this script holds (it says which are broken, and ends with
status 1): 23,000 rows of telemetry, 6,000 reports and 1,280 events of automatic checkpoints; all other events
are there, and the file has 9 MB and 100 bytes for each of them; a viewer's picture has 1 MB; a month's
history is read in 1.5 times the time of ten million steps', and either in 40 times that of 1,000 rows; a
frame of the chart takes at most 3 times that of 1,000 rows, and after a million ticks at most 1.5 times that
of 100,000.

Expected: rows 1,000, 12,900 and 15,300; 4.6 and 5.8 MB, of which events below 0.1 and 0.4; reading 4,000
points 16 and 19 times what 1,000 rows take; a frame twice the short one's, since it has 4,000 points for
1,000; writing a row 40 µs, thinning among it.

Before events of pruned checkpoints were dropped, on two busy cores of an AMD EPYC: 12,887 and 15,319 rows;
7.5 and 38 MB, of which events 3 and 33 (57 bytes each); reading 4,000 points 116 and 132 ms beside 7;
attaching 133 and 148 ms beside 11; a picture 0.36 MB; the chart 18 ms beside 8.5, on the whole screen 42
beside 25; a row 33 and 40 µs; after 1,000, 100,000 and a million ticks a frame of 24, 24 and 22 ms.

Since then, ten million steps: 12,887 rows and 1,028 events of automatic checkpoints in 4.9 MB; reading 116 ms
beside 6.6 (17 times), attaching 130 beside 8.6, the chart 16.6 beside 7.8 (2.1 times), on the whole screen 40
beside 21; a row 39 µs; a frame of 21, 19 and 19 ms.
"""

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gan_tui.link.messages import Hardware, Moments, Report, Telemetry
from gan_tui.runs.history import HistoryReader, HistoryWriter
from gan_tui.runs.history.saves import AUTOMATIC
from gan_tui.runs.history.thinning import STANDARD, Levels, Thinning
from gan_tui.runs.run import Run
from gan_tui.viewer.live_source import LiveSource
from gan_tui.viewer.picture import Picture
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets import events, game, losses
from gan_tui.viewer.widgets.axes import YAxis

ROW_SECONDS: Final = 0.5
STEPS_PER_SECOND: Final = 45.0
STEPS_PER_ROW: Final = STEPS_PER_SECOND * ROW_SECONDS
CHECKPOINT_EVERY: Final = 200
REPORT_ROWS: Final = 6
SETTING_ROWS: Final = 1_200
RESTORE_ROWS: Final = 43_200
RESTORE_STEPS: Final = 1_000
FLUSH_ROWS: Final = 2_048
"""Rows between two flushes: the writer has no more in its queue than in a bad minute of a real run."""
PATIENCE: Final = 600.0
"""Seconds that the disk may take, which others may be writing to."""
LENGTHS: Final = {"short": 1_000, "ten million": 444_445, "month": 5_184_000}
HARDWARE: Final = Hardware(
    cpu_percent=97.0, ram_bytes=3_000_000_000, gpu_percent=80.0, gpu_bytes=2_000_000_000, gpu_celsius=60.0,
    gpu_watts=210.5,
)  # fmt: skip
UNTHINNED: Final = Thinning(
    telemetry=Levels(2**60, 2**60, 8, 1), reports=Levels(2**60, 2**60, 16, 1), saves=2**60
)
MOST: Final = {
    "stored_telemetry": 23_000.0,
    "stored_reports": 6_000.0,
    "stored_automatic": 1_280.0,
    "stored_segments": 257.0,
    "picture_megabytes": 1.0,
}
"""Of any history."""
MEGABYTES: Final = 9.0, 100e-6
"""Of a history: for its bounded tables, and for each event that a user or a fault made."""
MOST_TIMES_SHORT: Final = {
    "read_4000_ms": 40.0,
    "attach_ms": 40.0,
    "chart_ms": 3.0,
    "chart_maximised_ms": 3.0,
}
"""As multiples of the history of 1,000 rows."""
MOST_TIMES_BEFORE: Final = 1.5
"""A month's time to read by that of ten million steps; a frame after a million ticks by one after 100,000."""
MOST_POINTS: Final = 8_000


def row(number: int, step: int, spike: bool) -> Telemetry:
    """A row as the trainer keeps it; a spike reaches far beyond its mean."""
    wave = number % 97 / 97
    d = Moments(count=23, mean=0.5 + 0.2 * wave, min=0.1, max=1.4)
    g = Moments(count=46, mean=0.9 - 0.2 * wave, min=0.2, max=55.5 if spike else 2.5)
    return Telemetry(
        seq=number * 10, time=1.7e9 + number * ROW_SECONDS, step=step, d_updates=step, g_updates=2 * step,
        epoch=step * 64 / 60_000, elapsed=number * ROW_SECONDS, d_real=d, d_fake=d, g=g,
        opinion_real=0.6 - 0.1 * wave, opinion_fake=0.3 + 0.1 * wave, right_real=0.8, right_fake=0.7,
        steps_per_second=STEPS_PER_SECOND + wave, images_per_second=11_520.0 + wave, hardware=HARDWARE,
        viewers=1, event_seq=number // 9,
    )  # fmt: skip


def report(number: int, step: int) -> Report:
    """What the judge says: the longer, the better, with noise."""
    noise = number * 7919 % 101 / 101
    return Report(
        step=step, shares=(0.1,) * 10, readable=0.9 + 0.05 * noise, seen=10, distance=5 + noise + 1e6 / step,
        floor=1.9, samples=500, accuracy=0.99, seconds=0.12, ema=True,
    )  # fmt: skip


def write(run: Run, rows: int, thinning: Thinning) -> dict[str, Any]:
    """Write a history; the processor time of a row, and the longest wait for a commit."""
    writer = HistoryWriter(run, thinning=thinning)
    step, saved, longest = 0.0, 0, 0.0
    began = time.process_time()
    for number in range(1, rows + 1):
        step += STEPS_PER_ROW
        now = int(step)
        writer.put(row(number, now, spike=number == rows // 3 + 7))
        if now // CHECKPOINT_EVERY > saved // CHECKPOINT_EVERY:
            writer.event(now, "auto", "saved", f"saved step-{now:06d}")
            saved = now
        if number % REPORT_ROWS == 0:
            writer.put(report(number, now))
        if number % SETTING_ROWS == 0:
            writer.event(now, "you", "setting", "G steps 1 → 2", "G", "G 1→2")
        if number % RESTORE_ROWS == 0:
            step -= RESTORE_STEPS
            writer.event(int(step), "you", "restored", f"restored step {int(step)}", mark="undo")
        if number % FLUSH_ROWS == 0:
            before = time.perf_counter()
            if not writer.flush(PATIENCE):
                raise SystemExit("the history could not be written")
            longest = max(longest, time.perf_counter() - before)
    writer.close(PATIENCE)
    return {"write_us_a_row": 1e6 * (time.process_time() - began) / rows, "longest_commit_ms": 1e3 * longest}


def stored(run: Run) -> dict[str, Any]:
    """What is on the disk."""
    connection = sqlite3.connect(run.history_path)
    try:
        counts = {
            f"stored_{table}": connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]  # noqa: S608 - fixed names
            for table in ("telemetry", "reports", "events", "segments")
        }
        query = f"SELECT COUNT(*) FROM events WHERE {AUTOMATIC}"  # noqa: S608 - fixed text
        counts["stored_automatic"] = connection.execute(query).fetchone()[0]
    finally:
        connection.close()
    return counts | {"megabytes": run.history_path.stat().st_size / 1e6}


def attached(run: Run) -> Picture:
    """A viewer's picture right after it came, by the live source's own reading."""
    source = LiveSource(run, start=False)
    source._read_history()  # noqa: SLF001 - the listener's first act, without its thread and its trainer
    return source._picture  # noqa: SLF001 - likewise


def chart(snapshot: Snapshot, maximised: bool) -> None:
    """The chart's rows at 120×40: in its place, or on the whole screen."""
    view = ViewOptions(maximised="losses" if maximised else None)
    losses.rows(snapshot, view, *((118, 38) if maximised else (74, 11)), YAxis(lambda: 0.0))


def others(snapshot: Snapshot) -> None:
    """The rows of the events and of the game."""
    events.rows(snapshot, ViewOptions(), 42, 38)
    game.rows(snapshot, ViewOptions(), 42, 12)


def works(run: Run, snapshot: Snapshot) -> dict[str, Callable[[], object]]:
    """What is timed."""
    reader = HistoryReader(run)
    return {
        "read_4000_ms": lambda: reader.telemetry(4_000),
        "read_newest_ms": lambda: reader.telemetry(4_000, after=_newest(run) - 100),
        "read_reports_ms": reader.reports,
        "read_200_events_ms": lambda: reader.events(limit=200),
        "read_200_marks_ms": lambda: reader.events(limit=200, marked=True),
        "attach_ms": lambda: attached(run).snapshot(),
        "chart_ms": lambda: chart(snapshot, maximised=False),
        "chart_maximised_ms": lambda: chart(snapshot, maximised=True),
        "events_and_game_ms": lambda: others(snapshot),
    }


def _newest(run: Run) -> int:
    connection = sqlite3.connect(run.history_path)
    try:
        return int(connection.execute("SELECT MAX(id) FROM telemetry").fetchone()[0])
    finally:
        connection.close()


def timed(
    work: Mapping[str, Mapping[str, Callable[[], object]]], repeats: int
) -> dict[str, dict[str, float]]:
    """History → work → median milliseconds of processor time; the histories take turns."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in work}
    for _ in range(repeats):
        for name, parts in work.items():
            for part, do in parts.items():
                began = time.process_time()
                do()
                found[name].setdefault(part, []).append(1e3 * (time.process_time() - began))
    return {
        name: {part: statistics.median(values) for part, values in parts.items()}
        for name, parts in found.items()
    }


def memory(make: Callable[[], object]) -> float:
    """Megabytes that are held by what this makes."""
    tracemalloc.start()
    try:
        kept = make()
        size = tracemalloc.get_traced_memory()[0]
        del kept
    finally:
        tracemalloc.stop()
    return size / 1e6


def staying(ticks: int) -> dict[str, Any]:
    """A viewer that saw so many ticks come: its points, and what one tick and one frame cost it."""
    picture = Picture("run", lambda: 0.0)
    began = time.process_time()
    for number in range(1, ticks + 1):
        picture.take([row(number, 3 * number, spike=number == ticks // 3)])
    spent = time.process_time() - began
    snapshot = picture.snapshot()
    times = timed({"": {"chart_ms": lambda: chart(snapshot, maximised=True)}}, 5)
    return {
        "ticks": ticks,
        "points": len(snapshot.series),
        "us_a_tick": 1e6 * spent / ticks,
        "greatest_loss": float(snapshot.series.g_max.max()),
        "first_step": float(snapshot.series.step[0]),
        "chart_maximised_ms": times[""]["chart_ms"],
    }


def measure(lengths: Mapping[str, int], repeats: int, thinning: Thinning, root: Path) -> dict[str, Any]:
    """Write the histories and measure them."""
    result: dict[str, dict[str, Any]] = {}
    work: dict[str, dict[str, Callable[[], object]]] = {}
    for name, rows in lengths.items():
        run = Run(root / name.replace(" ", "-"))
        run.checkpoints_dir.mkdir(parents=True)
        result[name] = {"rows": rows, "steps": int(rows * STEPS_PER_ROW)} | write(run, rows, thinning)
        result[name] |= stored(run)
        snapshot = attached(run).snapshot()
        greatest = float(snapshot.series.g_max.max())
        result[name] |= {"points": len(snapshot.series), "greatest_loss": greatest}
        result[name]["picture_megabytes"] = memory(lambda run=run: attached(run))  # type: ignore[misc]  # bound early
        work[name] = works(run, snapshot)
        print(f"{name}: written", flush=True)
    times = timed(work, repeats)
    return {name: figures | times[name] for name, figures in result.items()}


def broken(
    histories: Mapping[str, Mapping[str, Any]], stays: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Sentences about bounds that do not hold."""

    def over(name: str, what: str, value: float, most: float) -> Iterator[str]:
        if value > most:
            yield f"{name}: {what} is {value:,.2f}, and should be at most {most:,.2f}"

    short, *longer = histories
    for name, figures in histories.items():
        for what, most in MOST.items():
            yield from over(name, what, figures[what], most)
        asked = figures["rows"] // SETTING_ROWS + figures["rows"] // RESTORE_ROWS
        others = figures["stored_events"] - figures["stored_automatic"]
        if others != asked:
            yield f"{name}: {others} events of the user's are there, and should be {asked}"
        yield from over(name, "megabytes", figures["megabytes"], MEGABYTES[0] + MEGABYTES[1] * asked)
        for what, most in MOST_TIMES_SHORT.items():
            yield from over(name, f"{what} by the short one's", figures[what] / histories[short][what], most)
    if len(longer) > 1:
        before, last = (histories[name]["read_4000_ms"] for name in longer[-2:])
        yield from over(longer[-1], f"read_4000_ms by that of {longer[-2]}", last / before, MOST_TIMES_BEFORE)
    for name, figures in stays.items():
        yield from over(name, "points", figures["points"], MOST_POINTS)
    before, last = (figures["chart_maximised_ms"] for figures in list(stays.values())[-2:])
    yield from over("staying", "a frame by that of a tenth of the ticks", last / before, MOST_TIMES_BEFORE)


def figure(value: float) -> str:
    """Thousands apart; decimals where there are any."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.3f}"


def table(result: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The figures side by side, and the last as a multiple of the first."""
    names = list(result)
    lines = [f"{'':<22}" + "".join(f"{name:>16}" for name in names) + "  last by first".rjust(20)]
    for part, first in result[names[0]].items():
        values = [float(result[name][part]) for name in names]
        ratio = f"{values[-1] / first:20.2f}" if first else ""
        lines.append(f"{part:<22}" + "".join(f"{figure(value):>16}" for value in values) + ratio)
    return lines


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="without the month")
    parser.add_argument("--unthinned", action="store_true", help="as it was before old rows were thinned")
    parser.add_argument("--repeats", type=int, default=7, help="measurements of each [7]")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    lengths = {name: rows for name, rows in LENGTHS.items() if not options.quick or name != "month"}
    root = Path(tempfile.mkdtemp(prefix="gan-tui-long-"))
    try:
        result = measure(lengths, options.repeats, UNTHINNED if options.unthinned else STANDARD, root)
    finally:
        shutil.rmtree(root)
    stays = {f"{ticks:,} ticks": staying(ticks) for ticks in (1_000, 100_000, 1_000_000)}
    found = list(broken(result, stays))
    if options.json:
        print(json.dumps({"histories": result, "staying": stays, "broken": found}, indent=2))
    else:
        print("\n".join([*table(result), "", *table(stays)]))
    if found and not options.unthinned:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
