"""The engine on a GPU: no step waits for the device, and a checkpoint goes there and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from gan_tui.config.recipes import RECIPES
from gan_tui.config.sources import combine
from gan_tui.networks import PAIRS
from gan_tui.training.checkpoint import capture, load, write
from gan_tui.training.engine import Engine
from gan_tui.training.precision import Arithmetic
from gan_tui.training.tensors import collect
from tests.training.tiny import tiny_dataset

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here"),
]


@pytest.fixture
def waiting_is_an_error() -> Iterator[None]:
    torch.cuda.set_sync_debug_mode("error")
    yield
    torch.cuda.set_sync_debug_mode("default")


def engine(recipe: str, precision: Arithmetic = "fp32") -> Engine:
    config = combine({"recipe": recipe})
    data = tiny_dataset(count=1000, side=28, classes=10)
    return Engine(config, data, torch.device("cuda", 0), precision, PAIRS[config.networks])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_no_step_waits_for_the_device(
    recipe: str, precision: Arithmetic, request: pytest.FixtureRequest
) -> None:
    one = engine(recipe, precision)
    one.train_step()
    request.getfixturevalue("waiting_is_an_error")
    for _ in range(3):
        one.train_step()
    torch.cuda.set_sync_debug_mode("default")
    sums = one.take_sums()
    assert sums.g is not None
    assert sums.g.mean == sums.g.mean


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_checkpoint_there_and_back(tmp_path: Path, recipe: str) -> None:
    one, other = engine(recipe), engine(recipe)
    for _ in range(3):
        one.train_step()
    write(tmp_path / "a.safetensors", capture(one), {})
    assert load(tmp_path / "a.safetensors", other).differences == ()
    first, second = collect(one), collect(other)
    assert all(torch.equal(first[name], second[name]) for name in first)
    one.train_step()
    other.train_step()
    z, labels = one.fixed_latent(10, 1)
    difference = one.draw(z, labels, ema=False).int() - other.draw(z, labels, ema=False).int()
    assert difference.abs().max() <= 16
