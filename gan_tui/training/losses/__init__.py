"""The losses by name. A loss is one file here and one line in :data:`LOSSES`."""

from typing import Final

from gan_tui.training.errors import TrainingError
from gan_tui.training.losses.bce import BCE
from gan_tui.training.losses.loss import Loss

LOSSES: Final[dict[str, Loss]] = {loss.name: loss for loss in (BCE,)}


def loss_named(name: str) -> Loss:
    """The loss of that name.

    Raises:
        TrainingError: there is none.
    """
    if name not in LOSSES:
        raise TrainingError(f"there is no loss {name!r}; choose one of {', '.join(LOSSES)}")
    return LOSSES[name]


__all__ = ["LOSSES", "Loss", "loss_named"]
