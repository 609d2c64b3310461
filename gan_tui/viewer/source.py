"""What the app knows of the outside: one protocol, which a live run and the tests' fake both fill."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gan_tui.link.commands import AnyCommand
from gan_tui.runs.checkpoints import CheckpointInfo
from gan_tui.viewer.snapshot import Snapshot


class RunSource(Protocol):
    """A run as the app sees it. Every method may be called from any thread and returns at once."""

    @property
    def folder(self) -> Path:
        """The run's folder."""

    def start(self) -> None:
        """Begin to listen (and start the trainer, where this source was made to)."""

    def snapshot(self) -> Snapshot:
        """The newest picture of the run; the same object as before if nothing changed."""

    def send(self, command: AnyCommand) -> None:
        """Send a command to the trainer; its answer changes the snapshot."""

    def refuse(self, because: str) -> None:
        """Show why something was not done, as the trainer's own refusals are shown."""

    def note(self, text: str) -> None:
        """Show an event of this viewer's own."""

    def resume_from_checkpoint(self, name: str | None = None, then: AnyCommand | None = None) -> None:
        """Start a new trainer from a checkpoint (None: the last); for a trainer that is gone.

        ``then`` is sent to it when it is ready.
        """

    def close(self) -> None:
        """Stop listening; the trainer goes on."""

    def checkpoints(self) -> Sequence[CheckpointInfo]:
        """The run's checkpoints, newest first (reads files: call it from a thread).

        Raises:
            GanTuiError: they cannot be read.
        """

    def keep_checkpoint(self, name: str, keep: bool) -> None:
        """Keep a checkpoint from being cleared away, or not (writes: call it from a thread)."""

    def delete_checkpoint(self, name: str) -> None:
        """Delete a checkpoint (call it from a thread)."""

    def log(self, lines: int) -> Sequence[str]:
        """The last lines of the trainer's log."""
