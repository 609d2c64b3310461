"""A history of weeks: bounded, with its least and greatest values, whatever happened in it."""

import itertools
import math
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Hardware, Moments, Report, Telemetry
from gan_tui.runs.history import HistoryReader, HistoryWriter
from gan_tui.runs.history.merging import expressions
from gan_tui.runs.history.schema import BOUNDS, TELEMETRY, VISIBLE
from gan_tui.runs.history.thinning import STANDARD, Levels, Thinning
from gan_tui.runs.run import Run, create_run
from tests.runs.conftest import tick
from tests.runs.small_history import MOST, SMALL, moment, sql, stored, summed

WRITER = """
import itertools, sys
from pathlib import Path
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.run import Run
from tests.runs.small_history import SMALL, die_at, moment
from tests.runs.test_history_thinning import report
writer = HistoryWriter(Run(Path(sys.argv[1])), thinning=SMALL)
if sys.argv[2]:
    die_at(writer, sys.argv[2])
for step in itertools.count(1):
    writer.put(moment(step, float(step)))
    writer.put(report(step, float(step)))
    if step % 10 == 0:
        writer.flush()
        print(step, flush=True)
"""


def report(step: int, distance: float, seen: int = 5) -> Report:
    return Report(
        step=step, shares=(1.0,), readable=0.5, seen=seen, distance=distance, floor=1.0, samples=50,
        accuracy=0.9, seconds=0.1, ema=True,
    )  # fmt: skip


def new(factory: pytest.TempPathFactory) -> Run:
    return create_run(RunConfig(), factory.mktemp("runs"), "r", {})


LOSSES = st.lists(st.tuples(st.none() | st.floats(-100, 100), st.integers(1, 9)), min_size=1, max_size=60)
PIECES = st.lists(st.tuples(LOSSES, st.floats(0, 1)), min_size=1, max_size=8)
"""Training in pieces: losses with their updates, and after each how far back a restore goes, 0 to 1."""


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(1, 40))
def test_thinning_keeps_what_matters_whatever_was_restored(
    tmp_path_factory: pytest.TempPathFactory,
    pieces: list[tuple[list[tuple[float | None, int]], float]],
    limit: int,
) -> None:
    """Restores go to where a row ends, as those into the newest rows do."""
    run = new(tmp_path_factory)
    writer, reader = HistoryWriter(run, thinning=SMALL), HistoryReader(run)
    visible: list[tuple[int, float | None, int]] = []
    step = 0
    for losses, back in pieces:
        for number, (loss, count) in enumerate(losses, 1):
            step += 1 + number % 3
            writer.put(moment(step, loss, count))
            visible.append((step, loss, count))
            if number % 7 == 0:
                writer.flush()
        writer.flush()
        ends = reader.telemetry(10_000)["step"]
        step = int(ends[int(back * (len(ends) - 1))] or 0)
        writer.rewind(step)
        visible = [row for row in visible if row[0] <= step]
    writer.put(moment(step + 1, 3.0))
    visible.append((step + 1, 3.0, 1))
    writer.close()

    assert stored(run) <= MOST
    assert sql(run, "SELECT COUNT(*) FROM segments")[0][0] <= SMALL.segments + 1
    known = [(loss, count) for _, loss, count in visible if loss is not None]
    least, greatest, count, total = summed(run)
    assert least == min(loss - 0.5 for loss, _ in known)
    assert greatest == max(loss + 0.5 for loss, _ in known)
    assert count == sum(count for _, count in known)
    assert total == pytest.approx(math.fsum(loss * count for loss, count in known), abs=1e-6)
    for columns in (reader.telemetry(10_000), reader.telemetry(limit)):
        steps = [step or 0 for step in columns["step"]]
        assert steps == sorted(steps)
        assert steps[-1] == visible[-1][0]
        assert set(steps) <= {step for step, _, _ in visible}
        assert min(v for v in columns["g_min"] if v is not None) == least
        assert max(v for v in columns["g_max"] if v is not None) == greatest
        assert {v for v in columns["opinion_fake"] if v is not None} == {0.25}
        assert set(columns["steps_per_second"]) == {2.0}
        assert set(columns["cpu_percent"]) == {50.0}
    assert len(reader.telemetry(limit)["step"]) <= limit


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), min_size=1, max_size=8))
def test_a_restore_into_a_merged_row_gives_it_up_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]]
) -> None:
    run = new(tmp_path_factory)
    writer = HistoryWriter(run, thinning=SMALL)
    lost, step, valid = 0, 0, set[int]()
    for piece, back in pieces:
        for _ in range(piece):
            step += 1
            # Each step has a loss of its own, so that one that was given up would be seen.
            writer.put(moment(step, 1000.0 * piece + step))
            valid.add(step)
        writer.flush()
        # The row that this restore goes into, if it goes into one, is given up with its earlier steps.
        inside = sql(
            run,
            f"WITH {BOUNDS} SELECT rows FROM telemetry {VISIBLE} AND step > ? ORDER BY id LIMIT 1",  # noqa: S608 - fixed text
            min(step, back),
        )
        lost += inside[0][0] - 1 if inside else 0
        step = min(step, back)
        writer.rewind(step)
        valid = {one for one in valid if one <= step}
    writer.close()
    _, _, count, _ = summed(run)
    assert len(valid) - lost <= count <= len(valid)
    steps = HistoryReader(run).telemetry(10_000)["step"]
    assert set(steps) <= valid
    assert steps == sorted(steps, key=lambda step: step or 0)


