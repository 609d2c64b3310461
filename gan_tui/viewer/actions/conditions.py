"""When a key works: functions of the snapshot and the view.

None: it works. A sentence: it does not, and a press says why. Empty: it is of no use now, and a press does
nothing (or goes on to another binding of the same key).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from gan_tui.link.commands import AnyCommand
    from gan_tui.viewer.keys import KeyTable
    from gan_tui.viewer.look import Look
    from gan_tui.viewer.snapshot import Snapshot
    from gan_tui.viewer.source import RunSource
    from gan_tui.viewer.view_options import ViewOptions

Condition = Callable[["Snapshot", "ViewOptions"], str | None]


class Viewer(Protocol):
    """What an action may do. The app is one."""

    @property
    def source(self) -> RunSource:
        """The run."""

    @property
    def shown(self) -> Snapshot:
        """What the screen shows."""

    @property
    def view_options(self) -> ViewOptions:
        """How it is shown."""

    @property
    def look(self) -> Look:
        """Colours and marks of the screen."""

    @property
    def table(self) -> KeyTable:
        """The keys, as the user has them."""

    def wall_time(self) -> float:
        """The time of day, in Unix seconds."""

    def change_view(self, **changes: object) -> None:
        """Show it otherwise, in the next frame."""

    def send(self, command: AnyCommand) -> None:
        """Send a command to the trainer."""

    def refuse(self, because: str) -> None:
        """Say why something is not done."""

    def open(self, screen: ModalScreen[None]) -> None:
        """Show a dialog."""

    def next_theme(self) -> None:
        """Take the next theme, and remember it."""

    def next_mode(self) -> None:
        """Take the next way of drawing that this terminal can show, and remember it."""

    def open_palette(self) -> None:
        """Show all commands by name."""

    def suspend_to_shell(self) -> None:
        """Give the terminal back to the shell until ``fg``."""

    def leave(self, last_words: str) -> None:
        """End the viewer; the words are printed on the plain terminal."""

    def in_background(self, work: Callable[[], None]) -> None:
        """Run something slow in a thread; a GanTuiError in it is shown as a refusal."""


def always(_snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """It always works."""
    return None


def living(snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """A trainer is there that takes commands."""
    if not snapshot.alive or snapshot.state in {"TRAINER DIED", "STOPPED"}:
        return "no trainer to steer"
    if snapshot.status is None or snapshot.state == "WARMING UP":
        return "the trainer is still starting"
    return None


def pausable(snapshot: Snapshot, view: ViewOptions) -> str | None:
    """A trainer takes commands, or a finished run can go on with a new one."""
    if snapshot.state == "FINISHED" and not snapshot.alive:
        saved = snapshot.status is not None and snapshot.status.checkpoint is not None
        return None if saved else "no checkpoint to go on from"
    return living(snapshot, view)


def trainer_lives(snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """A trainer's process is there."""
    return None if snapshot.alive and snapshot.state != "TRAINER DIED" else ""


def paused(snapshot: Snapshot, view: ViewOptions) -> str | None:
    """The trainer is paused."""
    if snapshot.state != "PAUSED":
        return living(snapshot, view) or "pause first (space)"
    return None


def steerable(snapshot: Snapshot, view: ViewOptions) -> str | None:
    """STEER is in sight and awake."""
    if view.maximised not in {None, "steer"}:
        return ""
    return living(snapshot, view)


def losses_in_sight(_snapshot: Snapshot, view: ViewOptions) -> str | None:
    """The pane LOSSES is on the screen."""
    return None if view.maximised in {None, "losses"} else ""


def something_to_close(_snapshot: Snapshot, view: ViewOptions) -> str | None:
    """A pane is maximised."""
    return None if view.maximised is not None else ""


def died_only(snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """The trainer died."""
    return None if snapshot.state == "TRAINER DIED" else ""


def can_resume(snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """The trainer is gone, and a new one can start from where it was."""
    return None if snapshot.state in {"TRAINER DIED", "STOPPED"} and not snapshot.alive else ""


def suspendable(_snapshot: Snapshot, _view: ViewOptions) -> str | None:
    """Whether this terminal can take the viewer back is for the app to say."""
    return None
