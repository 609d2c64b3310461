"""Terminals of all kinds: sizes, colours, ASCII, locales; and those that show nothing."""

import re

import pytest

from tests.terminal.conftest import NewTerminal
from tests.terminal.driver import Terminal, step, training
from tests.terminal.house import House, wait_for

pytestmark = pytest.mark.timeout(150)
SGR = re.compile(rb"\x1b\[([\d;:]*)m")
COLOUR = re.compile(r"(?:^|[;:])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:]|$)")


def attached(window: Terminal, run: str, ready: str = "by G", options: str = "", moves: bool = True) -> bytes:
    """Watch the run for some of its steps, leave it; returns what was written to the terminal."""
    window.command(f"gan-tui attach {options} {run}")
    window.shows(" TRAINING ", ready)
    at = step(window.text())
    if moves:
        window.until(lambda text: step(text) > at + 3, "the steps rise")
    window.press("b")
    window.shows("goes on (step")
    wait_for(lambda: b"goes on (step" in window.raw_bytes(), "all bytes are here")
    return window.raw_bytes()


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [
        (80, 24, ("1 SAMPLES", "2 THE GAME", "3 STEER", "4 DIGITS", "5 LOSSES", "6 SPEED", "? help")),
        (120, 40, ("1 SAMPLES", "2 THE GAME", "3 STEER", "4 DIGITS", "5 LOSSES", "6 SPEED", "7 EVENTS")),
        (200, 60, ("1 SAMPLES", "2 THE GAME", "3 STEER", "4 DIGITS", "5 LOSSES", "6 SPEED", "7 EVENTS")),
        (60, 50, ("1 SAMPLES", "2 THE GAME", "3 STEER", "4 DIGITS", "5 LOSSES", "6 SPEED", "? help")),
    ],
)
def test_every_size_shows_its_panes(
    watched: str, terminal: NewTerminal, columns: int, rows: int, words: tuple[str, ...]
) -> None:
    window = terminal(columns, rows)
    window.command(f"gan-tui attach {watched}")
    window.shows(*words, "by G")
    before = window.rows()
    assert len(before) == rows
    assert all(len(row) <= columns for row in before)
    window.until(lambda text: step(text) > step("\n".join(before)) + 2, "the step counter rises")
    samples = [row[:44] for row in before[3:17]]
    window.until(lambda text: [row[:44] for row in text.split("\n")[3:17]] != samples, "the digits change")
    window.press("b")
    window.shows("goes on")


def test_a_small_terminal_says_so_and_grows(watched: str, terminal: NewTerminal) -> None:
    window = terminal(50, 15)
    window.command(f"gan-tui attach {watched}")
    seen = window.shows("50x15 is too small", "gan-tui needs 60x20")
    window.until(lambda text: step(text) > step(seen), "the step still rises")
    window.press("Space")
    window.shows("paused", "space resume")
    window.press("Space")
    window.shows("training", "space pause")
    window.resize(80, 24)
    window.until(training, "the panes")
    window.press("b")
    window.shows("goes on")


def test_no_color_writes_no_colour(watched: str, terminal: NewTerminal) -> None:
    raw = attached(terminal(environment={"NO_COLOR": "1"}), watched)
    coloured = {code for code in SGR.findall(raw) if COLOUR.search(code.decode())}
    assert not coloured


def test_16_colours_are_enough_for_xterm(watched: str, terminal: NewTerminal) -> None:
    raw = attached(terminal(environment={"TERM": "xterm", "COLORTERM": None}), watched)
    assert not re.search(rb"\x1b\[[\d;]*[34]8;[25];", raw)
    assert re.search(rb"\x1b\[[\d;]*(?:3[0-7]|9[0-7])(?:;|m)", raw), "no colour at all"


def test_256_colours_take_no_24_bit_ones(watched: str, terminal: NewTerminal) -> None:
    raw = attached(terminal(environment={"COLORTERM": None}), watched)
    assert not re.search(rb"\x1b\[[\d;]*[34]8;2;", raw)
    assert re.search(rb"\x1b\[[\d;]*38;5;", raw)


@pytest.mark.parametrize(
    ("environment", "options"),
    [({}, "--ascii"), ({"LC_ALL": "C", "LANG": None}, ""), ({"LC_ALL": "POSIX", "LANG": None}, "")],
    ids=["--ascii", "LC_ALL=C", "LC_ALL=POSIX"],
)
def test_ascii_means_ascii(
    watched: str, terminal: NewTerminal, environment: dict[str, str | None], options: str
) -> None:
    window = terminal(environment=environment)
    raw = attached(window, watched, options=options)
    beyond = sorted({mark for mark in raw.decode(errors="replace") if not mark.isascii()})
    assert not beyond, f"not ASCII: {''.join(beyond)}"


def test_a_dumb_terminal_is_refused_in_one_sentence(watched: str, terminal: NewTerminal) -> None:
    window = terminal(environment={"TERM": "dumb"})
    for line in (f"gan-tui attach {watched}", "gan-tui"):
        window.command(f"clear; {line}; echo status=$?")
        seen = window.shows("status=2")
        assert seen.count("gan-tui: this terminal (TERM=dumb) cannot move its cursor;") == 1
        assert "Traceback" not in seen


def test_no_terminal_is_refused_in_one_sentence(watched: str, house: House) -> None:
    for arguments in ((), ("attach", watched)):
        answer = house.cli(*arguments)
        assert answer.returncode == 2
        assert answer.stdout == ""
        assert answer.stderr.startswith("gan-tui: standard input and output are no terminal;")
        assert answer.stderr.count("\n") == 1