def test_rows_stay_bounded_and_a_group_is_the_mean_over_its_updates(run: Run) -> None:
    writer = HistoryWriter(run, thinning=SMALL)
    most = 0
    for step in range(1, 2001):
        writer.put(moment(step, float(step), count=step))
        if step % 5 == 0:
            writer.flush()
            most = max(most, stored(run))
    writer.close()
    assert most <= MOST
    rows = sql(run, "SELECT step, g, g_count, g_min, g_max, rows, level, elapsed FROM telemetry ORDER BY id")
    first = 0
    for step, g, count, least, greatest, number, _, elapsed in rows:
        members = range(first + 1, step + 1)
        assert number == len(members)
        assert count == sum(members)
        assert g == pytest.approx(sum(one * one for one in members) / sum(members))
        assert (least, greatest) == (members[0] - 0.5, members[-1] + 0.5)
        assert elapsed == step / 2
        first = step
    assert first == 2000
    levels = [row[6] for row in rows]
    assert levels == sorted(levels, reverse=True), "the older, the coarser"
    assert set(levels) == {0, 1, 2, 3}


def test_the_standard_bounds_are_what_is_documented() -> None:
    for levels, most in ((STANDARD.telemetry, 23_000), (STANDARD.reports, 6_000)):
        assert levels.full + levels.top * levels.coarse + STANDARD.every + levels.top * levels.group <= most
    seconds = 0.5 * STANDARD.telemetry.group**STANDARD.telemetry.top * STANDARD.telemetry.coarse
    assert seconds > 60 * 365 * 86_400, "the last level alone holds a lifetime"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_reading_on_never_loses_the_newest(
    tmp_path_factory: pytest.TempPathFactory, bursts: list[int]
) -> None:
    run = new(tmp_path_factory)
    writer, reader = HistoryWriter(run, thinning=SMALL), HistoryReader(run)
    step, seen, last = 0, [0.0], 0
    for burst in bursts:
        for _ in range(burst):
            step += 1
            writer.put(moment(step, float(step)))
        writer.flush()
        columns = reader.telemetry(10_000, after=last)
        assert columns["step"][0] is not None
        assert columns["step"][0] > seen[-1], "nothing comes twice"
        assert columns["g_min"][0] is not None
        assert columns["g_min"][0] <= seen[-1] + 0.5, "and between two reads is no gap"
        seen.extend(value for value in columns["step"] if value is not None)
        assert seen[-1] == step
        last = int(columns["id"][-1] or 0)
    assert reader.telemetry(after=last)["step"] == []
    writer.close()


def test_ids_are_not_used_again(run: Run) -> None:
    writer = HistoryWriter(run, thinning=SMALL)
    for step in range(1, 200):
        writer.put(moment(step, 1.0))
    writer.rewind(0)
    writer.put(moment(1, 1.0))
    writer.close()
    assert HistoryReader(run).telemetry()["id"] == [200]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 500) | st.just(math.nan), st.integers(0, 10)), min_size=1, max_size=300)
)
def test_of_old_reports_the_best_the_worst_the_fullest_and_the_newest_stay(
    tmp_path_factory: pytest.TempPathFactory, read: list[tuple[float, int]]
) -> None:
    run = new(tmp_path_factory)
    writer = HistoryWriter(run, thinning=SMALL)
    put = [report(step, distance, seen) for step, (distance, seen) in enumerate(read, 1)]
    for number, one in enumerate(put):
        writer.put(one)
        if number % 10 == 0:
            writer.flush()
    writer.close()
    kept = HistoryReader(run).reports()
    assert len(kept) <= 8 + 3 * 6 + SMALL.every + 4 * 4
    whole = {one.step: (one.seen, str(one.distance)) for one in put}
    assert all(whole[one.step] == (one.seen, str(one.distance)) for one in kept), "as they were"
    steps = [one.step for one in kept]
    assert steps == sorted(set(steps))
    assert steps[-8:] == [one.step for one in put[-8:]]
    known = [one.distance for one in put if not math.isnan(one.distance)]
    if known:
        left = [one.distance for one in kept if not math.isnan(one.distance)]
        assert (min(left), max(left)) == (min(known), max(known))
    assert max(one.seen for one in kept) == max(one.seen for one in put)


