"""Events of a run of months: those of pruned checkpoints go, all others stay, and numbers only rise."""

import itertools
import shutil
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Event
from gan_tui.runs.history import HistoryReader, HistoryWriter
from gan_tui.runs.history.thinning import STANDARD
from gan_tui.runs.names import SUFFIX, checkpoint_name
from gan_tui.runs.run import Run, create_run
from gan_tui.viewer.fold import MAX_EVENTS, MAX_MARKS
from gan_tui.viewer.live_source import LiveSource
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets import events as pane
from gan_tui.viewer.widgets.rows import plain
from tests.runs.small_history import SMALL, sql
from tests.training.fake_loop import bench

FEW = replace(SMALL, saves=5)

WRITER = """
import itertools, sys
from pathlib import Path
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.run import Run
from tests.runs.small_history import die_at
from tests.runs.test_history_events import FEW, automatic
writer = HistoryWriter(Run(Path(sys.argv[1])), thinning=FEW)
die_at(writer, sys.argv[2])
for step in itertools.count(1):
    automatic(writer, step)
    writer.event(step, "you", "setting", f"D steps {step}")
    writer.flush()
    print(step, flush=True)
"""


def automatic(writer: HistoryWriter, step: int) -> Event:
    """The event of an automatic checkpoint, as the trainer words it."""
    return writer.event(step, "auto", "saved", f"saved {checkpoint_name(step)}")


def is_automatic(event: Event) -> bool:
    words = f"saved {checkpoint_name(event.step)}"
    return (event.who, event.kind, event.text) == ("auto", "saved", words)


def checkpoint(run: Run, step: int) -> Path:
    path = run.checkpoints_dir / f"{checkpoint_name(step)}{SUFFIX}"
    path.touch()
    return path


# Who, kind, words behind the step, mark: what a user did, what happened to the run, what went wrong.
OTHERS = st.sampled_from(
    [
        ("you", "saved", "saved step-{:06d}", ""),
        ("you", "saved", "saved step-{:06d}-my-best", ""),
        ("auto", "saved", "saved step-{:06d}-before-restore", ""),
        ("you", "setting", "G steps 1 → 2 at {}", "G 1→2"),
        ("you", "restored", "restored step {}", "undo"),
        ("auto", "resumed", "resumed from step {}", ""),
        ("alarm", "alarm", "no space left on device: step {} was not saved", ""),
        ("alarm", "crashed", "the trainer failed at {}", ""),
        ("judge", "milestone", "first 10 of 10 digits at {}", ""),
    ]
)
AUTOMATIC = st.tuples(st.just(None), st.integers(0, 9).map(lambda number: number == 0))
"""An automatic checkpoint; one in ten is kept by the user."""
HAPPENED = st.lists(AUTOMATIC | AUTOMATIC | AUTOMATIC | st.tuples(OTHERS, st.booleans()), max_size=120)


@settings(max_examples=60, deadline=None)
@given(HAPPENED, st.integers(1, 9))
def test_only_pruned_automatic_checkpoints_are_forgotten(
    tmp_path_factory: pytest.TempPathFactory,
    happened: list[tuple[tuple[str, str, str, str] | None, bool]],
    flush_every: int,
) -> None:
    run = create_run(RunConfig(), tmp_path_factory.mktemp("runs"), "r", {})
    writer, reader = HistoryWriter(run, thinning=FEW), HistoryReader(run)
    told: list[Event] = []
    heard: list[Event] = []
    with_file: set[int] = set()
    for number, (other, kept) in enumerate(happened):
        step = 200 * number
        if other is None:
            told.append(automatic(writer, step))
            if kept:
                checkpoint(run, step)
                with_file.add(told[-1].seq)
        else:
            who, kind, words, mark = other
            told.append(writer.event(step, who, kind, words.format(step), mark=mark))
        assert told[-1].seq == number + 1
        if number % flush_every == 0:
            writer.flush()
            heard += reader.events(after=heard[-1].seq if heard else 0)
    writer.flush()
    heard += reader.events(after=heard[-1].seq if heard else 0)
    writer.close()

    stored = reader.events()
    others = [event for event in told if not is_automatic(event)]
    automatics = [event for event in told if is_automatic(event)]
    needed = {event.seq for event in [*others, *automatics[-FEW.saves :]]} | with_file
    seqs = [event.seq for event in stored]
    assert seqs == sorted(set(seqs))
    assert set(stored) <= set(told), "as they were"
    assert needed <= set(seqs)
    assert len(seqs) <= len(needed) + FEW.every
    assert reader.events(marked=True) == [event for event in told if event.mark]
    assert [event for event in heard if not is_automatic(event)] == others, "who reads on misses none of them"
    assert heard[-1:] == told[-1:]
    again = HistoryWriter(run, thinning=FEW)
    assert again.event_seq == len(told)
    assert automatic(again, 10**6).seq == len(told) + 1
    again.close()


def test_the_number_of_events_does_not_grow_with_the_steps(run: Run) -> None:
    writer, most = HistoryWriter(run, thinning=FEW), 0
    alarm = writer.event(0, "alarm", "alarm", "the losses are not finite")
    for step in range(1, 1_000):
        automatic(writer, step)
        if step % 3 == 0:
            writer.flush()
            most = max(most, sql(run, "SELECT COUNT(*) FROM events")[0][0])
    writer.close()
    assert most <= 1 + FEW.saves + FEW.every
    events = HistoryReader(run).events()
    assert events[0] == alarm
    assert [event.step for event in events[-FEW.saves :]] == [995, 996, 997, 998, 999]


