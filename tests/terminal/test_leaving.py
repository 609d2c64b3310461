"""Viewers come, leave, die and are suspended; the trainer goes on."""

import re
import signal

import psutil
import pytest

from tests.terminal.conftest import NewTerminal
from tests.terminal.driver import PROMPT, Terminal, step, training
from tests.terminal.house import House, wait_for

pytestmark = pytest.mark.timeout(150)


def attached(terminal: NewTerminal, run: str, columns: int = 120, rows: int = 40) -> Terminal:
    """A terminal in which a viewer watches the run."""
    window = terminal(columns, rows)
    window.command(f"gan-tui attach {run}")
    window.until(training, "the viewer is there")
    return window


def back_at_the_shell(window: Terminal) -> None:
    """The viewer is gone, and the terminal is as it was: echo, lines, cursor, no mouse, no other screen."""
    window.until(lambda _: window.program() is None, "the viewer has ended")
    window.until(lambda text: text.rstrip().endswith(PROMPT), "the prompt")
    assert window.state("alternate_on") == "0"
    assert window.state("cursor_flag") == "1"
    assert window.state("mouse_any_flag") == "0"
    window.command("clear; sh -c 'stty -a; echo done'")
    modes = window.shows("done\n").split()
    assert {"echo", "icanon", "isig", "icrnl", "opost"} <= set(modes), modes


def test_another_viewer_shows_history_and_the_whole_chart(
    watched: str, terminal: NewTerminal, house: House
) -> None:
    first = house.run(watched)["step"]
    window = attached(terminal, watched)
    text = window.shows("run watched created")
    assert step(text) >= first
    axis = window.until(lambda text: re.search(r"└┬.*\n +0 ", text), "a chart from step 0 on")
    drawn = [row[6:66] for row in axis.split("\n")[28:37]]
    assert any(re.search("[⠁-⣿]", row[:10]) for row in drawn), "no line at the left end of the chart"
    window.until(lambda _: house.run(watched)["viewers"] == 1, "the trainer counts one viewer")
    window.press("b")
    words = window.shows(f"{watched} goes on (step", f"Come back: gan-tui attach {watched}")
    window.until(lambda _: house.run(watched)["viewers"] == 0, "the trainer counts no viewer")
    house.goes_on(watched, step(words.replace("(", " ")))
    back_at_the_shell(window)


def test_two_viewers_see_each_others_changes(watched: str, terminal: NewTerminal) -> None:
    one, two = attached(terminal, watched), attached(terminal, watched, 80, 24)
    one.press("Space")
    two.shows(" PAUSED ", "space resume")
    two.press("Space")
    one.until(training, "training again")
    for window in (one, two):
        window.press("b")
        window.shows(f"{watched} goes on")


def test_a_killed_viewer_leaves_the_training_alone(watched: str, terminal: NewTerminal, house: House) -> None:
    window = attached(terminal, watched)
    at = step(window.text())
    window.viewer().send_signal(signal.SIGKILL)
    window.until(lambda _: window.program() is None, "the viewer is dead")
    house.goes_on(watched, at + 3)
    window.command(f"clear; gan-tui attach {watched}")
    window.until(lambda text: training(text) and step(text) > at, "a viewer in the same terminal")
    window.press("b")
    window.shows(f"{watched} goes on")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_viewer_and_mends_the_terminal(
    watched: str, terminal: NewTerminal, house: House, number: signal.Signals
) -> None:
    window = attached(terminal, watched)
    at = step(window.text())
    window.viewer().send_signal(number)
    window.shows(f"{watched} goes on (step")
    back_at_the_shell(window)
    house.goes_on(watched, at + 3)


def test_a_closed_window_ends_the_viewer_alone(watched: str, terminal: NewTerminal, house: House) -> None:
    window = attached(terminal, watched)
    at = step(window.text())
    viewer = window.viewer()
    window.kill_server()
    wait_for(lambda: not viewer.is_running() or viewer.status() == psutil.STATUS_ZOMBIE, "the viewer ends")
    house.goes_on(watched, at + 3)


def test_a_viewer_that_sleeps_costs_the_trainer_nothing(
    watched: str, terminal: NewTerminal, house: House
) -> None:
    window = terminal()
    # A shell without job control: it takes no notice, and does not write its prompt over the screen.
    window.command(f"sh -c 'gan-tui attach {watched}; true'")
    window.until(training, "the viewer is there")
    viewer = window.viewer()
    viewer.suspend()
    shown = step(window.text())
    at = house.run(watched)["step"]
    # Some hundred records that nobody takes: more than the queues between the two hold of samples.
    at = house.goes_on(watched, at + 100)
    assert step(window.text()) == shown, "it does not sleep"
    viewer.resume()
    window.until(lambda text: training(text) and step(text) >= at, "it catches up")
    window.press("b")
    window.shows(f"{watched} goes on")


def test_ctrl_z_suspends_and_fg_returns(watched: str, terminal: NewTerminal, house: House) -> None:
    window = attached(terminal, watched)
    at = step(window.text())
    window.press("C-z")
    window.until(lambda text: "Stopped" in text and text.rstrip().endswith(PROMPT), "the shell has it")
    assert window.state("alternate_on") == "0"
    at = house.goes_on(watched, at + 3)
    window.command("fg")
    window.until(lambda text: training(text) and step(text) >= at, "the viewer is back")
    window.press("Space")
    window.shows(" PAUSED ")
    window.press("Space")
    window.until(training, "keys work")
    window.press("b")
    window.shows(f"{watched} goes on")
    back_at_the_shell(window)
