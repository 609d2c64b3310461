"""Dialogs over the panes: help, palette, checkpoints, quit."""

import re

import pytest

from tests.terminal.driver import Terminal, step, training
from tests.terminal.house import House

pytestmark = pytest.mark.timeout(150)


@pytest.mark.parametrize("key", ["?", "F1"])
def test_help_opens_and_closes(viewer: Terminal, key: str) -> None:
    viewer.press(key)
    viewer.shows("Help", "D's opinion", "pause, resume", "distance")
    viewer.press("Escape")
    viewer.until(training, "the panes alone")


def test_the_palette_finds_and_runs_a_command(viewer: Terminal) -> None:
    viewer.press("C-p")
    viewer.shows("Search")
    viewer.type("pause")
    viewer.shows("Pause, resume")
    viewer.press("Enter")
    viewer.until(lambda text: " PAUSED " in text and "7 EVENTS" in text, "paused by the palette")
    viewer.press("Space")
    viewer.until(training, "training again")


def test_escape_closes_the_palette(viewer: Terminal) -> None:
    viewer.press("C-p")
    viewer.shows("Search")
    viewer.press("Escape")
    viewer.shows("7 EVENTS", without=("Search",))


def test_a_checkpoint_is_restored_from_the_list(viewer: Terminal) -> None:
    known = set(re.findall(r"you +saved (step-\d{6})\b(?!-)", viewer.text()))
    viewer.press("s")
    saved = re.compile(r"you +saved step-(\d{6})\b(?!-)")
    seen = viewer.until(
        lambda text: {f"step-{number}" for number in saved.findall(text)} - known, "another checkpoint"
    )
    at = int(saved.findall(seen)[0])
    viewer.until(lambda text: step(text) > at + 5, "some steps later")
    viewer.press("c")
    viewer.shows("Checkpoints", "latest", "restore", f"step {at:7,}")
    viewer.press("Enter")
    viewer.shows("restored step", without=("Checkpoints",))
    viewer.press("7")
    seen = viewer.shows(f"restored step {at:,} (was", without=("1 SAMPLES",))
    was = re.search(rf"restored step {at:,} \(was ([\d,]+)\)", seen)
    assert was
    assert int(was[1].replace(",", "")) > at


def test_the_quit_dialog_can_be_cancelled(viewer: Terminal) -> None:
    for key in ("q", "C-c"):
        viewer.press(key)
        viewer.shows("Quit", "Stop with a checkpoint", "Leave it running", "gan-tui attach steered")
        viewer.press("Escape")
        viewer.until(training, "the panes alone")
    viewer.press("q")
    viewer.shows("Quit")
    viewer.press("Up")
    viewer.press("Enter")
    viewer.until(training, "arrows reach cancel, enter takes it")


def test_b_in_the_quit_dialog_leaves_it_running(viewer: Terminal, house: House) -> None:
    viewer.press("q")
    viewer.shows("Leave it running")
    viewer.press("b")
    seen = viewer.until(lambda text: "steered goes on" in text and viewer.program() is None, "the last words")
    words = re.search(r"steered goes on \(step ([\d,]+)\)\. Come back: gan-tui attach steered", seen)
    assert words, seen
    house.goes_on("steered", int(words[1].replace(",", "")) + 3)
    viewer.command("clear; gan-tui attach steered")
    viewer.until(training, "the viewer is back")
