"""The history's tables, version 1 (``PRAGMA user_version``).

``segments``: training between two jumps of the step. A restore, or a resume from an earlier checkpoint,
    begins a new segment at ``from_step``; rows of earlier segments with a greater step are of a past that was
    given up, and readers hide them. ``segment`` from 1, ``time`` Unix seconds.
``telemetry``: one row a tick (:class:`gan_tui.link.messages.Telemetry`), in order of ``id``. Each loss has
    four columns: ``d_real`` (mean), ``d_real_count`` (updates), ``d_real_min``, ``d_real_max``; NULL where
    there was no such update, and where a figure is NaN.
``events``: :class:`gan_tui.link.messages.Event`, ``seq`` from 1 without gaps; never hidden.
``reports``: :class:`gan_tui.link.messages.Report`; ``shares`` is a JSON list.
``latest``: the newest record of each type ("Status", "Telemetry", "Samples:ema", "Health", "Goodbye", …) as
    the link's MessagePack, so that a viewer of a run that has ended sees what the last viewer saw.

On a local disk the journal is a WAL while a trainer writes, and none when it closed the file; on a network
file system it is a truncated rollback journal (:func:`gan_tui.runs.places.journal_mode`).
"""

import sqlite3
from pathlib import Path
from typing import Final

from gan_tui.runs.errors import RunError
from gan_tui.runs.places import journal_mode

VERSION: Final = 1
BUSY_SECONDS: Final = 5.0
"""How long a reader or writer waits for the other's transaction."""

LOSSES: Final = ("d_real", "d_fake", "g")
OPINIONS: Final = ("opinion_real", "opinion_fake", "right_real", "right_fake")
SPEEDS: Final = ("steps_per_second", "images_per_second")
HARDWARE: Final = ("cpu_percent", "ram_bytes", "gpu_percent", "gpu_bytes", "gpu_celsius", "gpu_watts")
COUNTERS: Final = ("seq", "time", "step", "d_updates", "g_updates", "epoch", "elapsed")
LOSS_COLUMNS: Final = tuple(loss + part for loss in LOSSES for part in ("", "_count", "_min", "_max"))
TELEMETRY: Final = (*COUNTERS, *LOSS_COLUMNS, *OPINIONS, *SPEEDS, *HARDWARE, "viewers")
"""Columns of ``telemetry`` after ``id`` and ``segment``, in the order in which rows are written."""

_TABLES: Final = f"""
CREATE TABLE segments (segment INTEGER PRIMARY KEY, from_step INTEGER NOT NULL, time REAL NOT NULL);
CREATE TABLE telemetry (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL,
    {", ".join(TELEMETRY)});
CREATE TABLE events (seq INTEGER PRIMARY KEY, time REAL NOT NULL, step INTEGER NOT NULL, who TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, player TEXT NOT NULL, mark TEXT NOT NULL);
CREATE TABLE reports (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL, time REAL NOT NULL,
    step INTEGER NOT NULL, shares TEXT NOT NULL, readable REAL, seen INTEGER, distance REAL, floor REAL,
    samples INTEGER, accuracy REAL, seconds REAL, ema INTEGER);
CREATE TABLE latest (type TEXT PRIMARY KEY, time REAL NOT NULL, payload BLOB NOT NULL);
INSERT INTO segments VALUES (1, 0, strftime('%s', 'now'));
PRAGMA user_version = {VERSION};
"""  # noqa: S608 - fixed names, no one's input

VISIBLE: Final = """
WITH bounds AS (
    SELECT a.segment AS segment, (SELECT MIN(b.from_step) FROM segments b WHERE b.segment > a.segment) AS last
    FROM segments a)
"""
"""A clause that gives each segment the last step that still counts (NULL: all)."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the history, making its tables where it is new. The connection may be handed to another thread.

    Raises:
        RunError: a newer gan-tui wrote it.
        sqlite3.Error: it is damaged, or cannot be written.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = _version(connection, path)
        connection.execute(f"PRAGMA journal_mode = {journal_mode(path.parent)}")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
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
        version = _version(connection, path)
    except BaseException:
        connection.close()
        raise
    if version == 0:
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
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
