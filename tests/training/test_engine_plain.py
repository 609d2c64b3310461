"""The engine against a plain loop, step for step."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gan_tui.config.sources import combine
from gan_tui.link.messages import Moments
from gan_tui.networks import PAIRS
from gan_tui.networks.article import FEW
from gan_tui.training.engine import Engine
from tests.training.tiny import CPU, tiny_dataset, tiny_engine

NORMALISED_AWAY = {"linear.bias", "norm.running_mean"}
"""The gradient of a bias before a batch norm is 0 but for rounding, which Adam makes steps of full length."""


class PlainLoop:
    """The article's loop as one would write it: sigmoid, BCELoss, torch.optim.Adam, each batch on its own."""

    def __init__(self, engine: Engine) -> None:
        config = engine.config
        self.twin = Engine(config, engine.dataset, CPU, "fp32", engine.pair)
        self.generator, self.discriminator = self.twin.generator, self.twin.discriminator
        betas = (config.beta1, config.beta2)
        self.d_optimiser = torch.optim.Adam(self.discriminator.parameters(), lr=config.d_lr, betas=betas)
        self.g_optimiser = torch.optim.Adam(self.generator.parameters(), lr=config.g_lr, betas=betas)
        self.bce = nn.BCELoss()
        self.config = config
        self.average = {name: value.clone() for name, value in self.generator.state_dict().items()}
        self.averaged = 0

    def reals(self) -> tuple[Tensor, Tensor]:
        indices = self.twin.sampler.take(self.config.d_batch)
        images = torch.tensor(self.twin.dataset.images)[indices].float().div(255).unsqueeze(1)
        return images, torch.tensor(self.twin.dataset.labels)[indices].long()

    def fakes(self, count: int) -> tuple[Tensor, Tensor]:
        z = self.twin.latent.draw(count)
        labels = self.twin.latent.draw_labels(count) if self.twin.pair.labelled else torch.zeros(count).long()
        return self.generator(z, labels), labels

    def loss(self, images: Tensor, labels: Tensor, target: float) -> Tensor:
        opinion = torch.sigmoid(self.discriminator(images, labels))
        return self.bce(opinion, torch.full_like(opinion, target))

    def d_update(self) -> tuple[float, float]:
        images, labels = self.fakes(self.config.d_batch)
        real = self.loss(*self.reals(), 1.0)
        if self.config.split_d_update:
            self.d_optimiser.zero_grad()
            real.backward()
            self.d_optimiser.step()
            self.d_optimiser.zero_grad()
            fake = self.loss(images.detach(), labels, 0.0)
            fake.backward()
        else:
            self.d_optimiser.zero_grad()
            fake = self.loss(images.detach(), labels, 0.0)
            (real + fake).backward()
        self.d_optimiser.step()
        return real.item(), fake.item()

    def g_update(self) -> float:
        images, labels = self.fakes(self.config.g_batch)
        self.g_optimiser.zero_grad()
        loss = self.loss(images, labels, 1.0)
        loss.backward()
        self.g_optimiser.step()
        decay = min(self.config.ema, (1 + self.averaged) / (10 + self.averaged))
        self.averaged += 1
        for name, value in self.generator.state_dict().items():
            if value.is_floating_point():
                self.average[name].mul_(decay).add_(value, alpha=1 - decay)
        return loss.item()


def losses_of_g_after_d(engine: Engine, real: float, fake: float, rel: float) -> Moments:
    """G's losses since the last look; D's are those of the plain loop."""
    sums = engine.take_sums()
    assert sums.d_real is not None
    assert sums.d_fake is not None
    assert sums.g is not None
    assert sums.d_real.mean == pytest.approx(real, rel=rel)
    assert sums.d_fake.mean == pytest.approx(fake, rel=rel)
    return sums.g


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(
    "values", [{}, {"split_d_update": True, "d_batch": 4, "g_batch": 16, "beta1": 0.9, "d_lr": 1e-3}]
)
def test_equals_a_plain_loop_step_for_step(labelled: bool, values: dict[str, Any]) -> None:
    engine = tiny_engine(labelled, g_lr=1e-2, **values)
    plain = PlainLoop(engine)
    for _ in range(25):
        engine.d_update()
        engine.g_update()
        engine.g_update()
        real, fake = plain.d_update()
        plain.g_update()
        g = plain.g_update()
        ours = losses_of_g_after_d(engine, real, fake, 1e-5)
        assert g == pytest.approx(ours.min, rel=1e-5) or g == pytest.approx(ours.max, rel=1e-5)
    for mine, theirs in (
        (engine.generator, plain.generator),
        (engine.discriminator, plain.discriminator),
    ):
        close = {
            name: torch.allclose(value, theirs.state_dict()[name], rtol=1e-4, atol=1e-5)
            for name, value in mine.state_dict().items()
        }
        assert {name for name, same in close.items() if not same} <= NORMALISED_AWAY
    for name, value in engine.ema.state_dict().items():
        if value.is_floating_point() and name not in NORMALISED_AWAY:
            torch.testing.assert_close(value, plain.average[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("recipe", "steps"), [("swift", 4), ("labelled", 2)])
def test_real_networks_equal_a_plain_loop(recipe: str, steps: int) -> None:
    """The article's networks for two steps: in a third, small batches let rounding grow a thousandfold.

    Over more steps they are compared in float64, where the bench's loops are (tests/bench/test_peers.py).
    """
    config = combine({"recipe": recipe, "d_batch": 6, "g_batch": FEW, "g_lr": 1e-3, "share_fakes": False})
    data = tiny_dataset(count=31, side=28, classes=10)
    engine = Engine(config, data, CPU, "fp32", PAIRS[config.networks])
    plain = PlainLoop(engine)
    for _ in range(steps):
        engine.train_step()
        real, fake = plain.d_update()
        g = plain.g_update()
        assert losses_of_g_after_d(engine, real, fake, 1e-4).mean == pytest.approx(g, rel=1e-4)
    for parameter in (*engine.generator.parameters(), *engine.discriminator.parameters()):
        # The fused Adam goes through memory as it lies: parameter, gradient and moments must lie alike.
        assert parameter.grad is not None
        ways = zip(parameter.shape, parameter.grad.stride(), parameter.stride(), strict=True)
        assert all(size == 1 or one == other for size, one, other in ways)


def test_gradients_equal_those_of_a_plain_loop() -> None:
    engine = tiny_engine()
    plain = PlainLoop(engine)
    for update, mine, theirs in (
        ("d_update", engine.discriminator, plain.discriminator),
        ("g_update", engine.generator, plain.generator),
    ):
        getattr(engine, update)()
        getattr(plain, update)()
        for one, other in zip(mine.parameters(), theirs.parameters(), strict=True):
            assert one.grad is not None
            assert other.grad is not None
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-7)
