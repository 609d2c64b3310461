"""What SAMPLES shows, and its way to a PNG file."""

from __future__ import annotations

from typing import Final

from gan_tui.link.commands import NewLatent, ShowEma
from gan_tui.viewer.actions.conditions import Viewer

SIZES: Final[tuple[tuple[int, int] | None, ...]] = (None, (28, 14), (24, 12), (14, 7), (10, 5))
"""Cells of a digit in the order of w; None: the largest of which twelve fit."""


def ema(viewer: Viewer) -> None:
    """Samples from G's running average, or from raw G."""
    status = viewer.shown.status
    if status is not None:
        viewer.send(ShowEma(ema=not status.showing_ema))


def new_z(viewer: Viewer) -> None:
    """Draw other fixed z."""
    viewer.send(NewLatent())


def real(viewer: Viewer) -> None:
    """Show real digits beside G's, or no longer."""
    viewer.change_view(show_real=not viewer.view_options.show_real)


def mode(viewer: Viewer) -> None:
    """The next way of drawing."""
    viewer.next_mode()


def size(viewer: Viewer) -> None:
    """The next size of digits."""
    tile = viewer.view_options.tile
    place = SIZES.index(tile) if tile in SIZES else 0
    viewer.change_view(tile=SIZES[(place + 1) % len(SIZES)])


def export(viewer: Viewer) -> None:
    """Write the samples that the screen has to a PNG file in the run's folder."""
    shown = viewer.shown
    drawn = shown.samples or shown.real
    if drawn is None:
        viewer.refuse("no samples yet")
        return
    source, name = viewer.source, "real" if drawn.kind == "real" else f"step-{drawn.step:06d}-{drawn.kind}"

    def work() -> None:
        from gan_tui.viewer.export import told, write_png  # noqa: PLC0415 - Pillow, only when asked for

        path = write_png(drawn, source.folder, name)
        source.note(f"samples written to {told(path, source.folder)}")

    viewer.in_background(work)
