"""Save and restore."""

from gan_tui.link.commands.base import Command, Effect, Steerable


class Save(Command, frozen=True):
    """Write a checkpoint now, under a name of the user's or the step's."""

    name: str | None = None

    def apply(self, trainer: Steerable) -> Effect:
        """Save; the event is written when the file is whole."""
        trainer.save(self.name)
        return Effect()


class Restore(Command, frozen=True):
    """Take up an earlier checkpoint of this run; the present is saved first."""

    checkpoint: str

    def apply(self, trainer: Steerable) -> Effect:
        """Restore it."""
        before = trainer.step
        after = trainer.restore(self.checkpoint)
        return Effect(text=f"restored step {after:,} (was {before:,})", kind="restored", mark="restored")
