"""Single steps and single updates, while paused."""

from typing import Literal

from gan_tui.link.commands.base import Command, Effect, RefusedError, Steerable


class StepOnce(Command, frozen=True):
    """One step at the present ratio."""

    def apply(self, trainer: Steerable) -> Effect:
        """Take the step.

        Raises:
            RefusedError: the trainer is not paused.
        """
        if not trainer.paused:
            raise RefusedError("pause first (space)")
        trainer.single_step()
        return Effect()


class UpdateOnce(Command, frozen=True):
    """One update of one player."""

    player: Literal["D", "G"]

    def apply(self, trainer: Steerable) -> Effect:
        """Make the update.

        Raises:
            RefusedError: the trainer is not paused.
        """
        if not trainer.paused:
            raise RefusedError("pause first (space)")
        trainer.single_update(self.player)
        return Effect(text=f"one {self.player} step", kind="single", player=self.player)
