"""Old rows become fewer, so that a history of weeks is no larger and no slower to read than one of hours.

The newest rows stay as they were written. Beyond so many, the oldest neighbours of a level become one row of
the next, and so on: the older, the coarser, as in RRDtool's archives. At two rows a second the newest 68
minutes are kept as they were, the 2 hours before them in rows of 4 s, the 18 hours before those in rows of
32 s, 6 days in rows of 4 min, 7 weeks in rows of 34 min, and so on; the last level merges within itself.

Rows that a restore gave up are dropped when their turn comes. A restore into the middle of a merged row gives
the whole row up, so that no step that was given up is ever in a figure: what is lost from the curves beside
it is at most one part in 290 of the training that the restore goes back over.

Each piece of work is a transaction of its own, after the new rows are safe: a crash leaves a history from
before it or from after it. Pages that become free are used again; the file stays as large as it once was.
"""

import sqlite3
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from gan_tui.runs.history.merging import STORED, merged
from gan_tui.runs.history.saves import There, drop, superfluous
from gan_tui.runs.history.schema import BOUNDS, VISIBLE


@dataclass(frozen=True)
class Levels:
    """How many rows stay, and how coarse they get.

    Attributes:
        full: newest rows that stay as they were. coarse: rows of each level after that.
        group: so many neighbours are taken together. top: the last level.
    """

    full: int
    coarse: int
    group: int
    top: int

    def most(self, level: int) -> int:
        """Rows that a level may have."""
        return self.full if level == 0 else self.coarse

    def next(self, level: int) -> int:
        """The level of what is made of a level's rows."""
        return min(level + 1, self.top)


@dataclass(frozen=True)
class Thinning:
    """What is kept of the telemetry, of the judge's reports, of segments, and of the trainer's own events.

    Attributes:
        segments: beyond so many, all but the newest half are joined into one.
        saves: events of automatic checkpoints that stay although these were pruned; at least 1.
        every: rows that are written between two looks. piece: most rows that one transaction takes.
    """

    telemetry: Levels = Levels(full=8_192, coarse=2_048, group=8, top=7)
    reports: Levels = Levels(full=2_048, coarse=512, group=16, top=7)
    segments: int = 256
    saves: int = 1_024
    every: int = 256
    piece: int = 4_096


STANDARD: Final = Thinning()
"""23,000 rows of telemetry, 6,000 reports and 1,280 events of pruned checkpoints at most, whatever the run's
length: 9 MB on the disk."""

_OLDEST: Final = "(SELECT MAX(id) FROM (SELECT id FROM {table} WHERE level = ? ORDER BY id LIMIT ?))"
_MERGE: Final = (
    f"WITH {BOUNDS}, grouped AS (SELECT telemetry.*, (ROW_NUMBER() OVER (ORDER BY id) - 1) / ? AS part "  # noqa: S608 - fixed names
    f"FROM telemetry {VISIBLE} AND level = ? AND id <= ?) "
    f"SELECT {merged(STORED)} FROM grouped GROUP BY part ORDER BY part"
)
_INSERT: Final = (
    f"INSERT INTO telemetry ({', '.join(STORED)}, level) VALUES ({', '.join('?' * len(STORED))}, ?)"  # noqa: S608 - fixed names
)
_READ_REPORTS: Final = (
    f"WITH {BOUNDS} SELECT id, distance, seen FROM reports {VISIBLE} AND level = ? AND id <= ? ORDER BY id"  # noqa: S608 - fixed names
)


