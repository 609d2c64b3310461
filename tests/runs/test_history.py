import math
import sqlite3
import threading
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import (
    Goodbye,
    Hardware,
    Health,
    Moments,
    Samples,
    Stage,
    Telemetry,
)
from gan_tui.runs.history import HistoryReader, HistoryWriter, schema
from gan_tui.runs.history import writer as writer_module
from gan_tui.runs.run import Run, create_run
from tests.runs.conftest import report, status, tick


def test_before_anything_is_written_all_is_empty(reader: HistoryReader, run: Run) -> None:
    assert reader.events() == []
    assert reader.reports() == []
    assert reader.status() is None
    assert set(map(len, reader.telemetry().values())) == {0}
    run.history_path.touch()
    assert reader.events() == []


def test_what_is_put_is_read_while_the_writer_lives_and_after(
    run: Run, writer: HistoryWriter, reader: HistoryReader
) -> None:
    full = Telemetry(
        seq=1, time=5.0, step=10, d_updates=10, g_updates=20, epoch=0.5, elapsed=3.0,
        d_real=Moments(4, 0.5, 0.25, 1.0), g=Moments(8, 2.0, 1.0, 3.0), opinion_real=0.75, right_fake=0.5,
        steps_per_second=3.5, images_per_second=448.0,
        hardware=Hardware(cpu_percent=99.0, ram_bytes=5), viewers=1,
    )  # fmt: skip
    picture = Samples(kind="ema", step=10, count=1, height=1, width=1, channels=1, pixels=b"x")
    real = Samples(kind="real", step=0, count=1, height=1, width=1, channels=1, pixels=b"y")
    for record in (
        full,
        report(10),
        status(),
        picture,
        real,
        Health(level="healthy", text="t"),
        Stage(name="x", state="now"),
    ):
        writer.put(record)
    event = writer.event(10, "you", "setting", "G steps 1 → 2", "G", "G 1→2")
    assert writer.flush()
    for _ in range(2):
        curves = reader.telemetry()
        assert curves["step"] == [10]
        assert (curves["d_real"], curves["d_real_min"], curves["d_real_max"]) == ([0.5], [0.25], [1.0])
        assert (curves["d_fake"], curves["opinion_real"], curves["cpu_percent"]) == ([None], [0.75], [99.0])
        assert reader.events() == [event]
        assert reader.reports() == [report(10)]
        row = reader.status()
        assert row is not None
        assert (row.step, row.state, row.status, row.telemetry) == (10, "training", status(), full)
        latest = reader.latest()
        assert (latest.ema, latest.real, latest.raw) == (picture, real, None)
        assert (latest.health, latest.goodbye) == (Health(level="healthy", text="t"), None)
        writer.close()
    assert sorted(path.name for path in run.path.iterdir()) == ["checkpoints", "history.sqlite", "run.json"]


def test_a_sign_of_life_adds_no_row_and_is_kept_with_the_newest_losses(
    writer: HistoryWriter, reader: HistoryReader
) -> None:
    writer.put(tick(1, loss=0.25))
    writer.put(msgspec.structs.replace(tick(1, loss=None, seq=2), time=60.0, viewers=3))
    assert writer.flush()
    assert reader.telemetry()["step"] == [1]
    row = reader.status()
    assert row is not None
    told = row.telemetry
    assert told is not None
    assert (told.seq, told.time, told.viewers) == (2, 60.0, 3)
    assert told.g == Moments(count=1, mean=0.25, min=0.25, max=0.25)


def test_a_finished_history_is_read_where_nothing_can_be_written(
    run: Run, writer: HistoryWriter, reader: HistoryReader
) -> None:
    writer.put(tick(1))
    writer.put(Goodbye(state="finished", text="done"))
    writer.close()
    run.history_path.chmod(0o444)
    run.path.chmod(0o555)
    try:
        assert reader.telemetry()["step"] == [1]
        assert reader.latest().goodbye == Goodbye(state="finished", text="done")
    finally:
        run.path.chmod(0o755)


