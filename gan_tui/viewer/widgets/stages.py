"""Start-up, in the room of STEER: what is done, is being done, and follows."""

from gan_tui.link.messages import Stage
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, cut, row, titled

_WORD, _NAME, _SECONDS = 5, 13, 7


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and one row a stage: word, name, what, seconds."""
    out = [titled(view, "steer", "STARTING", cells, asleep=True)]
    stages = snapshot.stages
    if len(stages) > height - 1:
        # The stage at work stays in sight.
        now = next((i for i, s in enumerate(stages) if s.state in {"now", "failed"}), len(stages) - 1)
        first = max(0, min(now - 1, len(stages) - (height - 1)))
        stages = stages[first : first + height - 1]
    return out + [_stage_row(stage, view, cells) for stage in stages]


def _stage_row(stage: Stage, view: ViewOptions, cells: int) -> Row:
    style, text, glyphs = view.look.style, view.look.text, view.look.glyphs
    working = stage.state in {"now", "failed"}
    ink = style("text", bold=True) if working else style("dim")
    room = max(0, cells - 1 - _WORD - _NAME - _SECONDS)
    detail = cut(text(stage.detail), max(0, room - 1), glyphs.more)
    seconds = f"{stage.seconds:.1f} s" if stage.state != "next" else ""
    word = style("alarm", bold=True) if stage.state == "failed" else ink
    return row(
        (glyphs.chosen if working else " ", style("text")),
        (f"{stage.state:<{_WORD}}"[:_WORD] if stage.state != "failed" else "fail ", word),
        (f"{cut(text(stage.name), _NAME - 1, glyphs.more):<{_NAME}}", ink),
        (f"{detail:<{room}}", style("dim")),
        (seconds.rjust(_SECONDS), style("dim")),
    )


class Stages(Pane):
    """The list of stages."""

    def __init__(self) -> None:
        super().__init__("stages")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """A row a stage."""
        return rows(snapshot, view, width, height)
