"""Anybody's side of the history: read-only, while it is written, after the end and after a crash."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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
from gan_tui.runs.history.merging import WEIGHT, merged
from gan_tui.runs.history.rows import event_of, report_of
from gan_tui.runs.history.schema import (
    BOUNDS,
    HARDWARE,
    LOSSES,
    OPINIONS,
    SPEEDS,
    VISIBLE,
    open_for_reading,
    version_of,
)
from gan_tui.runs.run import Run

_Kind = TypeVar("_Kind", bound=Record)

TelemetryColumns = dict[str, list[float | None]]

_REPORT: Final = "step, shares, readable, seen, distance, floor, samples, accuracy, seconds, ema"

COLUMNS: Final = (
    "id", "time", "step", "epoch", "elapsed",
    *(loss + part for loss in LOSSES for part in ("", "_min", "_max")), *OPINIONS, *SPEEDS, *HARDWARE,
)  # fmt: skip
"""Keys of :meth:`HistoryReader.telemetry`, in order."""
_NO_END: Final = 2**63 - 1
_NEWEST_SHARE: Final = 4
"""Of the points one in so many is for the newest rows, as they are."""


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

    def events(
        self, after: int = 0, before: int | None = None, limit: int | None = None, marked: bool = False
    ) -> list[Event]:
        """Events, oldest first; numbers rise, with gaps where old events of pruned checkpoints were dropped.

        Args:
            after: only those with a greater number.
            before: and with a lesser number.
            limit: of those only so many, the newest.
            marked: only those that the chart's axis shows, and restores, which take marks away.
        """
        query = (
            "SELECT * FROM events WHERE seq > ? AND seq < ? "  # noqa: S608 - fixed text
            + ("AND (mark != '' OR kind = 'restored') " if marked else "")
            + "ORDER BY seq DESC LIMIT ?"
        )
        upto = _NO_END if before is None else before
        with self._rows(query, (after, upto, -1 if limit is None else limit)) as rows:
            return [event_of(row) for row in rows][::-1]

    def reports(self) -> list[Report]:
        """The judge's reports that still count, oldest first.

        Of those of long ago some, with the best and the one with most classes among them.
        """
        query = f"WITH {BOUNDS} SELECT {_REPORT} FROM reports {VISIBLE} ORDER BY id"  # noqa: S608 - fixed text
        with self._rows(query) as rows:
            return [report_of(row) for row in rows]

    def telemetry(self, limit_points: int = 4000, after: int = 0) -> TelemetryColumns:
        """The curves, reduced: at most so many points, oldest first; steps do not fall.

        Rows that a restore made obsolete are left out. Where there are more rows than points, the newest fill
        a quarter of the points as they are, and of those before them neighbours become one: losses are means
        over their updates, with the least and the greatest beside them. Rows of long ago were merged already
        when they were kept: an ``id`` may then stand for all rows since the one before it.

        Args:
            limit_points: at least 1.
            after: only rows with a greater ``id``.

        Returns:
            Column name → list, all of one length: id, time (Unix seconds), step, epoch, elapsed (seconds of
            training), d_real, d_real_min, d_real_max, the same of d_fake and g, opinion_real, opinion_fake,
            right_real, right_fake, steps_per_second, images_per_second, cpu_percent, ram_bytes, gpu_percent,
            gpu_bytes, gpu_celsius, gpu_watts. None is a gap.
        """
        limit = max(1, limit_points)
        with self._opened() as connection:
            found = [] if connection is None else _curves(connection, self._path, limit, after)
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
        with self._opened() as connection:
            yield iter(()) if connection is None else connection.execute(query, arguments)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        connection = None
        try:
            connection = open_for_reading(self._path)
            yield connection
        except (sqlite3.Error, msgspec.MsgspecError, OSError, TypeError, ValueError) as error:
            raise RunError(
                f"{self._path} cannot be read ({error}); the run's checkpoints are untouched"
            ) from error
        finally:
            if connection is not None:
                connection.close()


def _curves(
    connection: sqlite3.Connection, path: Path, limit: int, after: int
) -> list[tuple[float | None, ...]]:
    """Rows of :data:`COLUMNS`, at most ``limit``; all from one moment of the history."""
    weight = WEIGHT if version_of(connection, path) > 1 else "1"
    visible = f"FROM telemetry {VISIBLE} AND id > ?"
    connection.execute("BEGIN")
    (total,) = connection.execute(f"WITH {BOUNDS} SELECT COUNT(*) {visible}", (after,)).fetchone()
    if total <= limit:
        query = f"WITH {BOUNDS} SELECT {', '.join(COLUMNS)} {visible} ORDER BY id"
        return connection.execute(query, (after,)).fetchall()
    newest = limit // _NEWEST_SHARE
    older = total - newest
    query = (
        f"WITH {BOUNDS}, numbered AS "  # noqa: S608 - fixed text
        f"(SELECT telemetry.*, ROW_NUMBER() OVER (ORDER BY id) - 1 AS position {visible}) "
        f"SELECT {merged(COLUMNS, weight)} FROM numbered "
        "GROUP BY CASE WHEN position < ? THEN position * ? / ? ELSE position END ORDER BY id"
    )
    return connection.execute(query, (after, older, limit - newest, older)).fetchall()


def _of(kind: type[_Kind], record: Down | None) -> _Kind | None:
    return record if isinstance(record, kind) else None
