import numpy as np
import pytest

from gan_tui.viewer.widgets.chart import MARK, Canvas, Curve, Frame, braille, letters

FRAME = Frame(40, 8, (0.0, 100.0), (0.0, 1.0))
NAN, INF = float("nan"), float("inf")


def curve(x: list[float], y: list[float], joined: bool = True, key: str = "G") -> Curve:
    return Curve(key, "g", np.array(x, np.float64), np.array(y, np.float64), joined)


def texts(canvas: Canvas) -> list[str]:
    return ["".join(text for text, _ in row) for row in canvas]


def where(canvas: Canvas, key: str) -> list[tuple[int, int]]:
    """(column, row) of all cells that belong to a key."""
    out = []
    for y, row in enumerate(canvas):
        x = 0
        for text, whose in row:
            out += [(x + i, y) for i, char in enumerate(text) if whose == key and char != " "]
            x += len(text)
    return out


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([], []),
        ([50], [0.5]),
        ([0, 100], [0.5, 0.5]),
        ([0, 50, 100], [0.2, NAN, 0.4]),
        ([0, 50, 100], [NAN, NAN, NAN]),
        ([0, 50, 100], [INF, -INF, 0.4]),
        ([NAN, 50, INF], [0.1, 0.2, 0.3]),
        ([0, 0, 0], [0.1, 0.2, 0.3]),
        ([0, 100], [-5.0, 5.0]),
    ],
)
@pytest.mark.parametrize("joined", [True, False])
def test_any_points_give_a_whole_canvas(x: list[float], y: list[float], joined: bool) -> None:
    # A NaN that reached plotext would end this very process.
    for canvas in (
        braille(FRAME, [curve(x, y, joined)], [20.0, 70.0]),
        letters(FRAME, [curve(x, y, joined)], [20.0, 70.0], ":"),
    ):
        assert [len(t) for t in texts(canvas)] == [40] * 8


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (60, 8), (105, 34), (300, 90)])
def test_the_canvas_has_the_size_asked_for_whatever_the_terminal(size: tuple[int, int]) -> None:
    frame = Frame(*size, (0.0, 10.0), (0.0, 1.0))
    for canvas in (
        braille(frame, [curve([0, 10], [0, 1])]),
        letters(frame, [curve([0, 10], [0, 1])], [], ":"),
    ):
        assert [len(t) for t in texts(canvas)] == [size[0]] * size[1]


def test_points_are_where_they_should() -> None:
    for canvas in (
        braille(FRAME, [curve([0, 50, 100], [0, 0.5, 1], joined=False)]),
        letters(FRAME, [curve([0, 100], [0, 1])], [], ":"),
    ):
        cells = where(canvas, "G")
        assert (0, 7) in cells
        assert (39, 0) in cells
        # One half lies between the two middle rows.
        assert FRAME.column(50) in {x for x, y in cells if y in {3, 4}}


def test_lines_are_joined_and_dots_are_not() -> None:
    joined = where(braille(FRAME, [curve([0, 100], [0.5, 0.5])]), "G")
    assert {x for x, _ in joined} == set(range(40))
    dots = where(braille(FRAME, [curve([0, 100], [0.5, 0.5], joined=False)]), "G")
    assert {x for x, _ in dots} == {0, 39}


def test_marks_are_dotted_lines_beneath() -> None:
    for canvas, dotted in (
        (braille(FRAME, [curve([0, 100], [0.5, 0.5])], [50.0]), "┊"),
        (letters(FRAME, [curve([0, 100], [0.5, 0.5])], [50.0], ":"), ":"),
    ):
        marked = where(canvas, MARK)
        assert {x for x, _ in marked} == {FRAME.column(50)}
        assert len(marked) == 7  # the curve covers one of eight rows
        assert any(dotted in text for text in texts(canvas))


def test_the_last_curve_is_on_top() -> None:
    two = [curve([0, 100], [0.5, 0.5], key="D"), curve([0, 100], [0.5, 0.5], key="G")]
    for canvas in (braille(FRAME, two), letters(FRAME, two, [], ":")):
        assert where(canvas, "D") == []
        assert where(canvas, "G")


def test_the_frame_keeps_places_inside() -> None:
    assert FRAME.row(5.0) == 0
    assert FRAME.row(-5.0) == 7
    assert FRAME.row(INF) == 0
    assert FRAME.row(-INF) == 7
    assert FRAME.column(NAN) == 0
    assert Frame(10, 5, (3.0, 3.0), (1.0, 1.0)).row(1.0) == 4
