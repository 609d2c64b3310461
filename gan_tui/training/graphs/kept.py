"""State that is as before after work that was done only to be recorded."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def kept(tensors: Iterable[Tensor], generators: Sequence[torch.Generator]) -> Iterator[None]:
    """Around a block: afterwards these tensors, in place, and random states are what they were."""
    copies = [(one, one.detach().clone()) for one in tensors]
    states = [(generator, generator.get_state()) for generator in generators]
    try:
        yield
    finally:
        with torch.no_grad():
            for one, copy in copies:
                one.copy_(copy)
        for generator, state in states:
            generator.set_state(state)
