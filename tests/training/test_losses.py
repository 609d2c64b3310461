"""Losses on logits are those of the article's sigmoid and BCELoss."""

import pytest
import torch
from torch import nn

from gan_tui.training.losses import LOSSES


@pytest.mark.parametrize(("part", "target"), [("real", 1.0), ("fake", 0.0), ("generator", 1.0)])
def test_bce_equals_sigmoid_and_bceloss(part: str, target: float) -> None:
    logits = torch.linspace(-6, 6, 41, dtype=torch.float64, requires_grad=True)
    mine = getattr(LOSSES["bce"], part)(logits)
    (my_gradient,) = torch.autograd.grad(mine, logits)
    theirs = nn.BCELoss()(torch.sigmoid(logits), torch.full_like(logits, target))
    (their_gradient,) = torch.autograd.grad(theirs, logits)
    torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(my_gradient, their_gradient, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("part", ["real", "fake", "generator"])
def test_bce_neither_overflows_nor_loses_its_gradient(part: str) -> None:
    logits = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = getattr(LOSSES["bce"], part)(logits)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.item() == pytest.approx(5000)
    assert float(gradient.abs().sum()) == pytest.approx(0.5)
