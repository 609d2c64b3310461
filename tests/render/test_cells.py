import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.render import (
    MODES,
    Cells,
    Colour,
    RenderError,
    all_runs,
    grey_numbers,
    grid,
    runs,
    shade_colours,
    sixteen_numbers,
    to_ansi,
)
from tests.render.images import digits

SGR = re.compile(r"\x1b\[([0-9;]*)m")


@st.composite
def pictures(draw: st.DrawFn) -> Cells:
    """Small pictures of few glyphs and shades, so that neighbours are often alike."""
    rows, cols = draw(st.integers(0, 4)), draw(st.integers(0, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    glyphs = random.choice([ord(c) for c in "  ▀▄"], (rows, cols)).astype(np.uint32)
    fg, bg = random.choice([0, 7, 15], (2, rows, cols)).astype(np.uint8)
    return Cells(glyphs, fg, bg)


def shown(cells: Cells) -> list[list[tuple[str, int | None, int]]]:
    """What a terminal shows of each cell: a space has no foreground."""
    return [
        [
            (chr(g), None if chr(g) == " " else int(f), int(b))
            for g, f, b in zip(cells.glyphs[y], cells.fg[y], cells.bg[y], strict=True)
        ]
        for y in range(cells.rows)
    ]


@given(pictures())
def test_runs_show_the_same_cells(cells: Cells) -> None:
    per_cell = [
        [(c, None if c == " " else f, b) for text, f, b in row for c in text] for row in all_runs(cells)
    ]
    assert per_cell == shown(cells)
    for y, row in enumerate(all_runs(cells)):
        assert all(text for text, _, _ in row)
        assert all(left[1:] != right[1:] for left, right in pairwise(row))
        assert row == runs(cells.row(y))


def test_spaces_join_their_neighbours() -> None:
    cells = Cells(
        np.array([[ord(c) for c in "  a b  c "]], np.uint32),
        np.array([[0, 3, 9, 1, 9, 2, 2, 5, 0]], np.uint8),
        np.array([[0, 0, 0, 0, 0, 0, 4, 4, 4]], np.uint8),
    )
    assert runs(cells) == [("  a b ", 9, 0), (" ", 9, 4), ("c ", 5, 4)]


def test_runs_of_tiles_come_tile_by_tile() -> None:
    cells = MODES["quadrant"].draw(digits(3), 14, 7, 24)
    assert all_runs(cells) == [row for index in range(3) for row in all_runs(cells.tile(index))]
    with pytest.raises(RenderError):
        runs(cells.tile(0))


@pytest.mark.parametrize("colour", ["16", "256", "truecolor"])
@given(cells=pictures())
def test_each_line_has_its_cells_and_ends_with_a_reset(colour: Colour, cells: Cells) -> None:
    lines = to_ansi(cells, colour)
    assert [SGR.sub("", line) for line in lines] == cells.lines()
    assert all(line.endswith("\x1b[0m") for line in lines)
    assert all(not line.startswith("\x1b[0m") for line in lines if cells.cols)


@given(pictures())
def test_without_colour_the_glyphs_come_alone(cells: Cells) -> None:
    assert to_ansi(cells, "none") == cells.lines()


def test_true_colours_are_read_back() -> None:
    cells = MODES["half"].draw(digits(2), 28, 14).tile(1)
    paper, ink = "#05070A", "#C9EBFA"
    colours = shade_colours(paper, ink)
    assert (colours[0], colours[15]) == (paper.lower(), ink.lower())
    for line, wanted in zip(to_ansi(cells, "truecolor", paper, ink), shown(cells), strict=True):
        fg = bg = ""
        seen = []
        at = 0
        for match in SGR.finditer(line):
            seen += [(c, None if c == " " else fg, bg) for c in line[at : match.start()]]
            at = match.end()
            for layer, r, g, b in re.findall(r"([34])8;2;(\d+);(\d+);(\d+)", match.group(1)):
                value = f"#{int(r):02x}{int(g):02x}{int(b):02x}"
                fg, bg = (value, bg) if layer == "3" else (fg, value)
        assert seen == [(c, None if f is None else colours[f], colours[b]) for c, f, b in wanted]


def test_palettes_run_from_paper_to_ink() -> None:
    assert grey_numbers()[0] == 16
    assert grey_numbers()[-1] == 255
    assert len(set(grey_numbers())) == 16
    assert grey_numbers(False)[0] == 231
    assert grey_numbers(False)[-1] == 232
    assert sixteen_numbers() == [0] * 4 + [8] * 4 + [7] * 4 + [15] * 4
    assert sixteen_numbers(False) == sixteen_numbers()[::-1]
    block = Cells(np.array([[ord("▀")]], np.uint32), np.array([[15]], np.uint8), np.array([[0]], np.uint8))
    assert to_ansi(block, "16") == ["\x1b[97;40m▀\x1b[0m"]
    assert to_ansi(block, "16", paper="#FFFFFF", ink="#000000") == ["\x1b[30;107m▀\x1b[0m"]
    assert to_ansi(block, "256") == ["\x1b[38;5;255;48;5;16m▀\x1b[0m"]


@pytest.mark.parametrize("paper", ["05070A", "#05070", "#05070G", "red", "#+5070A"])
def test_a_malformed_colour_is_said(paper: str) -> None:
    with pytest.raises(RenderError, match="#rrggbb"):
        to_ansi(MODES["half"].draw(digits(1), 4, 2).tile(0), "truecolor", paper=paper)


def test_only_one_picture_is_printed() -> None:
    with pytest.raises(RenderError, match="grid"):
        to_ansi(MODES["half"].draw(digits(2), 4, 2))


@given(st.integers(0, 9), st.integers(1, 5), st.integers(0, 2), st.none() | st.integers(0, 2))
def test_a_grid_holds_every_tile_at_its_place(
    tiles: int, columns: int, gap: int, row_gap: int | None
) -> None:
    cells = MODES["ramp"].draw(np.random.default_rng(tiles).integers(0, 256, (tiles, 6, 4), np.uint8), 4, 3)
    picture = grid(cells, columns, gap, row_gap)
    down = gap if row_gap is None else row_gap
    across = max(1, min(columns, tiles))
    bands = -(-tiles // across)
    assert picture.rows == max(0, bands * (3 + down) - down)
    assert picture.cols == across * (4 + gap) - gap
    lines = picture.lines()
    for index in range(tiles):
        y, x = index // across * (3 + down), index % across * (4 + gap)
        assert [line[x : x + 4] for line in lines[y : y + 3]] == cells.tile(index).lines()
    inked = sum(c != " " for line in lines for c in line)
    assert inked == int((cells.glyphs != ord(" ")).sum())


def test_cells_of_unequal_shape_are_refused() -> None:
    with pytest.raises(RenderError, match="differ"):
        Cells(np.zeros((2, 3), np.uint32), np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8))
    with pytest.raises(RenderError):
        Cells(np.zeros(3, np.uint32), np.zeros(3, np.uint8), np.zeros(3, np.uint8))
    with pytest.raises(RenderError):
        grid(MODES["half"].draw(digits(2), 4, 2), 0)
