"""Leaving: to the background, to the shell, or for good."""

from gan_tui.render.numbers import count
from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.snapshot import Snapshot


def step_of(snapshot: Snapshot) -> int:
    """The newest step that the screen shows."""
    return 0 if snapshot.telemetry is None else snapshot.telemetry.step


def goes_on(snapshot: Snapshot) -> str:
    """The last words when the training goes on."""
    return (
        f"{snapshot.run} goes on (step {count(step_of(snapshot))}). Come back: gan-tui attach {snapshot.run}"
    )


def stopped(snapshot: Snapshot) -> str:
    """The last words when the trainer has stopped."""
    step, status = step_of(snapshot), snapshot.status
    said = f"{snapshot.run} stopped at step {count(step)}"
    if status is None or status.checkpoint is None:
        return f"{said}; nothing was saved."
    saved = ", saved" if status.checkpoint_step == step else f"; step {count(status.checkpoint_step)} is safe"
    return f"{said}{saved}. Go on: gan-tui --resume {snapshot.run}"


def last_words(snapshot: Snapshot) -> str:
    """What stands on the plain terminal when the viewer ends in this state."""
    if snapshot.alive and snapshot.state not in {"TRAINER DIED", "STOPPED"}:
        return goes_on(snapshot)
    if snapshot.state == "STOPPED":
        return stopped(snapshot)
    if snapshot.state == "FINISHED":
        steps = count(step_of(snapshot))
        return f"{snapshot.run} finished at step {steps}. Draw from it: gan-tui sample {snapshot.run}"
    if snapshot.death is not None:
        safe = "" if snapshot.death.safe is None else f" Go on: gan-tui --resume {snapshot.run}"
        return f"{snapshot.run}: {snapshot.death.sentence.rstrip('.')}.{safe}"
    return ""


def background(viewer: Viewer) -> None:
    """Close the window; the training goes on."""
    viewer.leave(goes_on(viewer.shown))


def suspend(viewer: Viewer) -> None:
    """Give the terminal back until ``fg``."""
    viewer.suspend_to_shell()


def ask(viewer: Viewer) -> None:
    """Ask what is to become of the training; with no trainer there is nothing to ask."""
    if not viewer.shown.alive:
        viewer.leave(last_words(viewer.shown))
        return
    from gan_tui.viewer.screens.quit import Quit  # noqa: PLC0415 - after the first paint

    viewer.open(Quit(viewer))
