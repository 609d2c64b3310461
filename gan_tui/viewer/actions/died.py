"""After the trainer's death: start another, read its log."""

from gan_tui.viewer.actions.conditions import Viewer


def resume(viewer: Viewer) -> None:
    """Start a new trainer from the last checkpoint."""
    viewer.source.resume_from_checkpoint()


def log(viewer: Viewer) -> None:
    """Open the trainer's log."""
    from gan_tui.viewer.screens.log import Log  # noqa: PLC0415 - after the first paint

    viewer.open(Log(viewer))
