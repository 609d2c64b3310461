"""The arithmetic of the networks: float32, or a coarser one where it is asked for or faster.

``tf32`` is CUDA's: float32 whose products and convolutions take factors of 10 bits behind the point. ``bf16``
is torch's autocast to bfloat16; on a CPU some networks take their large products alone to it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, cast

import torch

from gan_tui.training.errors import DeviceError

Arithmetic = Literal["fp32", "tf32", "bf16"]
_AMPERE = 8
"""Least compute capability of a GPU with TF32."""
_MATRIX_UNITS_GAIN = 10.0
"""Most that bfloat16 brings a step on processors with matrix units (AMX)."""
_VECTORS_GAIN = 2.0
"""The same on others: products took 0.45 of the time with AVX512-BF16, whole steps 0.65 and more."""


def arithmetic(device: torch.device, precision: Arithmetic) -> AbstractContextManager[object]:
    """The context in which networks run forward; parameters, losses and optimisers stay in float32.

    Autocast's cache of converted weights lives as long as this context: enter it anew for each update.
    """
    if precision == "bf16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def set_products(precision: Arithmetic) -> None:
    """Have CUDA's products of float32 tensors in TF32 or exact; for the whole process, until set anew.

    A recorded update keeps what was set when it was recorded. Products on a CPU stay as they are: exact.
    """
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"


@contextmanager
def products(precision: Arithmetic) -> Iterator[None]:
    """:func:`set_products` for a while; afterwards they are as they were."""
    matmul, convolution = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    set_products(precision)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(matmul)
        torch.backends.cudnn.allow_tf32 = convolution


def settled(precision: str) -> Arithmetic:
    """The arithmetic of a run's setting; ``auto`` is fp32 where nothing was measured."""
    return "fp32" if precision == "auto" else cast("Arithmetic", precision)


def may_be_faster(device: torch.device) -> bool:
    """Whether bfloat16 is worth a measurement here.

    Processors without 512-bit vectors convert at every step, many times slower than float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return "AVX512" in torch.backends.cpu.get_cpu_capability()
    return False


def most_gain() -> float:
    """How many times as fast as in float32 a step can be in bfloat16 on this processor, at the very best."""
    # Older releases of torch do not tell; a processor of which nothing is known may have matrix units.
    known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return _MATRIX_UNITS_GAIN if known.get("amx_bf16", True) else _VECTORS_GAIN


def alternatives(device: torch.device) -> tuple[Arithmetic, ...]:
    """What is worth a measurement beside fp32 here, the more exact first."""
    found: list[Arithmetic] = ["tf32"] if _has_tf32(device) else []
    return (*found, "bf16") if may_be_faster(device) else tuple(found)


def check_precision(device: torch.device, precision: Arithmetic) -> None:
    """Refuse an arithmetic that the device cannot do.

    Raises:
        DeviceError: bfloat16 on a GPU without it; TF32 on what is no such GPU.
    """
    if precision == "tf32" and not _has_tf32(device):
        raise DeviceError(f"there is no tf32 on {device.type} here; use --precision fp32")
    if precision == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise DeviceError(f"{torch.cuda.get_device_name(device)} has no bfloat16; use --precision fp32")


def _has_tf32(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= _AMPERE
