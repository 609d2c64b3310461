"""Histories that were killed, damaged, or made by a later version; journals."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.config.run_config import RunConfig
from gan_tui.runs.errors import RunError
from gan_tui.runs.history import HistoryReader, HistoryWriter, schema
from gan_tui.runs.run import Run, create_run
from tests.runs.conftest import report, status, tick

WRITER = """
import itertools, sys
from pathlib import Path
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.run import Run
from tests.runs.conftest import report, status, tick
writer = HistoryWriter(Run(Path(sys.argv[1])))
for step in itertools.count(1):
    writer.put(tick(step))
    if step % 100 == 0:
        writer.event(step, "auto", "saved", f"saved {step}")
        writer.flush()
        print(step, flush=True)
"""


def written(run: Run) -> tuple[int, int]:
    """How many rows were ever written, merged ones among them, and the last step; it writes one a step."""
    connection = sqlite3.connect(run.history_path)
    try:
        rows, last = connection.execute("SELECT SUM(rows), MAX(step) FROM telemetry").fetchone()
    finally:
        connection.close()
    return int(rows), int(last)


def test_a_killed_writer_loses_nothing_that_was_flushed_and_the_next_goes_on(
    run: Run, reader: HistoryReader
) -> None:
    root = Path(__file__).parents[2]
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(run.path)], stdout=subprocess.PIPE, cwd=root)
    assert child.stdout is not None
    seen = []
    for line in child.stdout:
        seen.append(int(line))
        rows, last = written(run)
        assert rows == last >= seen[-1]
        if len(seen) == 5:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    rows, last = written(run)
    assert rows == last >= 500
    after = reader.telemetry(100_000)["step"]
    assert after[-1] == last
    events = [event.seq for event in reader.events()]
    assert events == list(range(1, len(events) + 1))
    assert len(events) >= 5
    writer = HistoryWriter(run)
    assert writer.event(9, "auto", "saved", "again").seq == len(events) + 1
    writer.close()
    assert reader.telemetry(100_000)["step"] == after


def test_a_damaged_history_is_set_aside_and_told(run: Run, reader: HistoryReader) -> None:
    run.history_path.write_bytes(b"not a database, " * 999)
    with pytest.raises(RunError, match="cannot be read"):
        reader.events()
    told: list[str] = []
    writer = HistoryWriter(run, on_error=told.append)
    writer.put(tick(1))
    writer.close()
    assert reader.telemetry()["step"] == [1]
    assert len(told) == 1
    assert len(list(run.path.glob("history.sqlite.damaged-*"))) == 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_history_with_flipped_bytes_is_read_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(_whole_history(tmp_path_factory))
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    run = Run(tmp_path_factory.mktemp("damaged"))
    run.history_path.write_bytes(content)
    reader = HistoryReader(run)
    for read in (reader.events, reader.reports, reader.status, reader.telemetry, reader.latest):
        try:
            read()
        except RunError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right


_whole: list[bytes] = []


def _whole_history(factory: pytest.TempPathFactory) -> bytes:
    if not _whole:
        run = create_run(RunConfig(), factory.mktemp("whole"), "r", {})
        writer = HistoryWriter(run)
        for step in range(20):
            writer.put(tick(step))
            writer.put(report(step))
            writer.event(step, "you", "paused", "paused")
        writer.put(status())
        writer.close()
        _whole.append(run.history_path.read_bytes())
    return _whole[0]


def test_a_newer_history_is_refused_and_untouched(run: Run, reader: HistoryReader) -> None:
    HistoryWriter(run).close()
    connection = sqlite3.connect(run.history_path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = run.history_path.read_bytes()
    with pytest.raises(RunError, match="newer gan-tui"):
        HistoryWriter(run)
    with pytest.raises(RunError, match="newer gan-tui"):
        reader.events()
    assert run.history_path.read_bytes() == before


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
def test_both_journals_serve_a_reader_beside_the_writer(
    run: Run, reader: HistoryReader, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "journal_mode", lambda _: mode)
    writer = HistoryWriter(run)
    connection = sqlite3.connect(run.history_path)
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == ("wal" if mode == "WAL" else "delete")
    connection.close()
    for step in range(1, 30):
        writer.put(tick(step))
        assert writer.flush()
        assert reader.telemetry()["step"][-1] == step
    writer.close()
