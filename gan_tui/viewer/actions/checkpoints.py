"""Save, save with a name, look at the checkpoints."""

from gan_tui.link.commands import Save
from gan_tui.viewer.actions.conditions import Viewer


def save(viewer: Viewer) -> None:
    """Save now, under the step's name."""
    viewer.send(Save())


def save_as(viewer: Viewer) -> None:
    """Ask for a name in the footer's row, then save."""
    from gan_tui.viewer.screens.save_as import SaveAs  # noqa: PLC0415 - after the first paint

    viewer.open(SaveAs(viewer))


def show(viewer: Viewer) -> None:
    """Show the checkpoints."""
    from gan_tui.viewer.screens.checkpoints import Checkpoints  # noqa: PLC0415 - after the first paint

    viewer.open(Checkpoints(viewer))
