"""In the room of LOSSES when the trainer is gone: what happened, what is safe, what is lost, what to do."""

from __future__ import annotations

from typing import Final

from gan_tui.render import numbers
from gan_tui.viewer.snapshot import Death, Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, cut, cut_at_word, row, titled, width, wrapped

_INDENT: Final = 12
_NARROW: Final = 40
"""Below this many cells the labels stand closer."""
_NARROW_INDENT: Final = 8
_WHAT_ROWS: Final = 3
"""Most rows for the cause, where there are rows to spare."""
_LABELS: Final = ("what", "safe", "lost", "do")
_FEWER_LABELS: Final = {3: ("what", "safe", "do"), 2: ("what", "do"), 1: ("do",)}


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and the rows that fit: with few of them what, safe and do come first."""
    death = snapshot.death
    if death is None:
        return [titled(view, "losses", "TRAINER DIED", cells, asleep=True)]
    text = view.look.text
    dim = view.look.style("dim")
    step = snapshot.telemetry.step if snapshot.telemetry else 0
    note = row((f"step {numbers.count(step)}  {text(death.clock)}", dim))
    room, indent = height - 1, _INDENT if cells >= _NARROW else _NARROW_INDENT
    across = max(0, cells - indent)

    def labelled(label: str, lines: list[Row]) -> list[Row]:
        labels = [label, *[""] * len(lines)]
        return [
            [*row((f"  {name:<{indent - 2}}", dim)), *line] for name, line in zip(labels, lines, strict=False)
        ]

    said = {
        "what": _what(death, view, across, 1 + min(_WHAT_ROWS - 1, max(0, room - len(_LABELS)))),
        "safe": _safe(death, view, across),
        "lost": _lost(death, view, across),
        "do": _do(death, view, across),
    }
    shown = _LABELS if room >= len(_LABELS) else _FEWER_LABELS.get(room, ())
    body = [line for label in shown for line in labelled(label, said[label])]
    log_rows = room - len(body) - 1
    if log_rows > 0 and death.log:
        log = [row((cut(text(line), across, view.look.glyphs.more), dim)) for line in death.log[-log_rows:]]
        body += [[], *labelled("log", log)]
    return [titled(view, "losses", "TRAINER DIED", cells, note, asleep=True), *body][:height]


def _what(death: Death, view: ViewOptions, cells: int, most: int) -> list[Row]:
    lines = wrapped(view.look.text(death.what), cells, most, view.look.glyphs.more)
    return [row((line, view.look.style("text"))) for line in lines]


def _safe(death: Death, view: ViewOptions, cells: int) -> list[Row]:
    step = f"step {numbers.count(death.safe_step)}"
    if death.safe:
        choices = [f"{step}: both networks, optimisers, random state", f"{step}, with all its state", step]
    else:
        choices = ["nothing yet: there is no checkpoint; the history is whole", "nothing yet"]
    return [row((_fitting(choices, cells, view), view.look.style("text", bold=True)))]


def _lost(death: Death, view: ViewOptions, cells: int) -> list[Row]:
    steps = f"{numbers.count(death.lost_steps)} step{'' if death.lost_steps == 1 else 's'}"
    gone = f"{steps}, {numbers.duration(death.lost_seconds)} of training" if death.lost_steps else "nothing"
    return [row((_fitting([f"{gone}; the history is whole", gone], cells, view), view.look.style("text")))]


def _do(death: Death, view: ViewOptions, cells: int) -> list[Row]:
    """The keys; the footer has them too, so what does not fit is left out."""
    key, words = view.look.style("text", bold=True), view.look.style("text")
    choices = (
        [f"resume from step {numbers.count(death.safe_step)}", "resume"] if death.safe else ["start again"]
    )
    log = row(("o", key), ("  open the log", words))
    for choice in choices:
        for gap in (5, 2):
            way = [*row(("r", key), (f"  {choice}{' ' * gap}", words)), *log]
            if width(way) <= cells:
                return [way]
    return [row(("r", key), ("  " + _fitting(choices, max(0, cells - 3), view), words))]


def _fitting(choices: list[str], cells: int, view: ViewOptions) -> str:
    """The first that fits; if none does, the last one, cut."""
    return next(
        (c for c in choices if len(c) <= cells), cut_at_word(choices[-1], cells, view.look.glyphs.more)
    )


class Died(Pane):
    """How the trainer ended."""

    fades = False

    def __init__(self) -> None:
        super().__init__("died")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """What fits."""
        return rows(snapshot, view, width, height)