def test_many_restores_leave_few_segments_and_the_right_rows(run: Run) -> None:
    writer, step = HistoryWriter(run, thinning=SMALL), 0
    valid: list[int] = []
    for _ in range(60):
        for _ in range(3):
            step += 1
            writer.put(tick(step))
            writer.put(report(step, 5.0))
            valid.append(step)
        step -= 2
        writer.event(step, "you", "restored", "back")
        valid = [one for one in valid if one <= step]
        writer.flush()
    writer.close()
    assert sql(run, "SELECT COUNT(*) FROM segments")[0][0] <= SMALL.segments + 1
    assert summed(run)[2] == len(valid) == 60
    assert HistoryReader(run).telemetry()["step"][-1] == 60
    assert [one.step for one in HistoryReader(run).reports()][-1] == 60
    again = HistoryWriter(run, thinning=SMALL)
    again.rewind(59)
    again.close()
    assert HistoryReader(run).telemetry()["step"][-1] == 59


def test_a_failure_of_thinning_loses_no_row_and_is_told(run: Run) -> None:
    told: list[str] = []
    writer = HistoryWriter(run, told.append, thinning=SMALL)
    connection = writer._connection
    refuse = True

    def authorise(action: int, table: str | None, *_: object) -> int:
        deny = refuse and action == sqlite3.SQLITE_DELETE and table == "telemetry"
        return sqlite3.SQLITE_DENY if deny else sqlite3.SQLITE_OK

    connection.set_authorizer(authorise)
    for step in range(1, 101):
        writer.put(tick(step))
    assert not writer.flush()
    assert HistoryReader(run).telemetry()["step"] == list(range(1, 101))
    assert len(told) == 1
    refuse = False
    writer.put(tick(101))
    assert writer.flush()
    writer.close()
    assert stored(run) < 60
    assert summed(run)[2] == 101


@pytest.mark.parametrize(
    "within",
    [
        "",
        "DELETE FROM telemetry",
        "INSERT INTO telemetry (id",
        "UPDATE reports",
        "DELETE FROM reports",
        "COMMIT",
    ],
)
def test_a_writer_killed_while_it_thins_leaves_a_whole_history(run: Run, within: str) -> None:
    """Killed from outside at any moment, or just before one of the statements of thinning."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", WRITER, str(run.path), within]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root)
    assert child.stdout is not None
    flushed = 0
    try:
        for line in itertools.islice(child.stdout, None if within else 60):
            flushed = int(line)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    assert sql(run, "PRAGMA integrity_check") == [("ok",)]
    steps = HistoryReader(run).telemetry(10_000)["step"]
    last = int(steps[-1] or 0)
    assert last >= flushed > 0
    assert summed(run) == (0.5, last + 0.5, last, last * (last + 1) / 2)
    distances = [one.distance for one in HistoryReader(run).reports()]
    assert (min(distances), max(distances), distances[-1]) == (1.0, last, last)
    writer = HistoryWriter(run, thinning=SMALL)
    writer.put(moment(last + 1, 0.0))
    writer.close()
    assert stored(run) <= MOST
    assert summed(run)[2] == last + 1
    assert sql(run, "SELECT COUNT(*) FROM reports WHERE level < 0") == [(0,)]


def test_every_column_has_its_way_of_merging() -> None:
    assert set(expressions()) == {"id", "segment", "rows", *TELEMETRY}


def test_what_is_not_known_counts_for_nothing(run: Run) -> None:
    writer = HistoryWriter(run, thinning=Thinning(telemetry=Levels(1, 1, 3, 1), every=1))
    for step, loss in ((1, 10.0), (2, math.nan), (3, 4.0), (4, 1.0)):
        g = Moments(2, loss, loss, loss)
        writer.put(
            Telemetry(
                seq=step, time=0, step=step, d_updates=0, g_updates=step, epoch=0, elapsed=0, g=g,
                hardware=Hardware(ram_bytes=2**62) if step < 3 else None,
            )
        )  # fmt: skip
    writer.close()
    columns = HistoryReader(run).telemetry()
    assert columns["g"] == [7.0, 1.0]
    assert (columns["g_min"][0], columns["g_max"][0]) == (4.0, 10.0)
    assert columns["ram_bytes"] == [2.0**62, None]
    assert columns["d_real"] == [None, None]
    assert sql(run, "SELECT g_count FROM telemetry") == [(4,), (2,)]
