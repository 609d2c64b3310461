"""How the losses are drawn."""

from gan_tui.viewer.actions.conditions import Viewer


def log(viewer: Viewer) -> None:
    """Logarithmic or linear."""
    viewer.change_view(log_scale=not viewer.view_options.log_scale)


def smooth(viewer: Viewer) -> None:
    """Smoothed or raw."""
    viewer.change_view(smoothing=not viewer.view_options.smoothing)
