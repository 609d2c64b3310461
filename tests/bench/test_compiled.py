"""The plain loop with torch.compile: the same training, and only that compiled which it says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from gan_tui.bench.peers.compiled import Compiled
from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import RunConfig
from tests.bench.test_peers import CPU, apart, digits, prepared, small


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[torch.fx.GraphModule]]:
    """What is handed to the backend, which here lets torch derive the gradients and compiles no C++."""
    seen: list[torch.fx.GraphModule] = []
    without = torch._dynamo.lookup_backend("aot_eager")

    def looking(graph: torch.fx.GraphModule, inputs: list[torch.Tensor]) -> Callable[..., Any]:
        seen.append(graph)
        made: Callable[..., Any] = without(graph, inputs)
        return made

    monkeypatch.setattr(Compiled, "backend", looking)
    torch._dynamo.reset()
    yield seen
    torch._dynamo.reset()


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_compiled_loop_is_the_same_training(recipe: str, graphs: list[torch.fx.GraphModule]) -> None:
    config, dataset = small(recipe, d_lr=1e-5, g_lr=1e-5), digits()
    plain, theirs = (prepared(name, config, dataset) for name in ("plain", "compiled"))
    for _ in range(2):
        assert apart(plain.step(1), theirs.step(1)) < 1e-5
    # On a processor the generator alone, whole: once, and without gradients for D where it shares no fakes.
    assert len(graphs) == (2 if recipe == "article" else 1)


def test_what_is_compiled_serves_every_ratio(graphs: list[torch.fx.GraphModule]) -> None:
    """A sweep makes the loop anew for each D:G; D's own fakes, without gradients, are a second graph."""
    made = []
    for ratio in range(1, 5):
        step_of(small("swift", d_steps=ratio))
        made.append(len(graphs))
    assert made == [1, 2, 2, 2]


def test_no_loop_falls_back_to_an_eager_one(graphs: list[torch.fx.GraphModule]) -> None:
    """Torch compiles a function eight times by default, and then, silently, no more."""
    for batch in range(2, 13):
        step_of(small("swift", d_batch=batch, g_batch=batch))
        assert len(graphs) == batch - 1


def step_of(config: RunConfig) -> None:
    peer = Compiled()
    peer.prepare(config, digits(), CPU, 1)
    peer.step(1)
    peer.close()