def test_events_are_numbered_without_gaps_by_any_thread_and_go_on_after_reopening(
    run: Run, reader: HistoryReader
) -> None:
    writer = HistoryWriter(run)
    numbers: list[int] = []

    def work() -> None:
        numbers.extend([writer.event(1, "auto", "saved", "x").seq for _ in range(50)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writer.event_seq == 200
    writer.close()
    again = HistoryWriter(run)
    assert again.event_seq == 200
    assert again.event(1, "auto", "saved", "x").seq == 201
    again.close()
    assert sorted(numbers) == list(range(1, 201))
    assert [event.seq for event in reader.events()] == list(range(1, 202))
    assert [event.seq for event in reader.events(after=199)] == [200, 201]


def test_putting_never_waits_for_a_reader_who_blocks_the_disk(
    run: Run, reader: HistoryReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "RETRY_EVERY", 0.05)
    monkeypatch.setattr(schema, "BUSY_SECONDS", 0.05)
    told: list[str] = []
    writer = HistoryWriter(run, on_error=told.append)
    blocker = sqlite3.connect(run.history_path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    begin = time.perf_counter()
    for step in range(1, 1001):
        writer.put(tick(step))
    assert time.perf_counter() - begin < 1
    assert not writer.flush()
    assert not writer.flush()
    assert writer.failing
    blocker.execute("ROLLBACK")
    blocker.close()
    assert writer.flush()
    assert not writer.failing
    assert reader.telemetry()["step"] == list(range(1, 1001))
    assert len(told) == 1
    assert "the history cannot be written" in told[0]
    writer.close()


def test_while_the_disk_refuses_memory_is_bounded_and_events_are_kept(
    run: Run, reader: HistoryReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "MAX_WAITING", 100)
    monkeypatch.setattr(writer_module, "RETRY_EVERY", 0.01)
    writer = HistoryWriter(run)
    refuse = True

    def full_disk(*_: object) -> None:
        if refuse:
            raise sqlite3.OperationalError("database or disk is full")

    real_insert = writer_module.insert
    monkeypatch.setattr(writer_module, "insert", lambda *arguments: (full_disk(), real_insert(*arguments)))
    for step in range(1, 1001):
        writer.put(tick(step))
        if step % 500 == 0:
            writer.event(step, "auto", "saved", str(step))
    assert not writer.flush()
    assert len(writer._rows) <= 101
    refuse = False
    assert writer.flush()
    assert [event.step for event in reader.events()] == [500, 1000]
    steps = reader.telemetry()["step"]
    assert len(steps) <= 101
    assert steps[-1] == 1000
    writer.close()


def test_a_burst_is_written_whole(run: Run, reader: HistoryReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "MAX_WAITING", 100)
    writer = HistoryWriter(run)
    for step in range(1, 5001):
        writer.put(tick(step))
    assert writer.flush()
    assert reader.telemetry(10_000)["step"] == list(range(1, 5001))
    writer.close()


def test_commits_come_no_oftener_than_told_without_a_flush(run: Run) -> None:
    writer = HistoryWriter(run)
    commits: list[str] = []
    writer.flush()
    writer._connection.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    begin = time.monotonic()
    while time.monotonic() - begin < 1.5:
        writer.put(tick(1))
        time.sleep(0.01)
    assert 1 <= len(commits) <= 3
    writer.close()


def test_a_restore_hides_the_past_that_was_given_up(writer: HistoryWriter, reader: HistoryReader) -> None:
    for step in range(10, 101, 10):
        writer.put(tick(step))
        writer.put(report(step))
    event = writer.event(50, "you", "restored", "restored step 50 (was 100)")
    for step in range(60, 81, 10):
        writer.put(tick(step, loss=2.0))
    writer.flush()
    curves = reader.telemetry()
    assert curves["step"] == [10, 20, 30, 40, 50, 60, 70, 80]
    assert curves["g"] == [1.0] * 5 + [2.0] * 3
    assert [one.step for one in reader.reports()] == [10, 20, 30, 40, 50]
    assert reader.events() == [event]
    writer.rewind(20)
    writer.put(tick(30, loss=3.0))
    writer.flush()
    assert reader.telemetry()["step"] == [10, 20, 30]
    assert reader.telemetry()["g"] == [1.0, 1.0, 3.0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 1000)), min_size=1, max_size=8), st.integers(1, 20)
)
def test_after_any_restores_steps_rise_and_reducing_keeps_means(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int]], limit: int
) -> None:
    run = create_run(RunConfig(), tmp_path_factory.mktemp("runs"), "r", {})
    writer, reader = HistoryWriter(run), HistoryReader(run)
    visible: list[tuple[int, float]] = []
    step = 0
    for length, back in pieces:
        for _ in range(length):
            step += 1
            loss = float(step * 7 % 13)
            writer.put(tick(step, loss))
            visible.append((step, loss))
        step = min(step, back)
        writer.rewind(step)
        visible = [row for row in visible if row[0] <= step]
    writer.close()
    whole = reader.telemetry()
    assert list(zip(whole["step"], whole["g"], strict=True)) == visible
    few = reader.telemetry(limit)
    assert len(few["step"]) == min(limit, len(visible))
    if visible:
        sizes = [hi - lo for lo, hi in _buckets(len(visible), len(few["step"]))]
        mean = math.fsum((g or 0.0) * size for g, size in zip(few["g"], sizes, strict=True)) / len(visible)
        assert mean == pytest.approx(math.fsum(loss for _, loss in visible) / len(visible))
        assert min(g for g in few["g_min"] if g is not None) == min(loss for _, loss in visible)
        assert max(g for g in few["g_max"] if g is not None) == max(loss for _, loss in visible)
        assert few["step"][-1] == visible[-1][0]


def _buckets(total: int, buckets: int) -> list[tuple[int, int]]:
    newest = 0 if total == buckets else buckets // 4
    older = total - newest
    owner = [position * (buckets - newest) // older for position in range(older)]
    owner += range(buckets - newest, buckets)
    return [(owner.index(b), owner.index(b) + owner.count(b)) for b in range(buckets)]


def test_a_mean_is_over_updates_not_over_ticks(writer: HistoryWriter, reader: HistoryReader) -> None:
    for step, count, mean in ((1, 1, 10.0), (2, 9, 0.0), (3, 1, math.nan)):
        writer.put(
            Telemetry(
                seq=step, time=0, step=step, d_updates=0, g_updates=step, epoch=0, elapsed=0,
                g=Moments(count, mean, mean, mean),
                d_real=Moments(1, math.inf, 0.0, math.inf) if step == 1 else None,
            )
        )  # fmt: skip
    writer.flush()
    curves = reader.telemetry(1)
    assert curves["g"] == [1.0]
    assert (curves["g_min"], curves["g_max"], curves["d_real"]) == ([0.0], [10.0], [math.inf])
    assert reader.telemetry()["g"] == [10.0, 0.0, None]
    assert reader.telemetry(after=1)["step"] == [2, 3]
