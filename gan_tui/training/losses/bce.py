"""Binary cross-entropy on logits, non-saturating for the generator (Goodfellow et al. 2014, section 3).

With p = sigmoid(l): BCE(p, 1) = −log p = softplus(−l) and BCE(p, 0) = −log(1 − p) = softplus(l). This is
the article's sigmoid and BCELoss in exact arithmetic; it does not overflow, and its gradient does not vanish
where the sigmoid rounds to 0 or 1.
"""

from typing import Final

from torch import Tensor
from torch.nn import functional

from gan_tui.training.losses.loss import Loss


def _towards_one(logits: Tensor) -> Tensor:
    return functional.softplus(-logits).mean()


def _towards_zero(logits: Tensor) -> Tensor:
    return functional.softplus(logits).mean()


BCE: Final = Loss(name="bce", real=_towards_one, fake=_towards_zero, generator=_towards_one)
