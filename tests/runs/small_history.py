"""A history with small levels, its ticks, and looks into its file."""

import itertools
import os
import signal
import sqlite3
from typing import Any

from gan_tui.link.messages import Hardware, Moments, Telemetry
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.history.schema import BOUNDS, VISIBLE
from gan_tui.runs.history.thinning import Levels, Thinning
from gan_tui.runs.run import Run

SMALL = Thinning(
    telemetry=Levels(full=8, coarse=6, group=3, top=3),
    reports=Levels(full=8, coarse=6, group=5, top=3),
    segments=4,
    every=4,
    piece=12,
)
MOST = 8 + 3 * 6 + SMALL.every + 4 * 2
"""Rows that a small history has at most when it was flushed: its levels, and what was not looked at yet."""


def moment(step: int, loss: float | None, count: int = 1) -> Telemetry:
    """A tick of so many updates of G, whose losses lie a half around the mean."""
    g = None if loss is None else Moments(count=count, mean=loss, min=loss - 0.5, max=loss + 0.5)
    d = Moments(count=1, mean=1.0, min=1.0, max=1.0)
    return Telemetry(
        seq=step, time=float(step), step=step, d_updates=step, g_updates=step, epoch=0.1, elapsed=step / 2,
        d_fake=d, g=g, opinion_fake=0.25, steps_per_second=2.0, hardware=Hardware(cpu_percent=50.0),
    )  # fmt: skip


def sql(run: Run, query: str, *arguments: object) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(run.history_path)
    try:
        return connection.execute(query, arguments).fetchall()
    finally:
        connection.close()


def stored(run: Run) -> int:
    return int(sql(run, "SELECT COUNT(*) FROM telemetry")[0][0])


def summed(run: Run) -> tuple[float | None, float | None, int, float]:
    """Least, greatest, number and sum of the losses of all rows that still count."""
    least, greatest, count, total = sql(
        run,
        f"WITH {BOUNDS} SELECT MIN(g_min), MAX(g_max), SUM(g_count), SUM(g * g_count) "  # noqa: S608 - fixed text
        f"FROM telemetry {VISIBLE}",
    )[0]
    return least, greatest, count or 0, total or 0.0


def die_at(writer: HistoryWriter, words: str) -> None:
    """Kill this process, as a loss of power would, before the 21st statement that begins with these words."""
    left = itertools.count(20, -1)

    def look(statement: str) -> None:
        if statement.startswith(words) and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    writer._connection.set_trace_callback(look)
