"""Stop, and train on beyond the end."""

from gan_tui.link.commands.base import Command, Effect, RefusedError, Steerable


class Stop(Command, frozen=True):
    """End the trainer, with a checkpoint unless told otherwise. Obeyed while paused, too."""

    save: bool = True

    def apply(self, trainer: Steerable) -> Effect:
        """Ask for the end; the loop ends at this border."""
        trainer.stop(self.save)
        return Effect()


class Extend(Command, frozen=True):
    """Train on beyond the end."""

    steps: int

    def apply(self, trainer: Steerable) -> Effect:
        """Move the end.

        Raises:
            RefusedError: not a number of steps.
        """
        if self.steps < 1:
            raise RefusedError("the number of steps must be at least 1")
        end = trainer.extend(self.steps)
        return Effect(text=f"goes on to step {end:,}", kind="extended")
