"""An engine's state as named tensors: what a checkpoint holds, and how it goes back.

Names: ``g.*``, ``d.*`` and ``ema.*`` as in the networks' state dictionaries; ``opt_g.*`` and ``opt_d.*`` with
Adam's ``exp_avg``, ``exp_avg_sq`` and ``step`` for each parameter (absent before the first update);
``rng.noise``, the random state of noise and labels.
"""

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import Tensor, nn

from gan_tui.training.engine import Engine

ADAM: Final = ("exp_avg", "exp_avg_sq", "step")
NOISE: Final = "rng.noise"
NETWORKS: Final = ("g", "d", "ema")
OPTIMISERS: Final = ("opt_g", "opt_d")


def collect(engine: Engine) -> dict[str, Tensor]:
    """A copy of every tensor of the engine's state, on the CPU; waits for the device.

    The running average is left out where its decay is 0: it is the generator.
    """
    state: dict[str, Tensor] = {}
    for prefix, module in _networks(engine).items():
        if prefix != "ema" or engine.average.decay > 0:
            state |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    for prefix, (module, optimiser) in _optimisers(engine).items():
        for name, parameter in module.named_parameters():
            moments = optimiser.state.get(parameter, {})
            state |= {f"{prefix}.{name}.{part}": moments[part] for part in ADAM if part in moments}
    copies = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}
    return copies | {NOISE: engine.latent.generator.get_state().clone()}


def expected(engine: Engine) -> dict[str, Tensor]:
    """Every name that a checkpoint of such an engine may hold, with a tensor of its shape and dtype.

    The random state is not among them: its length depends on the device.
    """
    names: dict[str, Tensor] = {}
    for prefix, module in _networks(engine).items():
        names |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    for prefix, (module, _) in _optimisers(engine).items():
        for name, parameter in module.named_parameters():
            moments = (parameter.detach(), parameter.detach(), torch.zeros(()))
            names |= {f"{prefix}.{name}.{part}": like for part, like in zip(ADAM, moments, strict=True)}
    return names


def restore(engine: Engine, state: Mapping[str, Tensor]) -> None:
    """Put tensors back that have been checked against :func:`expected`; whole groups may be absent."""
    for prefix, module in _networks(engine).items():
        part = _group(state, prefix)
        module.load_state_dict(part or _group(state, "g"))
    engine.average.replaced()
    for prefix, (module, optimiser) in _optimisers(engine).items():
        part = _group(state, prefix)
        names = [name for name, _ in module.named_parameters()]
        moments: dict[int, dict[str, Any]] = (
            {index: {key: part[f"{name}.{key}"] for key in ADAM} for index, name in enumerate(names)}
            if part
            else {}
        )
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": moments, "param_groups": groups})


def _group(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}


def _networks(engine: Engine) -> dict[str, nn.Module]:
    return dict(zip(NETWORKS, (engine.generator, engine.discriminator, engine.average.module), strict=True))


def _optimisers(engine: Engine) -> dict[str, tuple[nn.Module, torch.optim.Adam]]:
    pairs = ((engine.generator, engine.g_optimiser), (engine.discriminator, engine.d_optimiser))
    return dict(zip(OPTIMISERS, pairs, strict=True))
