"""The second row: one level word and one sentence; below it, where there is room, the first-run hint."""

from collections.abc import Callable, Hashable
from typing import Final

from gan_tui.render import numbers
from gan_tui.viewer.layout import MIN_COLUMNS
from gan_tui.viewer.snapshot import Snapshot, ViewState
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, cut, row, width

REFUSAL_SECONDS: Final = 5.0
"""How long a refused command's reason stands in the health row."""
_NARROW, _ROOMY, _WIDE = 76, 100, 110
_NEW = "new here?"
_HINT = "space pauses, arrows steer, ? explains every number"
_HINT_END = "; this line goes with your first key"
_PAUSED = "nothing moves; changes are kept for the next step"
_PAUSED_LONG = "nothing moves; you can still steer, save and restore, and take single steps"

Sentence = tuple[str, str, str]
"""Level word, text, and what is added where there is room."""


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int = 1) -> list[Row]:
    """The sentence; in the second row the hint, while it is asked for."""
    out = [_sentence_row(snapshot, view, cells)]
    if height > 1:
        out.append(hint_row(view, cells) if view.hint else [])
    return out[:height]


def hint_row(view: ViewOptions, cells: int) -> Row:
    """What a newcomer needs."""
    style = view.look.style
    indent = " " if cells < _NARROW else "  "
    if len(indent) + len(_NEW) + 1 + len(_HINT) > cells:
        return row((indent.rstrip() + cut(_HINT, cells, view.look.glyphs.more), style("dim")))
    return row(
        (indent + _NEW, style("text", bold=True)),
        (" " + _HINT + (_HINT_END if cells >= _ROOMY else ""), style("dim")),
    )


def refusal(snapshot: Snapshot, view: ViewOptions) -> str | None:
    """Why the newest command was refused, for five seconds."""
    if snapshot.refusal is None:
        return None
    because, when = snapshot.refusal
    return because if 0 <= view.clock - when < REFUSAL_SECONDS else None


def _sentence_row(snapshot: Snapshot, view: ViewOptions, cells: int) -> Row:
    style, text = view.look.style, view.look.text
    indent = " " if cells < _NARROW else "  "
    because = refusal(snapshot, view)
    if because is not None:
        start = row((indent + "refused: ", style("text", bold=True)))
        body = cut(text(because), cells - width(start), view.look.glyphs.more)
        return start + row((body, style("text")))
    level, said, more = sentence(snapshot, cells)
    if level == "alarm":
        badge = style("bg", "alarm", bold=True)
        wide = snapshot.state == "TRAINER DIED" and cells >= _NARROW
        start = row((f"{indent}alarm{'    ' if wide else '  '}", badge), (indent, style()))
    else:
        loud = level == "watch"
        start = row((f"{indent}{level}  ", style("text", bold=True, reverse=loud)))
        if loud:
            start += row((" ", style()))
    room = cells - width(start)
    body = cut(text(said), room, view.look.glyphs.more)
    if level in {"alarm", "watch"}:
        parts = row((body, style("text", bold=level == "alarm" and snapshot.state != "TRAINER DIED")))
    else:
        parts = row((body, style("dim")))
    if more and cells >= _ROOMY and width(parts) + len(more) <= room:
        parts += row((text(more), style("text" if level in {"alarm", "watch"} else "dim")))
    return start + parts


def sentence(snapshot: Snapshot, cells: int = MIN_COLUMNS) -> Sentence:
    """What the state says, and where the state says nothing, what the trainer says."""
    said = _BY_STATE.get(snapshot.state)
    if said is not None:
        return said(snapshot)
    health = snapshot.health
    if snapshot.state == "PAUSED" and (health is None or health.level != "alarm"):
        return "paused", _PAUSED_LONG if cells >= _WIDE else _PAUSED, ""
    if health is None:
        return "learning", "no report of the judge yet", ""
    return health.level, health.text, health.more


def _starting(snapshot: Snapshot) -> Sentence:
    if snapshot.real is None:
        return "starting", "the first samples follow in a moment", ""
    return "starting", "these are real digits; G's own follow in a moment", ""


def _connecting(_: Snapshot) -> Sentence:
    return "connecting", "asking the trainer how it stands", ""


def _dead(snapshot: Snapshot) -> Sentence:
    return "alarm", snapshot.death.sentence if snapshot.death else "the trainer is gone", ""


def _silent(snapshot: Snapshot) -> Sentence:
    silent = numbers.duration(snapshot.silent_for)
    return "watch", f"no word from the trainer for {silent}; trying again", ""


def _over(snapshot: Snapshot) -> Sentence:
    return snapshot.state.lower(), _ended(snapshot), ""


_BY_STATE: Final[dict[ViewState, Callable[[Snapshot], Sentence]]] = {
    "WARMING UP": _starting,
    "CONNECTING": _connecting,
    "TRAINER DIED": _dead,
    "DETACHED": _silent,
    "FINISHED": _over,
    "STOPPED": _over,
}
"""States that speak for themselves; in the others the trainer's own sentence stands."""


def _ended(snapshot: Snapshot) -> str:
    """``finished 6,000 steps in 0:07:31; best distance 18 at step 5,800``, less the first word."""
    now, status = snapshot.telemetry, snapshot.status
    if now is None:
        return "no step was taken"
    said = f"{numbers.count(now.step)} steps in {numbers.clock(now.elapsed)}"
    if status is not None and status.best_distance is not None:
        at = numbers.count(status.best_step)
        return f"{said}; best distance {status.best_distance:.0f} at step {at}"
    return said


class HealthLine(Pane):
    """The health row, and the hint's."""

    titled = False
    fades = False

    def __init__(self) -> None:
        super().__init__("health")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """One or two rows."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The sentence, the hint and the refusal of the moment."""
        return (sentence(snapshot, self.room[0]), refusal(snapshot, view), view.hint, view.look)
