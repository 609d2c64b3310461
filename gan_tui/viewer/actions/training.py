"""Pause, resume, single steps, more steps."""

from typing import Final

from gan_tui.link.commands import Extend, Pause, Resume, StepOnce, UpdateOnce
from gan_tui.viewer.actions.conditions import Viewer

MORE_STEPS: Final = 1_000
"""How far a finished run goes on when it had no end by steps."""


def pause(viewer: Viewer) -> None:
    """Pause or resume; a finished run goes on for as many steps as it was to have."""
    snapshot = viewer.shown
    status = snapshot.status
    if status is None:
        return
    if status.state == "finished":
        more = Extend(steps=status.target_steps or MORE_STEPS)
        if snapshot.alive:
            viewer.send(more)
        else:
            viewer.source.resume_from_checkpoint(then=more)
        return
    on_its_way = "resume" in snapshot.pending or "pause" in snapshot.pending
    is_paused = status.state == "paused"
    if on_its_way:
        is_paused = "pause" in snapshot.pending
    viewer.send(Resume() if is_paused else Pause())


def step(viewer: Viewer) -> None:
    """One step at the present ratio."""
    viewer.send(StepOnce())


def step_d(viewer: Viewer) -> None:
    """One update of D."""
    viewer.send(UpdateOnce(player="D"))


def step_g(viewer: Viewer) -> None:
    """One update of G."""
    viewer.send(UpdateOnce(player="G"))
