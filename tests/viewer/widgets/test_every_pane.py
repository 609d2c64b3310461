"""What holds for all panes, in all states, at the four sizes and on all terminals."""

from dataclasses import replace

import numpy as np
import pytest
from rich.cells import cell_len

from gan_tui.viewer.layout import NUMBERED
from gan_tui.viewer.widgets.rows import fitted, plain, width
from tests.viewer import fixtures
from tests.viewer.fixtures import LOOKS, STATES, view
from tests.viewer.widgets.drawn import Size, every_row

SIZES: list[Size] = [(80, 24), (120, 40), (200, 60), (60, 50), (100, 30), (60, 20), (110, 34), (40, 12)]
ON_THE_LINUX_CONSOLE = set("─│┤┬└┊●·━█░▲→←↑↓╭╮╰╯×…")


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("state", STATES)
def test_no_row_is_cut_and_none_is_too_many(state: str, size: Size) -> None:
    for look in ("dark", "ascii mono"):
        options = view(look, hint=True)
        for name, cells, height, rows in every_row(STATES[state], options, size):
            assert len(rows) <= height, name
            for row in rows:
                assert width(row) <= cells, (name, plain(row))
                assert width(fitted(row, cells, options.look.style())) == cells
                assert cell_len(plain(row)) == width(row), name


@pytest.mark.parametrize("pane", NUMBERED)
@pytest.mark.parametrize("state", ["training", "starting", "died", "empty"])
def test_no_row_is_cut_when_maximised(state: str, pane: str) -> None:
    for size in ((80, 24), (120, 40), (60, 50)):
        for name, cells, height, rows in every_row(STATES[state], view(maximised=pane), size):
            assert len(rows) <= height, name
            assert all(width(row) <= cells for row in rows), name


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("look", ["ascii", "ascii mono"])
def test_ascii_is_ascii(look: str, state: str) -> None:
    for size in SIZES:
        for maximised in (None, "losses", "game") if size == (120, 40) else (None,):
            options = view(look, hint=True, maximised=maximised)
            for name, _, _, rows in every_row(STATES[state], options, size):
                for row in rows:
                    assert plain(row).isascii(), (name, plain(row))


@pytest.mark.parametrize("state", STATES)
def test_the_linux_console_gets_only_what_its_fonts_have(state: str) -> None:
    for size in SIZES:
        for maximised in (None, "losses", "game") if size == (120, 40) else (None,):
            for name, _, _, rows in every_row(STATES[state], view("linux", maximised=maximised), size):
                for row in rows:
                    strange = {c for c in plain(row) if not c.isascii()} - ON_THE_LINUX_CONSOLE
                    assert not strange, (name, strange)


@pytest.mark.parametrize("look", LOOKS)
def test_every_segment_has_a_ground(look: str) -> None:
    for state in STATES.values():
        for name, _, _, rows in every_row(state, view(look), (120, 40)):
            for segment in (s for row in rows for s in row):
                assert segment.style is not None, name
                assert segment.style.bgcolor is not None, (name, segment.text)


@pytest.mark.parametrize("look", ["mono", "ascii mono"])
def test_no_colour_is_no_colour(look: str) -> None:
    for state in STATES.values():
        for name, _, _, rows in every_row(state, view(look), (120, 40)):
            for style in (s.style for row in rows for s in row if s.style):
                assert style.color is None or style.color.is_default, name
                assert style.bgcolor is None or style.bgcolor.is_default, name


@pytest.mark.parametrize("look", ["16", "linux"])
def test_sixteen_colours_are_the_terminals(look: str) -> None:
    for state in STATES.values():
        for name, _, _, rows in every_row(state, view(look), (120, 40)):
            for style in (s.style for row in rows for s in row if s.style):
                for colour in (style.color, style.bgcolor):
                    assert colour is None or colour.is_default or (colour.number or 0) < 16, name


def bounds(text: str) -> list[tuple[int, str]]:
    """Words that stay the same whatever the numbers, with the column they stand at."""
    out, column = [], 0
    for word in text.split(" "):
        if word and word.isalpha():
            out.append((column, word))
        column += len(word) + 1
    return out


@pytest.mark.parametrize("size", SIZES[:6], ids=lambda s: f"{s[0]}x{s[1]}")
def test_no_column_moves_when_values_change(size: Size) -> None:
    few = fixtures.replace_telemetry(fixtures.telemetry(9), right_real=0.05, right_fake=1.0, elapsed=1.0)
    many = fixtures.replace_telemetry(
        fixtures.telemetry(999_999), right_real=1.0, right_fake=0.0, epoch=99.99, elapsed=35_999.0
    )
    one, other = fixtures.training(telemetry=few), fixtures.training(telemetry=many)
    rates = fixtures.rates()
    fast = {name: values * np.float32(1.37) for name, values in rates.values.items()}
    other = replace(
        other,
        rates=replace(rates, values=fast),
        report=fixtures.report(tuple(reversed(fixtures.SHARES))),
        status=fixtures.status(d_steps=3, g_steps=3, d_lr=1e-5, ema=0.9999),
    )
    still = {"header", "digits", "speed", "footer", "samples"}
    pairs = zip(every_row(lambda: one, view(), size), every_row(lambda: other, view(), size), strict=True)
    for (name, _, _, before), (_, _, _, after) in pairs:
        assert len(before) == len(after), name
        if name in still:
            for a, b in zip(before, after, strict=True):
                assert bounds(plain(a)) == bounds(plain(b)), name


def test_hostile_text_cannot_leave_its_row() -> None:
    text = "saved \x1b[2J\n日本語 \u0301 \u202e name" * 9
    event = fixtures.event(9, 1223, "ü" * 30, text)
    known = fixtures.died().death
    assert known is not None
    death = replace(known, what=text, sentence=text, log=(text, text), clock=text[:9])
    for make in (
        lambda: fixtures.training(events=(event,)),
        lambda: fixtures.died(events=(event,), death=death),
        lambda: fixtures.training(refusal=(text, 0.0)),
        lambda: fixtures.training(status=fixtures.status(recipe=text, data_name=text, device=text)),
    ):
        for size in SIZES:
            for name, cells, _, rows in every_row(make, view(), size):
                for row in rows:
                    said = plain(row)
                    assert "\x1b" not in said, name
                    assert "\n" not in said, name
                    assert cell_len(said) == width(row), name
                    assert width(row) <= cells, name