class Thinner:
    """Thins one history, in the thread that writes it.

    Args:
        connection: open for writing, and in no transaction.
        there: names of the checkpoints that are there.
        thinning: the bounds.
    """

    def __init__(self, connection: sqlite3.Connection, there: There, thinning: Thinning = STANDARD) -> None:
        self._connection, self._there, self._thinning = connection, there, thinning
        self._new = thinning.every

    def after(self, rows: int) -> None:
        """So many rows were committed: look, now and then, whether old ones have to become fewer.

        Takes what was added since the last look and one piece more, so that it keeps up with any burst, and
        also comes to an end with a long history that was never thinned.

        Raises:
            sqlite3.Error: the disk refuses; the history is as it was, and the next call tries again.
        """
        self._new += rows
        if self._new < self._thinning.every:
            return
        left = self._new + self._thinning.piece
        for table, levels in (("telemetry", self._thinning.telemetry), ("reports", self._thinning.reports)):
            for level in range(levels.top + 1):
                while left > 0 and (taken := self._piece(table, levels, level)):
                    left -= taken
        while left > 0 and (taken := self._drop_saves()):
            left -= taken
        self._join_segments()
        # Not all could be done: look again after the next rows.
        self._new = 0 if left > 0 else self._thinning.every

    def _piece(self, table: str, levels: Levels, level: int) -> int:
        """Thin a level's oldest rows, where it has too many; returns how many were taken."""
        (count,) = self._connection.execute(
            f"SELECT COUNT(*) FROM {table} WHERE level = ?",  # noqa: S608 - one of two names
            (level,),
        ).fetchone()
        spare = min(count - levels.most(level), self._thinning.piece)
        taken: int = spare - spare % levels.group if spare > 0 else 0
        if taken:
            with _Transaction(self._connection):
                oldest = _OLDEST.format(table=table)
                (upto,) = self._connection.execute(f"SELECT {oldest}", (level, taken)).fetchone()
                (_merge if table == "telemetry" else _choose)(self._connection, levels, level, upto)
        return taken

    def _drop_saves(self) -> int:
        """Drop the oldest events of checkpoints that were pruned; returns how many went."""
        thinning = self._thinning
        numbers = superfluous(self._connection, thinning.saves, self._there, thinning.piece)
        if numbers:
            with _Transaction(self._connection):
                drop(self._connection, numbers)
        return len(numbers)

    def _join_segments(self) -> None:
        """Old segments become one: what they hide is dropped, and then nothing tells them apart."""
        (count,) = self._connection.execute("SELECT COUNT(*) FROM segments").fetchone()
        if count <= self._thinning.segments:
            return
        with _Transaction(self._connection):
            (first,) = self._connection.execute(
                "SELECT segment FROM segments ORDER BY segment DESC LIMIT 1 OFFSET ?",
                (self._thinning.segments // 2,),
            ).fetchone()
            for table in ("telemetry", "reports"):
                self._connection.execute(
                    f"WITH {BOUNDS} DELETE FROM {table} WHERE segment < ? "  # noqa: S608 - one of two names
                    "AND step > (SELECT last FROM bounds WHERE bounds.segment = "
                    f"{table}.segment)",
                    (first,),
                )
                self._connection.execute(
                    f"UPDATE {table} SET segment = ? WHERE segment < ?",  # noqa: S608 - one of two names
                    (first, first),
                )
            self._connection.execute("DELETE FROM segments WHERE segment < ?", (first,))


class _Transaction:
    """Commits, or rolls back where anything was raised."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _merge(connection: sqlite3.Connection, levels: Levels, level: int, upto: int) -> None:
    """Telemetry up to this id: each group of rows that still count becomes one of the next level."""
    rows = connection.execute(_MERGE, (levels.group, level, upto)).fetchall()
    connection.execute("DELETE FROM telemetry WHERE level = ? AND id <= ?", (level, upto))
    connection.executemany(_INSERT, [(*row, levels.next(level)) for row in rows])


def _choose(connection: sqlite3.Connection, levels: Levels, level: int, upto: int) -> None:
    """Reports up to this id: of each group of those that still count, at most four stay."""
    rows = iter(connection.execute(_READ_REPORTS, (level, upto)).fetchall())
    kept: set[int] = set()
    while group := list(islice(rows, levels.group)):
        kept |= _worth_keeping(group)
    connection.execute("UPDATE reports SET level = -1 WHERE level = ? AND id <= ?", (level, upto))
    connection.executemany(
        "UPDATE reports SET level = ? WHERE id = ?", [(levels.next(level), number) for number in kept]
    )
    connection.execute("DELETE FROM reports WHERE level = -1")


def _worth_keeping(group: list[tuple[Any, ...]]) -> set[int]:
    """The best, the worst, the one with most classes, the last: of equals the first, as when they came."""
    known = [row for row in group if isinstance(row[1], int | float)]
    kept = {group[-1][0], max(group, key=lambda row: row[2] if isinstance(row[2], int) else -1)[0]}
    if known:
        kept |= {min(known, key=lambda row: row[1])[0], max(known, key=lambda row: row[1])[0]}
    return kept
