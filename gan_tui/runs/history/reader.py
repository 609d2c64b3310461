"""Anybody's side of the history: read-only, while it is written, after the end and after a crash."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec

from gan_tui.link.messages import (
    Down,
    Event,
    Goodbye,
    Health,
    Record,
    Report,
    RunState,
    Samples,
    Status,
    Telemetry,
)
from gan_tui.link.wire import decode_down
from gan_tui.runs.errors import RunError
from gan_tui.runs.history.rows import event_of, report_of
from gan_tui.runs.history.schema import HARDWARE, LOSSES, OPINIONS, SPEEDS, VISIBLE, open_for_reading
from gan_tui.runs.run import Run

_Kind = TypeVar("_Kind", bound=Record)

TelemetryColumns = dict[str, list[float | None]]

_MEANS: Final = (*OPINIONS, *SPEEDS, *HARDWARE)
_REPORT: Final = "step, shares, readable, seen, distance, floor, samples, accuracy, seconds, ema"
_LOSS_PARTS: Final = tuple(
    part
    for loss in LOSSES
    for part in (
        f"1.0 * SUM({loss} * {loss}_count) / SUM(CASE WHEN {loss} IS NOT NULL THEN {loss}_count END) {loss}",
        f"MIN({loss}_min) AS {loss}_min",
        f"MAX({loss}_max) AS {loss}_max",
    )
)
_REDUCED: Final = ", ".join([
    "MAX(id) AS id", "MAX(time) AS time", "MAX(step) AS step", "MAX(epoch) AS epoch",
    "MAX(elapsed) AS elapsed", *_LOSS_PARTS, *(f"AVG({name}) AS {name}" for name in _MEANS),
])  # fmt: skip


class StatusRow(msgspec.Struct, frozen=True):
    """The last that a trainer wrote about itself: newest status and telemetry, and when (Unix seconds)."""

    time: float
    status: Status | None = None
    telemetry: Telemetry | None = None

    @property
    def state(self) -> RunState:
        """The state that it was in."""
        return self.status.state if self.status else "starting"

    @property
    def step(self) -> int:
        """Finished steps."""
        return self.telemetry.step if self.telemetry else 0


class Latest(msgspec.Struct, frozen=True):
    """The newest record of each type, for a viewer of a run that has ended."""

    status: Status | None = None
    telemetry: Telemetry | None = None
    ema: Samples | None = None
    raw: Samples | None = None
    real: Samples | None = None
    report: Report | None = None
    health: Health | None = None
    goodbye: Goodbye | None = None


class HistoryReader:
    """Reads a run's history; each call opens it anew, so any thread may call. Nothing there yet: empty.

    Raises:
        RunError: from every method, where the file is damaged or of a newer version.
    """

    def __init__(self, run: Run) -> None:
        self._path = run.history_path

    def events(self, after: int = 0) -> list[Event]:
        """The events with a greater number, oldest first."""
        with self._rows("SELECT * FROM events WHERE seq > ? ORDER BY seq", (after,)) as rows:
            return [event_of(row) for row in rows]

    def reports(self) -> list[Report]:
        """The judge's reports that still count, oldest first."""
        query = (
            f"{VISIBLE} SELECT {_REPORT} "  # noqa: S608 - fixed text
            "FROM reports JOIN bounds USING (segment) WHERE last IS NULL OR step <= last ORDER BY id"
        )
        with self._rows(query) as rows:
            return [report_of(row) for row in rows]

    def telemetry(self, limit_points: int = 4000, after: int = 0) -> TelemetryColumns:
        """The curves, reduced: at most so many points, oldest first; steps do not fall.

        Rows that a restore made obsolete are left out. Where there are more rows than points, neighbours
        become one: losses are means over their updates, with the least and the greatest beside them.

        Args:
            limit_points: at least 1.
            after: only rows with a greater ``id``.

        Returns:
            Column name → list, all of one length: id, time (Unix seconds), step, epoch, elapsed (seconds of
            training), d_real, d_real_min, d_real_max, the same of d_fake and g, opinion_real, opinion_fake,
            right_real, right_fake, steps_per_second, images_per_second, cpu_percent, ram_bytes, gpu_percent,
            gpu_bytes, gpu_celsius, gpu_watts. None is a gap.
        """
        query = (
            f"{VISIBLE} , visible AS ("  # noqa: S608 - fixed text
            "SELECT id AS row, ROW_NUMBER() OVER (ORDER BY id) - 1 AS position "
            "FROM telemetry JOIN bounds USING (segment) WHERE id > ? AND (last IS NULL OR step <= last)"
            "), counted AS (SELECT COUNT(*) AS total FROM visible) "
            f"SELECT {_REDUCED} FROM visible CROSS JOIN counted CROSS JOIN telemetry ON telemetry.id = row "
            "GROUP BY CASE WHEN total <= ? THEN position ELSE position * ? / total END ORDER BY id"
        )
        limit = max(1, limit_points)
        with self._rows(query, (after, limit, limit)) as rows:
            found = list(rows)
        columns = zip(*found, strict=True) if found else ([] for _ in COLUMNS)
        return {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)}

    def status(self) -> StatusRow | None:
        """What the trainer last wrote about itself; None before it wrote anything."""
        with self._rows("SELECT time, payload FROM latest WHERE type IN ('Status', 'Telemetry')") as rows:
            found = [(float(time), decode_down(payload)) for time, payload in rows]
        if not found:
            return None
        status = next((record for _, record in found if isinstance(record, Status)), None)
        telemetry = next((record for _, record in found if isinstance(record, Telemetry)), None)
        return StatusRow(time=max(time for time, _ in found), status=status, telemetry=telemetry)

    def latest(self) -> Latest:
        """The newest of everything."""
        with self._rows("SELECT type, payload FROM latest") as rows:
            found = {kind: decode_down(payload) for kind, payload in rows}
        return Latest(
            status=_of(Status, found.get("Status")),
            telemetry=_of(Telemetry, found.get("Telemetry")),
            ema=_of(Samples, found.get("Samples:ema")),
            raw=_of(Samples, found.get("Samples:raw")),
            real=_of(Samples, found.get("Samples:real")),
            report=_of(Report, found.get("Report")),
            health=_of(Health, found.get("Health")),
            goodbye=_of(Goodbye, found.get("Goodbye")),
        )

    @contextmanager
    def _rows(self, query: str, arguments: tuple[Any, ...] = ()) -> Iterator[Iterator[tuple[Any, ...]]]:
        connection = None
        try:
            connection = open_for_reading(self._path)
            yield iter(()) if connection is None else connection.execute(query, arguments)
        except (sqlite3.Error, msgspec.MsgspecError, OSError, TypeError, ValueError) as error:
            raise RunError(
                f"{self._path} cannot be read ({error}); the run's checkpoints are untouched"
            ) from error
        finally:
            if connection is not None:
                connection.close()


COLUMNS: Final = (
    "id", "time", "step", "epoch", "elapsed",
    *(loss + part for loss in LOSSES for part in ("", "_min", "_max")), *_MEANS,
)  # fmt: skip
"""Keys of :meth:`HistoryReader.telemetry`, in order."""


def _of(kind: type[_Kind], record: Down | None) -> _Kind | None:
    return record if isinstance(record, kind) else None
