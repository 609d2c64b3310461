"""Histories of version 1: read as they are, brought up and thinned by a writer."""

import sqlite3

from gan_tui.runs.history import HistoryReader, HistoryWriter
from gan_tui.runs.history.schema import TELEMETRY
from gan_tui.runs.run import Run
from tests.runs.small_history import MOST, SMALL, moment, sql, stored, summed

VERSION_1 = f"""
CREATE TABLE segments (segment INTEGER PRIMARY KEY, from_step INTEGER NOT NULL, time REAL NOT NULL);
CREATE TABLE telemetry (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL,
    {", ".join(TELEMETRY)});
CREATE TABLE events (seq INTEGER PRIMARY KEY, time REAL NOT NULL, step INTEGER NOT NULL, who TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, player TEXT NOT NULL, mark TEXT NOT NULL);
CREATE TABLE reports (id INTEGER PRIMARY KEY AUTOINCREMENT, segment INTEGER NOT NULL, time REAL NOT NULL,
    step INTEGER NOT NULL, shares TEXT NOT NULL, readable REAL, seen INTEGER, distance REAL, floor REAL,
    samples INTEGER, accuracy REAL, seconds REAL, ema INTEGER);
CREATE TABLE latest (type TEXT PRIMARY KEY, time REAL NOT NULL, payload BLOB NOT NULL);
INSERT INTO segments VALUES (1, 0, 5), (2, 40, 6);
PRAGMA user_version = 1;
"""  # noqa: S608 - fixed names
"""As the first release made it."""


def write_version_1(run: Run, rows: int) -> None:
    connection = sqlite3.connect(run.history_path)
    connection.executescript(VERSION_1)
    marks = ", ".join("?" * 5)
    for step in range(1, rows + 1):
        connection.execute(
            f"INSERT INTO telemetry (segment, step, g, g_count, g_min, g_max) VALUES (1, {marks})",  # noqa: S608 - fixed text
            (step, float(step), 2, step - 0.5, step + 0.5),
        )
        connection.execute(
            "INSERT INTO reports (segment, time, step, shares, seen, distance) "
            "VALUES (1, 0, ?, '[1.0]', 3, ?)",
            (step, 100.0 - step),
        )
    connection.execute("INSERT INTO events VALUES (1, 0, 40, 'you', 'restored', 'back', '', 'undo')")
    connection.commit()
    connection.close()


def test_a_history_of_version_1_is_read_as_it_is(run: Run) -> None:
    write_version_1(run, 60)
    before = run.history_path.read_bytes()
    reader = HistoryReader(run)
    assert reader.telemetry()["step"] == list(range(1, 41)), "the restore to step 40 counts"
    few = reader.telemetry(8)
    assert len(few["step"]) == 8
    assert few["g_min"][0] == 0.5
    assert few["g"][-1] == 40
    assert [one.step for one in reader.reports()] == list(range(1, 41))
    assert [one.text for one in reader.events(marked=True)] == ["back"]
    assert run.history_path.read_bytes() == before


def test_a_history_of_version_1_is_brought_up_and_thinned(run: Run) -> None:
    write_version_1(run, 60)
    writer = HistoryWriter(run, thinning=SMALL)
    assert sql(run, "PRAGMA user_version") == [(2,)]
    assert HistoryReader(run).telemetry()["step"] == list(range(1, 41))
    for step in range(41, 81):
        writer.put(moment(step, float(step), count=2))
        writer.flush()
    writer.close()
    assert stored(run) <= MOST
    assert summed(run)[:3] == (0.5, 80.5, 160)
    assert min(one.distance for one in HistoryReader(run).reports()) == 60.0
