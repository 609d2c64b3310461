import numpy as np
import pytest
from rich.segment import Segment

from gan_tui.link.messages import Samples
from gan_tui.render import MODES, runs
from gan_tui.viewer.widgets.rows import plain, width
from gan_tui.viewer.widgets.tile_art import TileArt, images, way, ways
from tests.viewer import fixtures
from tests.viewer.fixtures import LOOKS, digits, training, view
from tests.viewer.widgets.drawn import rows_of, text_of

SIZE = (14, 7)


def test_the_title_says_who_drew_what() -> None:
    assert text_of("samples", training(), view())[0].endswith("─ drawn by G  EMA  15 of 40  fixed z")
    assert text_of("samples", training(), view(), (80, 24))[0].endswith("─ by G  EMA  6 of 40")
    raw = training(samples=fixtures.samples("raw"))
    assert text_of("samples", raw, view())[0].endswith("─ drawn by G  raw  15 of 40  fixed z")
    assert text_of("samples", fixtures.died(), view())[0].endswith(
        "─ last drawn by G  EMA  15 of 40  fixed z"
    )
    assert text_of("samples", fixtures.starting(), view())[0].endswith("─ real digits from mnist")
    few = training(samples=fixtures.samples(count=4))
    assert "  4 of 4  " in text_of("samples", few, view())[0]


def test_g_is_tinted_and_real_is_neutral() -> None:
    options = view()
    ink, neutral = options.look.shade(15, 0), options.look.shade(15, 0, real=True)
    drawn = {
        s.style.color
        for row in rows_of("samples", training(), options, (120, 40))[1:]
        for s in row
        if s.style
    }
    assert neutral.color not in drawn
    real = {
        s.style.color
        for row in rows_of("samples", fixtures.starting(), options, (120, 40))[1:]
        for s in row
        if s.style
    }
    assert ink.color not in real


def test_tiles_keep_their_places() -> None:
    before = text_of("samples", training(), view())
    pixels = bytearray(fixtures.samples().pixels)
    pixels[28 * 28 * 7 : 28 * 28 * 8] = bytes(28 * 28)  # the eighth digit is gone
    changed = Samples(kind="ema", step=9, count=40, height=28, width=28, channels=1, pixels=bytes(pixels))
    after = text_of("samples", training(samples=changed), view())
    differing = [y for y, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert differing
    # The second of three rows of digits, the third of five columns.
    assert set(differing) <= set(range(9, 16))
    for y in differing:
        a, b = before[y].ljust(74), after[y].ljust(74)
        assert {x for x in range(74) if a[x] != b[x]} <= set(range(30, 44))


def test_real_digits_beside() -> None:
    options = view(show_real=True)
    pane = rows_of("samples", training(), options, (120, 40))
    assert plain(pane[0]).endswith("right: real digits")
    neutral = options.look.shade(15, 0, real=True).color
    tinted = options.look.shade(15, 0).color
    for row in pane[1:8]:
        x = 0
        for text, style, _ in row:
            assert style is not None
            if style.color == neutral:
                assert x >= 45
            if style.color == tinted:
                assert x < 45
            x += len(text)


def test_maximised_digits_are_in_the_middle() -> None:
    pane = rows_of("samples", training(), view(maximised="samples"), (120, 40))
    assert plain(pane[0]).endswith("─ drawn by G  EMA  28 of 40  fixed z")
    assert plain(pane[1])[:7].strip() == ""
    assert len(pane) == 1 + 4 * 7 + 3


def test_nothing_yet() -> None:
    lines = text_of("samples", fixtures.starting(real=None), view())
    assert lines[12].strip() == "digits appear here"


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        ("dark", ("half", "quadrant", "ascii", "ramp")),
        ("16", ("half", "quadrant", "ascii", "ramp")),
        ("mono", ("ascii", "ramp")),
        ("linux", ("ascii", "ramp")),
        ("ascii", ("ascii", "ramp")),
    ],
)
def test_ways_that_can_be_shown(look: str, expected: tuple[str, ...]) -> None:
    assert set(ways(LOOKS[look])) == set(expected)


