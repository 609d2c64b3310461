"""State that is as before after work that was done only to be recorded."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def kept(tensors: Iterable[Tensor]) -> Iterator[None]:
    """Around a block: afterwards these tensors are, in place, what they were."""
    copies = [(one, one.detach().clone()) for one in tensors]
    try:
        yield
    finally:
        with torch.no_grad():
            for one, copy in copies:
                one.copy_(copy)
