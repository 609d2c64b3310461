"""The trainer's log is bounded: its newest lines stay, whoever writes them through whichever descriptor."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.runs.launch import STARTED, cause_of_death, launch, tail_log
from gan_tui.runs.log_file import CUT, MOST_BYTES
from gan_tui.runs.run import Run
from gan_tui.viewer.death import LOG_LINES, death_of
from gan_tui.viewer.snapshot import Snapshot
from tests.runs.chatty import LINES

CHATTY = "tests.runs.chatty"


@pytest.mark.parametrize("most", [400, 4_000, 30_000])
def test_a_log_keeps_below_its_size_and_its_newest_lines(
    run: Run, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATTY", str(most))
    process = launch(run, None, module=CHATTY)
    assert process.wait(60) == 1
    text = run.log_path.read_text()
    assert text.startswith(CUT)
    lines = text.splitlines()[1:]
    *said, largest, last = lines
    assert last == "gan-tui: that was all"
    assert 0 < int(largest.removeprefix("largest ")) <= most + 60
    assert said[-3:] == [f"line {LINES - 1}", f"stdout at {LINES - 1}", "a library's complaint"]
    assert all(re.fullmatch(r"line \d+|stdout at \d+|a library's complaint", line) for line in said), "whole"
    numbers = [int(line.removeprefix("line ")) for line in said if line.startswith("line ")]
    assert numbers == list(range(numbers[0], LINES)), "none is missing"
    assert len(text) >= most // 3, "half of it is kept"
    assert not list(run.path.glob("*.tmp")) + list(run.path.glob(".*.tmp"))
    assert tail_log(run, 2) == [largest, last]
    assert cause_of_death(1, tail_log(run, 12)).what == "that was all"


def test_a_log_below_its_size_is_left_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATTY", str(MOST_BYTES))
    launch(run, None, module=CHATTY).wait(60)
    first = run.log_path.read_text()
    assert first.startswith(STARTED)
    assert "line 0\n" in first
    launch(run, None, module=CHATTY).wait(60)
    assert run.log_path.read_text().startswith(first)


def test_a_trainer_that_goes_on_cuts_what_earlier_ones_wrote(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.log_path.write_text("".join(f"earlier {number}\n" for number in range(10_000)))
    monkeypatch.setenv("CHATTY", "40000")
    launch(run, None, module=CHATTY).wait(60)
    assert run.log_path.stat().st_size <= 40_000 + 100
    assert "earlier 0\n" not in run.log_path.read_text()


def test_lines_that_go_elsewhere_are_not_cut(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by hand, with stderr in another file: neither that nor the run's log is touched."""
    monkeypatch.setenv("CHATTY", "400")
    run.log_path.write_text("x" * 1_000)
    elsewhere = tmp_path / "elsewhere"
    with elsewhere.open("wb") as file:
        command = [sys.executable, "-m", CHATTY, str(run.path)]
        subprocess.run(
            command, stderr=file, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[2], check=False
        )
    assert len(re.findall(r"^line \d+$", elsewhere.read_text(), re.MULTILINE)) == LINES
    assert run.log_path.read_text() == "x" * 1_000


def test_a_viewer_that_knew_the_longer_log_still_sees_the_end(run: Run) -> None:
    lines = [f"step {number}\n" for number in range(40)]
    run.log_path.write_text(CUT + "".join([*lines, "gan-tui: the disk is full\n"]))
    death, _ = death_of(run, 1, MOST_BYTES, Snapshot())
    assert death.what == "the disk is full"
    assert death.log[-2:] == ("step 39", "gan-tui: the disk is full")
    assert len(death.log) == LOG_LINES


def test_a_log_that_cannot_be_cut_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATTY", "400")
    monkeypatch.setenv("CHATTY_DISK", "full")
    assert launch(run, None, module=CHATTY).wait(60) == 1
    lines = run.log_path.read_text().splitlines()
    assert [line for line in lines if line.startswith("line ")] == [f"line {n}" for n in range(LINES)]
    assert lines[-1] == "gan-tui: that was all"
