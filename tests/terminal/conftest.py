"""Shared programs: one that the tests of keys steer, one trainer that viewers come to and leave.

A file has its own: what still trains when its tests are done would take a core from all that follow.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.driver import DIALOG, Terminal, step, training
from tests.terminal.house import House

HERE = Path(__file__).parent
NewTerminal = Callable[..., Terminal]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests; skip them where there is no tmux."""
    absent = shutil.which("tmux") is None
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.terminal)
            # tmux, a shell and two programs on a busy machine: what fails twice has failed; reruns are told.
            item.add_marker(pytest.mark.flaky(reruns=1))
            if absent:
                item.add_marker(pytest.mark.skip(reason="tmux is not installed: no real terminal to test in"))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One home for all tests of a file; nothing that was started in it lives on."""
    place = House()
    yield place
    place.close()


@pytest.fixture
def terminal(house: House) -> Iterator[NewTerminal]:
    """Open terminals; they are closed after the test."""
    opened: list[Terminal] = []

    def new(columns: int = 120, rows: int = 40, environment: dict[str, str | None] | None = None) -> Terminal:
        opened.append(Terminal(house, columns, rows, environment))
        return opened[-1]

    yield new
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def steered_window(house: House) -> Iterator[Terminal]:
    """A viewer at 120×40 that started its own trainer, with an end of its history to look at."""
    window = Terminal(house)
    window.command(house.run_line("steered"))
    window.until(lambda text: training(text) and step(text) > 3, "the training is on the screen")
    yield window
    window.close()


@pytest.fixture
def viewer(steered_window: Terminal) -> Terminal:
    """The same for every test: training, the whole screen, no dialog, whatever the test before left."""
    settle(steered_window)
    return steered_window


@pytest.fixture(scope="module")
def watched(house: House) -> Iterator[str]:
    """The name of a run that trains with nobody watching: started in a terminal, left with b."""
    window = Terminal(house, 80, 24)
    window.command(house.run_line("watched"))
    window.until(lambda text: training(text) and step(text) > 3, "the training is on the screen")
    window.press("b")
    window.shows("watched goes on")
    window.close()
    yield "watched"
    house.cli("stop", "watched")


def settle(window: Terminal) -> None:
    """Bring a viewer back to its whole screen, training."""

    def whole(text: str) -> bool:
        return training(text) and "7 EVENTS" in text and "1 SAMPLES" in text

    def covered(text: str) -> bool:
        return any(mark in text for mark in DIALOG) or "1 SAMPLES" not in text or "7 EVENTS" not in text

    for _ in range(8):
        text = window.until(
            lambda screen: whole(screen) or covered(screen) or " PAUSED " in screen or not window.program(),
            "a state that is known",
        )
        if window.program() is None:
            window.command("clear; gan-tui attach steered")
            window.until(lambda screen: "1 SAMPLES" in screen, "the viewer is back")
        elif covered(text):
            window.press("Escape")
            window.until(lambda screen, before=text: screen != before, "something changes")
        elif not whole(text):
            window.press("Space")
            window.until(training, "training again")
        else:
            return
    raise AssertionError(f"the viewer could not be brought back; the screen:\n{window.text()}")
