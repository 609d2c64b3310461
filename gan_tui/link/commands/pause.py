"""Pause and resume."""

from gan_tui.link.commands.base import Command, Effect, RefusedError, Steerable


class Pause(Command, frozen=True):
    """Stop before the next update; everything stays in memory."""

    def apply(self, trainer: Steerable) -> Effect:
        """Pause; already paused is no mistake."""
        if trainer.finished:
            raise RefusedError("the run has finished")
        if trainer.paused:
            return Effect()
        trainer.pause()
        return Effect(text="paused", kind="paused")


class Resume(Command, frozen=True):
    """Go on training."""

    def apply(self, trainer: Steerable) -> Effect:
        """Resume; already training is no mistake."""
        if not trainer.paused:
            return Effect()
        trainer.resume()
        return Effect(text="resumed", kind="resumed")