def test_an_event_goes_when_its_checkpoint_is_gone(run: Run) -> None:
    writer, reader = HistoryWriter(run, thinning=FEW), HistoryReader(run)
    path = checkpoint(run, 1)
    for step in range(1, 30):
        automatic(writer, step)
        writer.flush()
    assert reader.events()[0].step == 1
    path.unlink()
    for step in range(30, 40):
        automatic(writer, step)
        writer.flush()
    assert reader.events()[0].step > 30
    writer.close()


def test_while_the_checkpoints_cannot_be_seen_all_events_stay(run: Run) -> None:
    shutil.rmtree(run.checkpoints_dir)
    told: list[str] = []
    writer = HistoryWriter(run, told.append, thinning=FEW)
    for step in range(1, 50):
        automatic(writer, step)
    assert writer.flush()
    writer.close()
    assert told == []
    assert len(HistoryReader(run).events()) == 49


def test_a_history_that_kept_them_all_becomes_small_piece_by_piece(run: Run) -> None:
    writer = HistoryWriter(run)
    for step in range(1, 501):
        automatic(writer, step)
    writer.close()
    assert len(HistoryReader(run).events()) == 500
    writer = HistoryWriter(run, thinning=FEW)
    counts = []
    for step in range(501, 540):
        automatic(writer, step)
        writer.flush()
        counts.append(len(HistoryReader(run).events()))
    writer.close()
    assert counts[0] > 400, "one look is no long wait"
    assert counts[-1] <= FEW.saves + FEW.every


def test_the_standard_bound_is_what_is_documented() -> None:
    assert STANDARD.saves + STANDARD.every <= 1_280
    assert STANDARD.saves > MAX_EVENTS, "a viewer sees no gap in what it shows"


def test_the_trainers_own_words_are_known(run: Run, tmp_path: Path) -> None:
    b = bench(tmp_path, checkpoint_every=1)
    b.turns(30)
    b.parts.steering.save("my best")
    b.turns(30)
    writer = HistoryWriter(run, thinning=FEW)
    for event in b.history.events:
        writer.event(event.step, event.who, event.kind, event.text, event.player, event.mark)
    writer.close()
    left = [event.text for event in HistoryReader(run).events() if event.kind == "saved"]
    assert len(b.history.events) > 40
    assert len(left) <= FEW.saves + FEW.every + 1
    assert [text for text in left if "my-best" in text] == ["saved step-000030-my-best"]


def test_a_viewer_shows_the_newest_and_every_mark(run: Run) -> None:
    writer = HistoryWriter(run, thinning=FEW)
    for step in range(1, 401):
        automatic(writer, step)
        if step % 100 == 0:
            writer.event(step, "you", "setting", f"G steps at {step}", "G", f"G{step}")
    writer.flush()
    source = LiveSource(run, start=False)
    source._read_history()
    picture = source._picture
    snapshot = picture.snapshot()
    assert [mark for _, mark in snapshot.marks] == ["G100", "G200", "G300", "G400"]
    assert len(snapshot.marks) <= MAX_MARKS
    assert snapshot.events[-1].seq == writer.event_seq == picture.last_event
    rows = pane.rows(snapshot, ViewOptions(), 60, 20)
    shown = "\n".join(plain(row) for row in rows)
    assert "saved step-000400" in shown
    assert "G steps at 100" in shown

    for step in range(401, 501):
        automatic(writer, step)
    last = writer.event(500, "alarm", "alarm", "a loss is not finite")
    writer.flush()
    picture.take([last])
    assert picture.behind, "the stream brought the last alone"
    picture.events(source._events(picture.last_event))
    assert not picture.behind
    assert picture.snapshot().events[-1] == last
    writer.close()


def test_a_failure_to_drop_loses_nothing_and_is_told(run: Run) -> None:
    told: list[str] = []
    writer = HistoryWriter(run, told.append, thinning=FEW)
    refuse = True

    def authorise(action: int, table: str | None, *_: object) -> int:
        deny = refuse and action == sqlite3.SQLITE_DELETE and table == "events"
        return sqlite3.SQLITE_DENY if deny else sqlite3.SQLITE_OK

    writer._connection.set_authorizer(authorise)
    for step in range(1, 30):
        automatic(writer, step)
    assert not writer.flush()
    assert len(HistoryReader(run).events()) == 29
    assert len(told) == 1
    refuse = False
    automatic(writer, 30)
    assert writer.flush()
    writer.close()
    assert len(HistoryReader(run).events()) <= FEW.saves + FEW.every


@pytest.mark.parametrize("within", ["DELETE FROM events", "COMMIT"])
def test_a_writer_killed_while_it_drops_leaves_whole_events(run: Run, within: str) -> None:
    command = [sys.executable, "-c", WRITER, str(run.path), within]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert child.stdout is not None
    flushed = 0
    try:
        for line in itertools.islice(child.stdout, 200):
            flushed = int(line)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    assert sql(run, "PRAGMA integrity_check") == [("ok",)]
    stored = HistoryReader(run).events()
    mine = [event.step for event in stored if event.who == "you"]
    assert mine == [*range(1, len(mine) + 1)]
    assert len(mine) >= flushed > 0
    newest = [event.step for event in stored if event.who == "auto"]
    assert newest == [*range(newest[0], newest[-1] + 1)]
    assert newest[-1] >= flushed
    assert len(newest) >= min(FEW.saves, flushed)
    writer = HistoryWriter(run, thinning=FEW)
    assert writer.event_seq == stored[-1].seq
    writer.close()
