import string
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gan_tui.render import INK, MODES, PAPER, SHADES, Cells, RenderError, fit
from gan_tui.render.cells import quantise
from gan_tui.render.modes.ascii import TABLE
from gan_tui.render.modes.ramp import RAMP
from tests.render.images import Images, any_images, digits

MOSAIC = {" ": (0, 0, 0, 0), "▀": (1, 1, 0, 0), "▄": (0, 0, 1, 1)} | dict(
    zip(" ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█", product((0, 1), repeat=4), strict=True)
)
"""Upper left, upper right, lower left and lower right of each block glyph, as Unicode defines them."""


def pixels(cells: Cells) -> NDArray[np.uint8]:
    """Shades (T, 2·rows, 2·cols) that a terminal shows."""
    on = np.array([MOSAIC[chr(g)] for g in cells.glyphs.ravel()], bool).reshape(*cells.glyphs.shape, 2, 2)
    shade = np.where(on, cells.fg[..., None, None], cells.bg[..., None, None])
    tiles, rows, cols = cells.glyphs.shape
    return shade.transpose(0, 1, 3, 2, 4).reshape(tiles, rows * 2, cols * 2)


@pytest.mark.parametrize("name", MODES)
@given(
    images=any_images(), cols=st.integers(1, 30), rows=st.integers(1, 20), crop=st.none() | st.integers(1, 50)
)
def test_any_image_is_drawn_at_any_size(
    name: str, images: Images, cols: int, rows: int, crop: int | None
) -> None:
    mode = MODES[name]
    cells = mode.draw(images, cols, rows, crop)
    assert cells.glyphs.shape == (len(images), rows, cols)
    assert (cells.glyphs.dtype, cells.fg.dtype, cells.bg.dtype) == (np.uint32, np.uint8, np.uint8)
    assert (cells.fg < SHADES).all()
    assert (cells.bg < SHADES).all()
    if not mode.needs_colour:
        assert (cells.fg == INK).all()
        assert (cells.bg == PAPER).all()
    if mode.ascii:
        assert ((cells.glyphs >= 32) & (cells.glyphs < 127)).all()
    else:
        assert {chr(g) for g in cells.glyphs.ravel()} <= MOSAIC.keys()


