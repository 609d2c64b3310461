"""Where to train: the name that was asked for becomes a device, or one sentence says why not."""

import torch

from gan_tui.training.errors import DeviceError

_MISSING = {
    "cuda": "torch sees no CUDA device here; use --device cpu, or install the torch that fits the driver",
    "mps": "torch sees no Apple GPU here; use --device cpu",
}


def resolve_device(name: str) -> torch.device:
    """The device that a setting names; ``auto`` takes CUDA, else Apple's GPU, else the processor.

    Raises:
        DeviceError: the named device is not there.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, there in present.items() if there)
    if name not in present:
        raise DeviceError(f"there is no device {name!r}; choose auto, cuda, cpu or mps")
    if not present[name]:
        raise DeviceError(f"{_MISSING[name]}; nothing was started")
    return torch.device("cuda", torch.cuda.current_device()) if name == "cuda" else torch.device(name)


def describe(device: torch.device) -> str:
    """The device as the header shows it: ``cpu``, ``mps``, or the GPU's own name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all that was asked of it; for measurements, never in a step."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
