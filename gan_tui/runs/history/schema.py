"""The history's tables, version 2 (``PRAGMA user_version``).

``segments``: training between two jumps of the step. A restore, or a resume from an earlier checkpoint,
    begins a new segment at ``from_step``; rows of earlier segments with a greater step are of a past that was
    given up, and readers hide them. ``segment`` from 1, ``time`` Unix seconds. Where there are many, old ones
    are joined (:mod:`gan_tui.runs.history.thinning`): numbers have gaps.
``telemetry``: :class:`gan_tui.link.messages.Telemetry`, in order of ``id``. Each loss has four columns:
    ``d_real`` (mean), ``d_real_count`` (updates), ``d_real_min``, ``d_real_max``; NULL where there was no
    such update, and where a figure is NaN. ``level`` 0: as it was written. As rows age, neighbours of one
    level become one of the next, which stands for ``rows`` of them (:mod:`gan_tui.runs.history.merging`);
    all rows of a level are older than those of the level below.
``events``: :class:`gan_tui.link.messages.Event`, ``seq`` from 1, rising, never used again; never hidden. Old
    ones of automatic checkpoints go (:mod:`gan_tui.runs.history.saves`), and leave gaps.
``reports``: :class:`gan_tui.link.messages.Report`; ``shares`` is a JSON list. Of those that age the best, the
    worst, the one with most classes and the last of each group stay, as they were; ``level`` as above.
``latest``: the newest record of each type ("Status", "Telemetry", "Samples:ema", "Health", "Goodbye", …) as
    the link's MessagePack, so that a viewer of a run that has ended sees what the last viewer saw.

On a local disk the journal is a WAL while a trainer writes, and none when it closed the file; on a network
file system it is a truncated rollback journal (:func:`gan_tui.runs.places.journal_mode`).

Version 1 had no ``level`` and no ``rows``: readers read it as it is, a writer makes it version 2.
"""

import sqlite3
from pathlib import Path
from typing import Final

from gan_tui.runs.errors import RunError
from gan_tui.runs.places import journal_mode

VERSION: Final = 2
BUSY_SECONDS: Final = 5.0
"""How long a reader or writer waits for the other's transaction."""

JOURNAL_BYTES: Final = 8 << 20
"""A journal that grew beyond it is cut back."""

LOSSES: Final = ("d_real", "d_fake", "g")
OPINIONS: Final = ("opinion_real", "opinion_fake", "right_real", "right_fake")
SPEEDS: Final = ("steps_per_second", "images_per_second")
HARDWARE: Final = ("cpu_percent", "ram_bytes", "gpu_percent", "gpu_bytes", "gpu_celsius", "gpu_watts")
COUNTERS: Final = ("seq", "time", "step", "d_updates", "g_updates", "epoch", "elapsed")
LOSS_COLUMNS: Final = tuple(loss + part for loss in LOSSES for part in ("", "_count", "_min", "_max"))
TELEMETRY: Final = (*COUNTERS, *LOSS_COLUMNS, *OPINIONS, *SPEEDS, *HARDWARE, "viewers")
"""Columns of ``telemetry`` after ``id`` and ``segment``, in the order in which rows are written."""

_LEVELS: Final = """
CREATE INDEX telemetry_level ON telemetry (level);
CREATE INDEX reports_level ON reports (level);
CREATE INDEX events_marked ON events (seq) WHERE mark != '' OR kind = 'restored';
"""
_TABLES: Final = f"""
CREATE TABLE segments (segment INTEGER PRIMARY KEY, from_step INTEGER NOT NULL, time REAL NOT NULL);
CREATE TABLE telemetry (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL,
    {", ".join(TELEMETRY)}, rows INTEGER NOT NULL DEFAULT 1, level INTEGER NOT NULL DEFAULT 0);
CREATE TABLE events (seq INTEGER PRIMARY KEY, time REAL NOT NULL, step INTEGER NOT NULL, who TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, player TEXT NOT NULL, mark TEXT NOT NULL);
CREATE TABLE reports (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL, time REAL NOT NULL,
    step INTEGER NOT NULL, shares TEXT NOT NULL, readable REAL, seen INTEGER, distance REAL, floor REAL,
    samples INTEGER, accuracy REAL, seconds REAL, ema INTEGER, level INTEGER NOT NULL DEFAULT 0);
CREATE TABLE latest (type TEXT PRIMARY KEY, time REAL NOT NULL, payload BLOB NOT NULL);
INSERT INTO segments VALUES (1, 0, strftime('%s', 'now'));
{_LEVELS}
PRAGMA user_version = {VERSION};
"""  # noqa: S608 - fixed names, no one's input
_FROM_VERSION_1: Final = f"""
ALTER TABLE telemetry ADD COLUMN rows INTEGER NOT NULL DEFAULT 1;
ALTER TABLE telemetry ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reports ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
{_LEVELS}
PRAGMA user_version = {VERSION};
"""

BOUNDS: Final = """bounds AS (
    SELECT segment, MIN(from_step) OVER (
        ORDER BY segment DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last
    FROM segments)"""
"""A table expression that gives each segment the last step that still counts (NULL: all)."""
VISIBLE: Final = "CROSS JOIN bounds USING (segment) WHERE (last IS NULL OR step <= last)"
"""Follows ``FROM telemetry`` or ``FROM reports``: only rows that no restore gave up.

In SQLite a CROSS JOIN is an inner join whose tables are read in this order.
"""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the history, making its tables where it is new and bringing an older version up to this one.

    The connection may be handed to another thread.

    Raises:
        RunError: a newer gan-tui wrote it.
        sqlite3.Error: it is damaged, or cannot be written.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = version_of(connection, path)
        connection.execute(f"PRAGMA journal_mode = {journal_mode(path.parent)}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        if version < VERSION:
            script = _TABLES if version == 0 else _FROM_VERSION_1
            connection.executescript(f"BEGIN IMMEDIATE; {script} COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection | None:
    """Open the history read-only; None where there is none yet.

    Raises:
        RunError: a newer gan-tui wrote it.
        sqlite3.Error: it is damaged.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return None
    connection = _connect_read_only(path)
    try:
        version = version_of(connection, path)
    except BaseException:
        connection.close()
        raise
    if version == 0:
        connection.close()
        return None
    return connection


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of an open history; 0 where it has no tables yet.

    Raises:
        RunError: a newer gan-tui wrote it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise RunError(f"{path} was written by a newer gan-tui (history {version}); update gan-tui")
    return version


def _connect_read_only(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = sqlite3.connect(
        f"{uri}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        # A WAL on a disk that cannot be written: what was checkpointed is better than nothing.
        connection = sqlite3.connect(
            f"{uri}?immutable=1",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    return connection
