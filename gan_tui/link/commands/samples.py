"""What the samples show."""

from gan_tui.link.commands.base import Command, Effect, Steerable


class ShowEma(Command, frozen=True):
    """Draw samples by G's running average, or by raw G."""

    ema: bool

    def apply(self, trainer: Steerable) -> Effect:
        """Show it from the next picture on."""
        trainer.show_ema(self.ema)
        return Effect()


class NewLatent(Command, frozen=True):
    """Draw other fixed z."""

    def apply(self, trainer: Steerable) -> Effect:
        """Draw them anew."""
        trainer.new_latent()
        return Effect(text="new z", kind="samples")
