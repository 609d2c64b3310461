"""The first row: state, step, epoch, time; what is trained on what."""

import math
from collections.abc import Hashable

from rich.style import Style

from gan_tui.render import numbers
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Snapshot, ViewState
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, between, row, width

_GROUNDS: dict[ViewState, str] = {
    "PAUSED": "text",
    "FINISHED": "text",
    "STOPPED": "text",
    "DETACHED": "dim",
    "TRAINER DIED": "alarm",
}
"""The row's ground in states in which nothing moves; else it is lifted and the state is a filled badge."""
_STEP_WIDTH = 7
_FULL, _SHORT = 110, 76


def rows(
    snapshot: Snapshot, view: ViewOptions, cells: int, height: int = 1, step_width: int = _STEP_WIDTH
) -> list[Row]:
    """The header of ``cells`` cells; steps stand in a field of ``step_width``."""
    ink = _Inks(view.look, _GROUNDS.get(snapshot.state))
    right = _right(snapshot, view, cells, ink)
    left = _left(snapshot, view, cells, ink, step_width)
    remaining = _remaining(snapshot, ink) if cells >= _FULL else []
    if remaining and width(left) + width(remaining) + width(right) + 2 <= cells:
        left = left + remaining
    return [between(left, right, cells, ink.normal)][:height]


class _Inks:
    """The row's styles on its ground."""

    def __init__(self, look: Look, ground: str | None) -> None:
        def style(fg: str, *, bold: bool = False) -> Style:
            return look.style(fg if ground is None else "bg", ground or "lift", bold=bold)

        self.normal, self.bold, self.dim = style("text"), style("text", bold=True), style("dim")
        self.badge = look.style("bg", "text", bold=True) if ground is None else self.bold


def _left(snapshot: Snapshot, view: ViewOptions, cells: int, ink: _Inks, step_width: int) -> Row:
    state = f" {snapshot.state} " + ("WATCHING " if view.watching else "")
    now = snapshot.telemetry
    step = numbers.count(now.step if now else 0, step_width)
    if snapshot.state in {"WARMING UP", "CONNECTING"} or now is None:
        since = numbers.clock(snapshot.since_start).rjust(7)
        return row(
            (state, ink.badge),
            ("  ", ink.normal),
            ("step ", ink.dim),
            (step, ink.normal),
            ("   ", ink.normal),
            (since, ink.normal),
            (" since start", ink.dim),
        )
    elapsed = numbers.clock(now.elapsed).rjust(7)
    if cells < _SHORT:
        return row(
            (state, ink.badge),
            (" ", ink.normal),
            ("step ", ink.dim),
            (step, ink.bold),
            ("  epoch ", ink.dim),
            (f"{now.epoch:5.2f}  {elapsed}", ink.normal),
        )
    return row(
        (state, ink.badge),
        ("  ", ink.normal),
        ("step ", ink.dim),
        (step, ink.bold),
        ("   epoch ", ink.dim),
        (f"{now.epoch:6.2f}   {elapsed}", ink.normal),
        (" elapsed", ink.dim),
    )


def _remaining(snapshot: Snapshot, ink: _Inks) -> Row:
    """Time to the end, where there is one: ``0:05:56 left``; without a rate ``-:--:--``."""
    status, now = snapshot.status, snapshot.telemetry
    if status is None or now is None or snapshot.state not in {"TRAINING", "PAUSED"}:
        return []
    ends = []
    if status.target_steps is not None:
        rate = now.steps_per_second
        left = max(0, status.target_steps - now.step)
        ends.append(left / rate if rate > 0 else math.inf)
    if status.target_seconds is not None:
        ends.append(max(0.0, status.target_seconds - now.elapsed))
    if not ends:
        return []
    return row(("   " + numbers.clock(min(ends)).rjust(7), ink.normal), (" left", ink.dim))


def _right(snapshot: Snapshot, view: ViewOptions, cells: int, ink: _Inks) -> Row:
    status = snapshot.status
    if status is None or cells < _SHORT:
        return []
    text = view.look.text
    if cells < _FULL:
        device = status.device.split(" ")[0]
        return row((text(status.recipe), ink.bold), (f"  {text(device)} ", ink.dim))
    device = status.device
    if device == "cpu" and status.threads:
        device += f" {status.threads} thread{'s' if status.threads != 1 else ''}"
    data = f"{status.data_name} {numbers.count(status.data_count)}"
    return row((text(status.recipe), ink.bold), (text(f"  {data}  {device} {status.precision} "), ink.dim))


class Header(Pane):
    """The header; its field of steps grows once where steps pass a million."""

    titled = False
    fades = False

    def __init__(self) -> None:
        super().__init__("header")
        self._step_width = _STEP_WIDTH

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """One row."""
        if snapshot.telemetry:
            self._step_width = max(self._step_width, len(numbers.count(snapshot.telemetry.step)))
        return rows(snapshot, view, width, height, self._step_width)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """State, tick, status and start-up's clock."""
        return (
            snapshot.state,
            Same(snapshot.telemetry),
            Same(snapshot.status),
            int(snapshot.since_start),
            view.look,
            view.watching,
        )
