"""An engine's state as named tensors: what a checkpoint holds, and how it goes back.

Names: ``g.*``, ``d.*`` and ``ema.*`` as in the networks' state dictionaries; ``opt_g.*`` and ``opt_d.*`` with
Adam's ``exp_avg``, ``exp_avg_sq`` and ``step`` for each parameter;
``rng.noise``, the random state of noise and labels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from gan_tui.training.engine import Engine

ADAM: Final = ("exp_avg", "exp_avg_sq", "step")
NOISE: Final = "rng.noise"
NETWORKS: Final = ("g", "d", "ema")


@dataclass(frozen=True)
class Copies:
    """Copies of tensors, on their way to the CPU.

    Attributes:
        arrive: waits until all are there; any thread may call it.
    """

    _tensors: Mapping[str, Tensor]
    arrive: Callable[[], None] = lambda: None

    def get(self) -> Mapping[str, Tensor]:
        """The copies by name, contiguous; waits for them."""
        self.arrive()
        return self._tensors


def collect(engine: Engine) -> dict[str, Tensor]:
    """A copy of every tensor of the engine's state, on the CPU; waits for the device."""
    return dict(begin(engine).get())


def begin(engine: Engine) -> Copies:
    """Copy every tensor of the engine's state as it is after what was asked of the device so far.

    On CUDA nothing is waited for: the device copies in its own memory, and from there to the host beside the
    training. The running average is left out where its decay is 0: it is the generator.
    """
    state: dict[str, Tensor] = {}
    for prefix, module in _networks(engine).items():
        if prefix != "ema" or engine.average.decay > 0:
            state |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    state |= _moments(engine)
    noise = engine.latent.generator.get_state().clone()
    if engine.device.type == "cuda":
        copies, arrived = _fetch(state, engine.device)
        return Copies(copies | {NOISE: noise}, arrived.synchronize)
    copies = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in state.items()}
    return Copies(copies | {NOISE: noise})


def expected(engine: Engine) -> dict[str, Tensor]:
    """Every name that a checkpoint of such an engine may hold, with a tensor of its shape and dtype.

    The random state is not among them: its length depends on the device.
    """
    names = _moments(engine)
    for prefix, module in _networks(engine).items():
        names |= {f"{prefix}.{name}": value for name, value in module.state_dict().items()}
    return names


def restore(engine: Engine, state: Mapping[str, Tensor], averaged: int) -> None:
    """Put tensors back that have been checked against :func:`expected`; ``ema`` may be absent.

    ``averaged`` counts the updates in the running average.
    """
    for prefix, module in _networks(engine).items():
        module.load_state_dict(_group(state, prefix) or _group(state, "g"))
    engine.average.replaced(averaged)
    for name, mine in _moments(engine).items():
        mine.copy_(state[name])


def _fetch(state: Mapping[str, Tensor], device: torch.device) -> tuple[dict[str, Tensor], torch.cuda.Event]:
    """Copies in pinned memory, and the mark behind the last of them, on a stream of their own."""
    with torch.cuda.device(device):
        stream: torch.cuda.Stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # untyped in torch 2.13
        arrived: torch.cuda.Event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # likewise
        clones = {
            name: value.detach().clone(memory_format=torch.contiguous_format) for name, value in state.items()
        }
        stream.wait_stream(torch.cuda.current_stream())
        copies = {}
        with torch.cuda.stream(stream):
            for name, clone in clones.items():
                copies[name] = torch.empty(clone.shape, dtype=clone.dtype, pin_memory=True)
                copies[name].copy_(clone, non_blocking=True)
                clone.record_stream(stream)
            arrived.record()
    return copies, arrived


def _group(state: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}


def _networks(engine: Engine) -> dict[str, nn.Module]:
    return dict(zip(NETWORKS, (engine.generator, engine.discriminator, engine.average.module), strict=True))


def _moments(engine: Engine) -> dict[str, Tensor]:
    """Adam's own tensors by name, not copies."""
    found: dict[str, Tensor] = {}
    for prefix, module, optimiser in (
        ("opt_g", engine.generator, engine.g_optimiser),
        ("opt_d", engine.discriminator, engine.d_optimiser),
    ):
        names = [name for name, _ in module.named_parameters()]
        rows = zip(names, optimiser.first, optimiser.second, optimiser.steps, strict=True)
        for name, *parts in rows:
            found |= {f"{prefix}.{name}.{part}": value for part, value in zip(ADAM, parts, strict=True)}
    return found