def test_the_best_way() -> None:
    assert way(None, LOOKS["dark"], 24, 28) == "half"
    assert way(None, LOOKS["dark"], 28, 28) == "half"
    assert way(None, LOOKS["dark"], 14, 28) == "quadrant"
    assert way(None, LOOKS["ascii"], 24, 28) == "ascii"
    assert way("half", LOOKS["dark"], 14, 28) == "half"
    assert way("half", LOOKS["mono"], 14, 28) == "ascii"


def test_unchanged_tiles_are_not_drawn_again() -> None:
    art, look = TileArt(), LOOKS["dark"]
    pictures = digits(10)
    first = art.tiles(pictures, SIZE, look)
    assert art.drawn == 10
    again = art.tiles(pictures, SIZE, look)
    assert art.drawn == 10
    assert all(a is b for a, b in zip(first, again, strict=True))
    changed = pictures.copy()
    changed[3] = 255 - changed[3]
    third = art.tiles(changed, SIZE, look)
    assert art.drawn == 11
    assert [a is b for a, b in zip(first, third, strict=True)] == [i != 3 for i in range(10)]


def test_another_look_is_another_tile() -> None:
    art = TileArt()
    for count, (look, size, real) in enumerate(
        [("dark", SIZE, False), ("light", SIZE, False), ("dark", SIZE, True), ("dark", (10, 5), False)], 1
    ):
        art.tiles(digits(1), size, LOOKS[look], real=real)
        assert art.drawn == count


def test_memory_is_bounded() -> None:
    art = TileArt(kept=20)
    for seed in range(5):
        art.tiles(digits(10, seed), SIZE, LOOKS["dark"])
    assert len(art._tiles) == 20
    art.tiles(digits(10, 4), SIZE, LOOKS["dark"])
    assert art.drawn == 50
    assert len(art.tiles(digits(40, 99), SIZE, LOOKS["dark"])) == 40


@pytest.mark.parametrize(("look", "mode"), [(name, mode) for name in LOOKS for mode in ways(LOOKS[name])])
def test_segments_are_the_cells_that_were_drawn(look: str, mode: str) -> None:
    pictures = np.concatenate(
        [digits(10), np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8)]
    )
    tiles = TileArt().tiles(pictures, SIZE, LOOKS[look], mode)
    cells = MODES[mode].draw(pictures, *SIZE, 24)
    shade = LOOKS[look].shade
    for t, tile in enumerate(tiles):
        assert len(tile) == 7
        for y, row in enumerate(tile):
            assert width(row) == 14
            assert plain(row) == cells.tile(t).lines()[y]
            # render's own joining of one row, coloured cell by cell, but for spaces: they show no foreground.
            expected = [
                Segment(c, shade(fg, bg)) for text, fg, bg in runs(cells.tile(t).row(y)) for c in text
            ]
            got = [Segment(c, style) for text, style, _ in row for c in text]
            for a, b in zip(got, expected, strict=True):
                assert a.text == b.text
                assert a.style is not None
                assert b.style is not None
                assert a.style.bgcolor == b.style.bgcolor
                assert a.text == " " or a.style.color == b.style.color


def test_few_colours_make_few_segments() -> None:
    def count(look: str) -> int:
        return sum(len(row) for tile in TileArt().tiles(digits(10), SIZE, LOOKS[look]) for row in tile)

    assert count("16") < count("dark")


def test_colour_images() -> None:
    picture = np.zeros((2, 8, 8, 3), np.uint8)
    message = Samples(kind="raw", step=1, count=2, height=8, width=8, channels=3, pixels=picture.tobytes())
    assert images(message).shape == (2, 8, 8, 3)
    assert len(text_of("samples", training(samples=message), view())) == 8
