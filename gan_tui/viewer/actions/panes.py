"""Focus and maximise panes."""

from collections.abc import Callable
from typing import Final

from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.layout import NUMBERED

NAMES: Final = ("samples", "the game", "steer", "digits seen", "losses", "speed", "events")
"""What their titles say."""


def maximiser(number: int) -> Callable[[Viewer], None]:
    """The action that maximises pane ``number`` (from 1), or brings it back."""

    def toggle(viewer: Viewer) -> None:
        name = NUMBERED[number - 1]
        again = viewer.view_options.maximised == name
        viewer.change_view(maximised=None if again else name, focus=name)

    return toggle


def full(viewer: Viewer) -> None:
    """Maximise the pane in focus, or bring it back."""
    view = viewer.view_options
    viewer.change_view(maximised=None if view.maximised else view.focus)


def back(viewer: Viewer) -> None:
    """Bring a maximised pane back."""
    viewer.change_view(maximised=None)


def _focus(viewer: Viewer, direction: int) -> None:
    view = viewer.view_options
    place = NUMBERED.index(view.focus) if view.focus in NUMBERED else 0
    name = NUMBERED[(place + direction) % len(NUMBERED)]
    viewer.change_view(focus=name, maximised=name if view.maximised else None)


def following(viewer: Viewer) -> None:
    """Focus the next pane."""
    _focus(viewer, 1)


def previous(viewer: Viewer) -> None:
    """Focus the pane before."""
    _focus(viewer, -1)
