"""The live settings: six rows of name, value, track and keys."""

from collections.abc import Hashable
from typing import Final, NamedTuple

from textual import events
from textual.message import Message

from gan_tui.link.messages import Settings
from gan_tui.viewer.parameters import COUNT_HIGH, PARAMETERS, SteerParameter
from gan_tui.viewer.snapshot import Snapshot, ViewState
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, promise, row, titled, width

_NAME, _VALUE = 10, 7
_TRACK_AT = 1 + _NAME + _VALUE + 2
_KEYS_FROM, _KEYS = 38, 6
ASLEEP: Final[dict[ViewState, str]] = {
    "TRAINER DIED": "no trainer to steer",
    "STOPPED": "no trainer to steer",
    "CONNECTING": "not connected yet",
    "WARMING UP": "once the networks run",
}
"""States in which nothing can be steered, and why."""


class Track(NamedTuple):
    """Where a parameter's track stands in its row: first column and cells."""

    x: int
    cells: int


def track(parameter: SteerParameter, cells: int) -> Track:
    """The track's place in a pane of this many cells."""
    size = max(6, min(24, cells - 21 - (_KEYS if cells >= _KEYS_FROM else 0)))
    return Track(_TRACK_AT, min(size, COUNT_HIGH) if parameter.form == "count" else size)


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and a row a parameter."""
    status = snapshot.status
    out = [titled(view, "steer", "STEER", cells, _note(snapshot, view, cells))]
    if status is None:
        said = promise("what can be changed while it trains", view.look.style("dim"), cells)
        return [*out, *said][:height]
    for index, parameter in enumerate(PARAMETERS[: height - 1]):
        out.append(_parameter_row(index, parameter, snapshot, view, cells))
    return out


def changed(settings: Settings, recipe: Settings) -> int:
    """How many parameters differ from the recipe's."""
    return sum(p.value(settings) != p.value(recipe) for p in PARAMETERS)


def _note(snapshot: Snapshot, view: ViewOptions, cells: int) -> Row:
    style, glyphs, status = view.look.style, view.look.glyphs, snapshot.status
    asleep = ASLEEP.get(snapshot.state)
    if asleep is not None:
        return row((asleep, style("dim")))
    differing = changed(status.settings, status.recipe_settings) if status else 0
    if differing and cells > 30:
        return row((f"{differing} changed", style("text")))
    if glyphs.unicode:
        return row((f"{glyphs.up_down} choose  {glyphs.left_right} change", style("dim")))
    return row(("up down  left right", style("dim")))


def _parameter_row(
    index: int, parameter: SteerParameter, snapshot: Snapshot, view: ViewOptions, cells: int
) -> Row:
    assert snapshot.status is not None  # noqa: S101 - rows() draws no parameter without a status
    style, glyphs = view.look.style, view.look.glyphs
    asleep = snapshot.state in ASLEEP
    chosen = index == view.chosen and not asleep
    ground = "select" if chosen else "bg"
    value = parameter.value(snapshot.status.settings)
    differs = value != parameter.value(snapshot.status.recipe_settings)
    mark = glyphs.pending if parameter.name in snapshot.pending else "*" if differs else " "
    colour = parameter.player or "text"
    words = parameter.words(value)
    out = row(
        (glyphs.chosen if chosen else " ", style("text", ground)),
        (f"{parameter.label:<{_NAME}}", style("dim" if asleep else colour, ground, bold=chosen)),
        (" " * (_VALUE - len(words)), style("text", ground)),
        (
            words,
            style("dim" if asleep else "text", ground, bold=differs and not asleep),
        ),
        (mark + " ", style("text", ground)),
    )
    out += _drawn_track(parameter, value, view, cells, ground, "faint" if asleep else colour)
    room = cells - width(out)
    keys = parameter.keys if room > len(parameter.keys) else ""
    return out + row((keys.rjust(room - 1) + " ", style("dim", ground)) if room > 0 else ("", style()))


def _drawn_track(
    parameter: SteerParameter, value: float, view: ViewOptions, cells: int, ground: str, colour: str
) -> Row:
    style, glyphs = view.look.style, view.look.glyphs
    size = track(parameter, cells).cells
    faint, ink = style("faint", ground), style(colour, ground)
    if parameter.form == "count":
        full = min(size, max(0, round(value)))
        return row((glyphs.pip * full, ink), (glyphs.no_pip * (size - full), faint))
    knob = round(parameter.share(value) * (size - 1))
    return row((glyphs.slider * knob, faint), (glyphs.pip, ink), (glyphs.slider * (size - 1 - knob), faint))


class Steer(Pane):
    """The live settings; rows, tracks and wheel answer to the mouse."""

    class RowChosen(Message):
        """A row was clicked: choose this parameter (its index in ``PARAMETERS``)."""

        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    class ValueSet(Message):
        """A track was clicked: set this parameter to the value that stands there."""

        def __init__(self, index: int, value: float) -> None:
            self.index, self.value = index, value
            super().__init__()

    class Wheel(Message):
        """The wheel was turned over a row: change this parameter up (+1) or down (-1)."""

        def __init__(self, index: int, direction: int) -> None:
            self.index, self.direction = index, direction
            super().__init__()

    def __init__(self) -> None:
        super().__init__("steer")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """Six parameters."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """Settings, what is pending, and the chosen row."""
        status = snapshot.status
        return (
            snapshot.state in ASLEEP,
            snapshot.state,
            Same(status and status.settings),
            Same(status and status.recipe_settings),
            snapshot.pending,
            view.look,
            view.focus,
            view.chosen,
        )

    def on_click(self, event: events.Click) -> None:
        """Choose the row; on its track, set the value too."""
        index = self._index(event.y)
        if index is None:
            super().on_click(event)
            return
        event.stop()
        self.post_message(self.RowChosen(index))
        parameter = PARAMETERS[index]
        x, cells = track(parameter, self.size.width)
        if x <= event.x < x + cells:
            place = event.x - x
            # A count's first pip stands for 1; a slider's first cell for its lower end.
            share = (place + 1) / COUNT_HIGH if parameter.form == "count" else place / (cells - 1)
            self.post_message(self.ValueSet(index, parameter.at(share)))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Change the parameter under the pointer up."""
        self._wheel(event, +1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Change the parameter under the pointer down."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, direction: int) -> None:
        index = self._index(event.y)
        if index is not None:
            event.stop()
            self.post_message(self.Wheel(index, direction))

    def _index(self, y: int) -> int | None:
        """The parameter in this row; None on the title, below the last, and while nothing can be steered."""
        if self._shown is None or self._shown[0].state in ASLEEP or self._shown[0].status is None:
            return None
        return y - 1 if 1 <= y <= len(PARAMETERS) else None
