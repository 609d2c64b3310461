"""What a command is: a typed message whose effect is written beside its name."""

from typing import Protocol

import msgspec

from gan_tui.link.messages import Player, Settings


class RefusedError(Exception):
    """A command cannot be obeyed now; the message says why, in a few plain words."""


class Effect(msgspec.Struct, frozen=True):
    """What a command did, for the answer and the run's history.

    Attributes:
        text: the event's words ("G steps 1 → 2"); empty: no event.
        kind: the event's kind. player: whose colour it wears. mark: label on the chart's axis, or empty.
    """

    text: str = ""
    kind: str = "command"
    player: Player = ""
    mark: str = ""


class Steerable(Protocol):
    """What a command may do to a trainer. The training loop is one; tests have a small fake."""

    @property
    def step(self) -> int:
        """Finished steps."""

    @property
    def paused(self) -> bool:
        """Between updates, waiting for a command."""

    @property
    def finished(self) -> bool:
        """The run's end is reached; nothing trains until it is extended."""

    @property
    def settings(self) -> Settings:
        """The live settings."""

    def pause(self) -> None:
        """Stop before the next update."""

    def resume(self) -> None:
        """Go on training."""

    def single_step(self) -> None:
        """One step at the present ratio, while paused."""

    def single_update(self, player: Player) -> None:
        """One update of D or of G, while paused."""

    def change(self, settings: Settings) -> None:
        """Take these settings from the next update on."""

    def save(self, name: str | None) -> str:
        """Write a checkpoint; returns its name. Written off the training path."""

    def restore(self, checkpoint: str) -> int:
        """Take up a checkpoint of this run; returns its step. Saves the present first."""

    def show_ema(self, ema: bool) -> None:
        """Draw samples by the running average, or by raw G."""

    def new_latent(self) -> None:
        """Draw other fixed z."""

    def extend(self, steps: int) -> int:
        """Train on beyond the end; returns the new end."""

    def stop(self, save: bool) -> None:
        """End at this border, with a checkpoint or without."""


class Command(msgspec.Struct, frozen=True, tag=True, tag_field="type", kw_only=True):
    """Base of all that travels up. ``apply`` runs in the trainer, at a step's border."""

    def apply(self, trainer: Steerable) -> Effect:
        """Do it.

        Raises:
            RefusedError: it cannot be done now.
        """
        raise NotImplementedError
