"""The plain loop with torch.compile."""

import shutil

import torch
from torch import nn

from gan_tui.bench.peers.plain import Plain, channels_last


class Compiled(Plain):
    """The plain loop, its networks compiled by inductor; the first steps compile.

    On processors the generator alone, channels last: that is quickest. A compiled D takes a third longer
    than an eager one with the light pair, and no less with the article's (torch 2.13, AVX2).
    """

    name = "compiled"

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
        made: nn.Module = torch.compile(generator, dynamic=False)  # type: ignore[assignment]  # it is a module
        if self._device.type == "cpu":
            channels_last(generator, discriminator)
            return made, discriminator
        judged: nn.Module = torch.compile(discriminator, dynamic=False)  # type: ignore[assignment]  # as above
        return made, judged
