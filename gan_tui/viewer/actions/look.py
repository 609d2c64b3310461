"""Theme, palette, help."""

from gan_tui.viewer.actions.conditions import Viewer


def theme(viewer: Viewer) -> None:
    """The next theme, which is remembered."""
    viewer.next_theme()


def palette(viewer: Viewer) -> None:
    """All commands by name."""
    viewer.open_palette()


def help_panel(viewer: Viewer) -> None:
    """What the keys do and the numbers mean."""
    from gan_tui.viewer.screens.help import Help  # noqa: PLC0415 - after the first paint

    viewer.open(Help(viewer))
