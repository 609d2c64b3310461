"""What stands on a screen that is too small for anything else."""

from gan_tui.render import numbers
from gan_tui.viewer.layout import MIN_COLUMNS, MIN_ROWS
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.recent import recent_losses
from gan_tui.viewer.widgets.rows import Row, centred


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Its size, the size needed, state, step and losses, centred; on fewer rows the most needed first."""
    style = view.look.style
    step = numbers.count(snapshot.telemetry.step if snapshot.telemetry else 0)
    d_real, d_fake, g = (f"{v:.2f}" for v in recent_losses(snapshot))
    moves = "resume" if snapshot.state == "PAUSED" else "pause"
    said = [
        (f"{cells}x{height} is too small", style("text", bold=True)),
        (f"gan-tui needs {MIN_COLUMNS}x{MIN_ROWS}", style("dim")),
        ("", style()),
        (f"{snapshot.state.lower()}   step {step}", style()),
        (f"D real {d_real}  fake {d_fake}   G {g}", style()),
        ("", style()),
        (f"space {moves}   q quit", style("dim")),
    ]
    if height < len(said):
        said = [part for part in said if part[0]]
    top = max(0, (height - len(said)) // 2)
    return [*([[]] * top), *(centred(text, ink, cells) for text, ink in said)][:height]


class Small(Pane):
    """The whole screen below the minimum."""

    titled = False

    def __init__(self) -> None:
        super().__init__("small")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """All of it."""
        return rows(snapshot, view, width, height)
