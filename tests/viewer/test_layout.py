from itertools import combinations

import numpy as np
import pytest

from gan_tui.viewer.layout import NUMBERED, Rect, Tiling, arrange, kind, layout, tiles

WIDTHS, HEIGHTS = range(60, 301), range(20, 101)
EXACT = {
    (200, 60): {
        "header": (0, 0, 200, 1),
        "health": (0, 1, 200, 2),
        "samples": (1, 3, 124, 39),
        "game": (127, 3, 72, 22),
        "steer": (127, 26, 72, 7),
        "digits": (127, 34, 72, 8),
        "losses": (1, 43, 124, 16),
        "speed": (127, 43, 72, 8),
        "events": (127, 52, 72, 7),
        "footer": (0, 59, 200, 1),
    },
    (120, 40): {
        "header": (0, 0, 120, 1),
        "health": (0, 1, 120, 2),
        "samples": (1, 3, 74, 24),
        "game": (77, 3, 42, 9),
        "steer": (77, 13, 42, 7),
        "digits": (77, 21, 42, 6),
        "losses": (1, 28, 74, 11),
        "speed": (77, 28, 42, 5),
        "events": (77, 34, 42, 5),
        "footer": (0, 39, 120, 1),
    },
    (60, 50): {
        "header": (0, 0, 60, 1),
        "health": (0, 1, 60, 1),
        "samples": (1, 2, 59, 24),
        "game": (1, 26, 58, 7),
        "steer": (1, 34, 29, 7),
        "digits": (32, 34, 27, 7),
        "losses": (1, 41, 58, 4),
        "speed": (1, 45, 58, 4),
        "footer": (0, 49, 60, 1),
    },
    (80, 24): {
        "header": (0, 0, 80, 1),
        "health": (0, 1, 80, 1),
        "samples": (1, 2, 44, 16),
        "game": (46, 2, 33, 5),
        "steer": (46, 7, 33, 7),
        "digits": (46, 14, 33, 4),
        "losses": (1, 18, 44, 4),
        "speed": (46, 18, 33, 4),
        "last": (0, 22, 80, 1),
        "footer": (0, 23, 80, 1),
    },
}


