"""The plain loop with torch.compile."""

import shutil
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import nn

from gan_tui.bench.peers.plain import Plain, channels_last

_MOST_COMPILED: Final = 64


class Compiled(Plain):
    """The plain loop, its networks compiled by inductor; the first steps compile.

    On processors the generator alone, channels last: that is quickest. A compiled D takes a third longer
    than an eager one with the light pair, and no less with the article's (torch 2.13, AVX2).

    Attributes:
        backend: as ``torch.compile`` takes it; tests have one that they can look into.
    """

    name = "compiled"
    compiles = True
    backend: str | Callable[..., Any] = "inductor"

    def available(self, device: torch.device) -> str | None:
        """Inductor needs a C++ compiler for processors, Triton for GPUs."""
        if device.type == "mps":
            return "torch.compile is not measured on Apple's GPUs"
        if device.type == "cuda":
            from torch.utils._triton import has_triton  # noqa: PLC0415 - asks the driver

            return None if has_triton() else "torch.compile needs Triton, which is not here"
        if not any(shutil.which(name) for name in ("g++", "clang++", "c++")):
            return "torch.compile needs a C++ compiler, and there is none"
        return None

    def _called(self, generator: nn.Module, discriminator: nn.Module) -> tuple[nn.Module, nn.Module]:
        """The compiled networks."""
        if self._device.type == "cpu":
            channels_last(generator, discriminator)
            return self._compiled(generator), discriminator
        return self._compiled(generator), self._compiled(discriminator)

    def _compiled(self, network: nn.Module) -> nn.Module:
        # Torch keeps what it compiled for a class of networks, over all recipes and D:G that one process
        # measures; where there would be too much of it, it goes on uncompiled and says nothing.
        torch._dynamo.config.recompile_limit = _MOST_COMPILED  # noqa: SLF001 - there is no public name
        made: nn.Module = torch.compile(network, dynamic=False, backend=type(self).backend)  # type: ignore[assignment]  # it is a module
        return made
