"""What a loss is."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """The game's three losses, each from logits (N,) to a scalar, their mean.

    Each keeps the rules of :class:`~gan_tui.training.graphs.Recorder`: it looks at no tensor's value.

    Attributes:
        name: what the setting ``loss`` takes.
        real: D's loss on real images. fake: D's loss on generated ones.
        generator: G's loss, from D's logits on generated images.
    """

    name: str
    real: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