@pytest.fixture(scope="module")
def every_size() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Sizes (n, 2), and for each pane its rectangles (n, 4); -1 where it is not shown."""
    sizes = [(w, h) for w in WIDTHS for h in HEIGHTS]
    rects: dict[str, np.ndarray] = {}
    for i, size in enumerate(sizes):
        for name, rect in layout(*size).items():
            if name not in rects:
                rects[name] = np.full((len(sizes), 4), -1)
            rects[name][i] = rect
    return np.array(sizes), rects


@pytest.mark.parametrize("size", EXACT)
def test_the_table_of_the_design(size: tuple[int, int]) -> None:
    assert layout(*size) == {name: Rect(*r) for name, r in EXACT[size].items()}


def test_inside_the_screen_at_every_size(every_size: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    sizes, rects = every_size
    for name, r in rects.items():
        shown = r[:, 0] >= 0
        right, below = r[:, 0] + r[:, 2], r[:, 1] + r[:, 3]
        good = (right <= sizes[:, 0]) & (below <= sizes[:, 1]) & (r[:, 2] > 0) & (r[:, 3] > 0)
        assert good[shown].all(), (name, sizes[shown & ~good][:3])


def test_no_two_overlap_at_any_size(every_size: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    sizes, rects = every_size
    for (one, a), (other, b) in combinations(rects.items(), 2):
        both = (a[:, 0] >= 0) & (b[:, 0] >= 0)
        apart = (
            (a[:, 0] + a[:, 2] <= b[:, 0])
            | (b[:, 0] + b[:, 2] <= a[:, 0])
            | (a[:, 1] + a[:, 3] <= b[:, 1])
            | (b[:, 1] + b[:, 3] <= a[:, 1])
        )
        assert apart[both].all(), (one, other, sizes[both & ~apart][:3])


def test_every_pane_is_there_but_where_the_design_says_otherwise(
    every_size: tuple[np.ndarray, dict[str, np.ndarray]],
) -> None:
    sizes, rects = every_size
    shape = np.array([kind(w, h) for w, h in sizes.tolist()])
    for name in ("header", "health", "samples", "game", "steer", "losses", "footer"):
        assert (rects[name][:, 0] >= 0).all(), name
    no_speed = rects["speed"][:, 0] < 0
    assert set(sizes[no_speed][:, 1].tolist()) == {40, 41}
    assert set(shape[no_speed]) == {"portrait"}
    # EVENTS, or in its place the last one in a row; in portrait it is there when maximised.
    events, last = rects["events"][:, 0] >= 0, rects["last"][:, 0] >= 0
    assert (events ^ last)[shape != "portrait"].all()
    assert not (events | last)[shape == "portrait"].any()
    # A compact screen of 20 to 23 rows has one row of digits and no room below STEER.
    no_digits = rects["digits"][:, 0] < 0
    assert (no_digits == ((shape == "compact") & (sizes[:, 1] < 24))).all()


def test_titled_panes_have_rows_below_their_title(
    every_size: tuple[np.ndarray, dict[str, np.ndarray]],
) -> None:
    _, rects = every_size
    for name in NUMBERED:
        heights = rects[name][rects[name][:, 0] >= 0][:, 3]
        assert heights.min() >= 3, name


def test_the_left_column_is_a_whole_number_of_digits(
    every_size: tuple[np.ndarray, dict[str, np.ndarray]],
) -> None:
    _, rects = every_size
    for _, _, width, height in np.unique(rects["samples"], axis=0).tolist():
        grid = tiles(width, height - 1)
        assert grid.columns * (grid.width + 1) - 1 <= width
        assert grid.rows * grid.height + (grid.rows - 1) * grid.gap <= height - 1


@pytest.mark.parametrize("size", [(59, 20), (60, 19), (40, 12), (1, 1)])
def test_below_the_minimum_there_is_one_pane(size: tuple[int, int]) -> None:
    assert layout(*size) == {"small": Rect(0, 0, *size)}
    assert arrange(*size, "PAUSED", "losses") == layout(*size)


@pytest.mark.parametrize("pane", NUMBERED)
@pytest.mark.parametrize("size", EXACT)
def test_maximised(size: tuple[int, int], pane: str) -> None:
    columns, rows = size
    panes = arrange(columns, rows, "TRAINING", pane)
    assert panes[pane] == Rect(1, 2, columns - 2, rows - 4)
    assert set(panes) == {"header", "health", "footer", pane}
    assert panes["health"].height == 1


def test_stand_ins() -> None:
    usual = layout(120, 40)
    starting = arrange(120, 40, "WARMING UP")
    assert starting["stages"] == usual["steer"]
    assert "steer" not in starting
    died = arrange(120, 40, "TRAINER DIED")
    assert died["died"] == usual["losses"]
    assert "losses" not in died
    assert "died" in arrange(120, 40, "TRAINER DIED", "losses")
    assert arrange(120, 40, "TRAINING") == usual


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ((124, 38), Tiling(24, 12, 5, 3, 1)),
        ((74, 23), Tiling(14, 7, 5, 3, 1)),
        ((44, 15), Tiling(14, 7, 3, 2, 1)),
        ((59, 23), Tiling(14, 7, 4, 3, 1)),
        ((44, 14), Tiling(14, 7, 3, 2, 0)),  # a gap would cost a row of digits
        ((5, 3), Tiling(14, 7, 1, 1, 1)),
        ((250, 80), Tiling(28, 14, 8, 5, 1)),
    ],
)
def test_tiles(body: tuple[int, int], expected: Tiling) -> None:
    assert tiles(*body) == expected


def test_a_chosen_tile_size_is_kept_however_few_fit() -> None:
    assert tiles(44, 15, (28, 14))[:4] == (28, 14, 1, 1)
    assert tiles(124, 38, (14, 7))[:4] == (14, 7, 8, 5)
