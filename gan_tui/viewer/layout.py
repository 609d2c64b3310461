"""Where each pane goes: pure functions of the terminal's size."""

from typing import Final, Literal, NamedTuple

from gan_tui.viewer.snapshot import ViewState

MIN_COLUMNS: Final = 60
MIN_ROWS: Final = 20
TILES: Final = ((28, 14), (24, 12), (14, 7))
"""Cells of a digit, largest first; 14×7 is the smallest chosen unasked."""
PREVIEW_TILE: Final = (10, 5)
_WANTED = 12

Kind = Literal["wide", "standard", "portrait", "compact", "small"]
NUMBERED: Final = ("samples", "game", "steer", "digits", "losses", "speed", "events")
"""Panes 1 to 7."""
_BARE = frozenset({"header", "health", "last", "footer", "small"})
"""Panes without a title rule, which one row is enough for."""


class Rect(NamedTuple):
    """A rectangle of cells; the height counts a pane's title rule."""

    x: int
    y: int
    width: int
    height: int


class Tiling(NamedTuple):
    """A grid of digits: cells of one, how many across and down, and empty rows between them."""

    width: int
    height: int
    columns: int
    rows: int
    gap: int

    @property
    def places(self) -> int:
        """How many digits fit."""
        return self.columns * self.rows


def kind(columns: int, rows: int) -> Kind:
    """Which of the arrangements a terminal of this size has."""
    if columns < MIN_COLUMNS or rows < MIN_ROWS:
        return "small"
    if columns >= 160 and rows >= 50:
        return "wide"
    if columns >= 110 and rows >= 34:
        return "standard"
    return "portrait" if rows >= 40 else "compact"


def layout(columns: int, rows: int) -> dict[str, Rect]:
    """All panes that this size shows, by name; none overlaps another or leaves the screen.

    Below the minimum it is "small" alone.
    """
    arrangement = {"wide": _columns, "standard": _columns, "portrait": _portrait, "compact": _compact}.get(
        kind(columns, rows)
    )
    if arrangement is None:
        return {"small": Rect(0, 0, columns, rows)}
    frame = {
        "header": Rect(0, 0, columns, 1),
        "health": Rect(0, 1, columns, 1),
        "footer": Rect(0, rows - 1, columns, 1),
    }
    panes = frame | arrangement(columns, rows)
    return {name: r for name, r in panes.items() if r.width > 0 and r.height >= (1 if name in _BARE else 3)}


def arrange(columns: int, rows: int, state: ViewState, maximised: str | None = None) -> dict[str, Rect]:
    """As ``layout``, with one pane on the whole screen, and with those that stand in for others now.

    While the trainer starts, "stages" has STEER's place; once it died, "died" has that of LOSSES.
    """
    panes = layout(columns, rows)
    if "small" in panes:
        return panes
    if maximised is not None:
        panes = {name: panes[name] for name in ("header", "health", "footer")}
        panes["health"] = panes["health"]._replace(height=1)
        panes[maximised] = Rect(1, 2, columns - 2, rows - 4)
    if state == "WARMING UP" and "steer" in panes:
        panes["stages"] = panes.pop("steer")
    if state == "TRAINER DIED" and "losses" in panes:
        panes["died"] = panes.pop("losses")
    return panes


def tiles(width: int, height: int, size: tuple[int, int] | None = None, *, close: bool = True) -> Tiling:
    """The grid of digits for a pane's body.

    Args:
        width: cells across.
        height: rows of the body.
        size: cells of a digit; None: the largest of which at least twelve fit, else 14×7.
        close: leave no row between digits where that makes room for one more row of them.
    """
    for across, down in (size,) if size else TILES:
        columns, rows, gap = (width + 1) // (across + 1), (height + 1) // (down + 1), 1
        if close and height // down > rows:
            rows, gap = height // down, 0
        if columns * rows >= _WANTED or (across, down) in {size, TILES[-1]}:
            break
    return Tiling(across, down, max(1, columns), max(1, rows), gap)


def _columns(columns: int, rows: int) -> dict[str, Rect]:
    """Wide and standard: digits and losses at the left, the rest at the right."""
    wide = kind(columns, rows) == "wide"
    right = min(62, columns // 3) if wide else 41
    room = columns - right - 3
    pitch = 25 if wide and room // 25 * ((rows * 5 // 7 - 3) // 13) >= _WANTED else 15
    # The left column is exactly as wide as its digits; the right one takes the rest.
    left = room // pitch * pitch - 1
    x, right = left + 3, columns - left - 4
    bottom = max(14, (rows - 4) * 2 // 7) if wide else 11
    top = rows - bottom - 5
    free = top - 2
    steer = 7
    # On 34 to 36 rows the game takes its short form, for else DIGITS SEEN had no room.
    short = 9 if free - 9 - steer > 2 else 5
    game, digits = (free - steer - 8, 8) if wide else (short, free - short - steer)
    speed = 8 if wide else 5
    y = top + 4
    return {
        "health": Rect(0, 1, columns, 2),
        "samples": Rect(1, 3, left, top),
        "losses": Rect(1, y, left, bottom),
        "game": Rect(x, 3, right, game),
        "steer": Rect(x, 4 + game, right, steer),
        "digits": Rect(x, 5 + game + steer, right, digits),
        "speed": Rect(x, y, right, speed),
        "events": Rect(x, y + speed + 1, right, bottom - speed - 1),
    }


def _portrait(columns: int, rows: int) -> dict[str, Rect]:
    """A tall narrow terminal: all below each other, STEER and DIGITS SEEN side by side."""
    y, samples, width = 2, (3 if rows >= 50 else 2) * 8, columns - 2
    half = (width - 2) * 17 // 32
    panes = {
        "samples": Rect(1, y, columns - 1, samples),
        "game": Rect(1, y + samples, width, 7),
        "steer": Rect(1, y + samples + 8, half, 7),
        "digits": Rect(half + 3, y + samples + 8, width - half - 2, 7),
    }
    y += samples + 15
    left = rows - 1 - y
    speed = 0 if left < 8 else 4 if left < 16 else 5
    return panes | {
        "losses": Rect(1, y, width, left - speed),
        "speed": Rect(1, rows - 1 - speed, width, speed),
    }


def _compact(columns: int, rows: int) -> dict[str, Rect]:
    """80×24 and its like: two columns, the last event in a row; a chart and EVENTS from 8 spare rows on."""
    left = max(1, (columns - 30) // 15) * 15 - 1
    right, x = columns - left - 3, left + 2
    top = max(12, (rows - 8) // 8 * 8)
    bottom = rows - 4 - top
    panes = {
        "samples": Rect(1, 2, left, top),
        "game": Rect(x, 2, right, 5),
        "steer": Rect(x, 7, right, 7),
        "digits": Rect(x, 14, right, top - 12),
    }
    y = 2 + top
    if bottom < 8:
        return panes | {
            "losses": Rect(1, y, left, bottom),
            "speed": Rect(x, y, right, bottom),
            "last": Rect(0, rows - 2, columns, 1),
        }
    return panes | {
        "losses": Rect(1, y, left, bottom + 1),
        "speed": Rect(x, y, right, 5),
        "events": Rect(x, y + 5, right, bottom - 4),
    }