@given(any_images(most_side=12))
def test_half_blocks_lose_nothing_where_a_cell_is_one_by_two_pixels(images: Images) -> None:
    images = np.concatenate([images] * 2, axis=1)  # an even height
    height, width = images.shape[1:3]
    shown = pixels(MODES["half"].draw(images, width, height // 2))[:, :, ::2]
    np.testing.assert_array_equal(shown, quantise(fit(images, width, height)))


@pytest.mark.parametrize(("cols", "rows", "crop"), [(28, 14, None), (24, 12, 24)])
def test_half_blocks_show_digits_in_sixteen_levels(cols: int, rows: int, crop: int | None) -> None:
    images = digits()
    margin = (28 - cols) // 2
    levels = np.rint(images[:, margin : 28 - margin, margin : 28 - margin] / 17).astype(np.uint8)
    np.testing.assert_array_equal(pixels(MODES["half"].draw(images, cols, rows, crop))[:, :, ::2], levels)


def test_blocks_put_the_ink_in_front() -> None:
    for name in ("half", "quadrant"):
        cells = MODES[name].draw(digits(), 14, 7, 24)
        blank = cells.glyphs == ord(" ")
        assert 0.2 < blank.mean() < 0.9
        assert (cells.fg[~blank] > cells.bg[~blank]).all()
        assert (cells.fg[blank] == cells.bg[blank]).all()


@given(any_images(most_side=16))
def test_quadrants_are_the_best_split(images: Images) -> None:
    cells = MODES["quadrant"].draw(images, 4, 3)
    exact = fit(images, 8, 6)
    exact_cells = exact.reshape(-1, 3, 2, 4, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 3, 4, 4).astype(float)
    patterns = np.array(list(product((0, 1), repeat=4)), bool)

    def error(on: NDArray[np.bool_], p: NDArray[np.float64]) -> float:
        return sum(float(((part - part.mean()) ** 2).sum()) for part in (p[on], p[~on]) if part.size)

    for at in np.ndindex(cells.glyphs.shape):
        best = min(error(on, exact_cells[at]) for on in patterns)
        chosen = error(np.array(MOSAIC[chr(cells.glyphs[at])], bool), exact_cells[at])
        # A split whose two shades round to the same one is none.
        assert chosen <= best + 1e-4 + 1e-5 or (
            chosen <= best + (1 / INK) ** 2 and cells.fg[at] == cells.bg[at]
        )
        on = np.array(MOSAIC[chr(cells.glyphs[at])], bool)
        if on.any():
            assert abs(cells.fg[at] - exact_cells[at][on].mean() * INK) <= 0.51
        assert abs(cells.bg[at] - exact_cells[at][~on].mean() * INK) <= 0.51


def test_the_ramp_follows_brightness() -> None:
    slope = np.repeat(np.linspace(0, 255, 10).round().astype(np.uint8), 2)[None, None]
    assert MODES["ramp"].draw(slope, 10, 1).tile(0).lines() == [" .:-=+*#%@"]
    assert len(RAMP) == 10


def test_glyph_matching_finds_shapes() -> None:
    stroke = np.zeros((4, 16, 16), np.uint8)
    stroke[0, :, 7:9] = 255
    stroke[1, 13:15] = 255
    stroke[2] = 255 * (np.abs(np.subtract.outer(np.arange(16), np.arange(16))) < 4)
    drawn = MODES["ascii"].draw(stroke, 2, 1)
    assert set(drawn.tile(1).lines()[0]) <= set("_,.")
    assert drawn.tile(3).lines() == ["  "]
    single = MODES["ascii"].draw(stroke[:, :, 4:12], 1, 1)
    assert chr(single.glyphs[0, 0, 0]) in "|lI!"
    assert MODES["ascii"].draw(stroke[2:3], 1, 1).tile(0).lines() == ["\\"]
    assert MODES["ascii"].draw(stroke[2:3, :, ::-1], 1, 1).tile(0).lines() == ["/"]


def test_glyph_matching_uses_no_digits_and_many_glyphs() -> None:
    used = {chr(g) for g in MODES["ascii"].draw(digits(), 14, 7, 24).glyphs.ravel()}
    assert not used & set(string.digits)
    assert len(used) > 15


def test_the_glyph_table_is_whole() -> None:
    with np.load(TABLE, allow_pickle=False) as table:
        assert [chr(g) for g in table["glyphs"]] == [c for c in map(chr, range(32, 127)) if not c.isdigit()]
        assert table["coverage"].shape == (85, 24, 12)
        assert table["coverage"][0].max() == 0
        assert table["coverage"][1:].any((1, 2)).all()


@pytest.mark.parametrize("name", MODES)
def test_a_tile_does_not_depend_on_its_neighbours(name: str) -> None:
    images = digits()
    together = MODES[name].draw(images, 14, 7, 24)
    alone = MODES[name].draw(images[5:6], 14, 7, 24)
    assert together.tile(5).lines() == alone.tile(0).lines()
    np.testing.assert_array_equal(together.fg[5], alone.fg[0])


@pytest.mark.parametrize("name", MODES)
def test_no_cells_cannot_be_drawn(name: str) -> None:
    with pytest.raises(RenderError):
        MODES[name].draw(digits(), 0, 7, None)
    with pytest.raises(RenderError):
        MODES[name].draw(digits()[0], 14, 7, None)


def test_drawing_needs_numpy_alone() -> None:
    import subprocess

    code = (
        "import sys, gan_tui.render;"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'PIL', 'torch', 'textual', 'rich', 'scipy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
