"""Judges that come with the program, and judges in the user's cache, as safetensors.

A damaged or foreign file is as good as none.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from gan_tui.quality.classifier import FEATURES

_MNIST: Final = Path(__file__).parent / "judges" / "mnist.safetensors"
SHIPPED: Final = {
    "fa24726c917cf3d77b95eab4b73d1c4d": _MNIST,  # the 5,000 digits of the sample extra
    "e08a159d8d77895513fee78fce19953e": _MNIST,  # the 60,000 training images
    "0bd61b6e43ddae08a50dd8f65ead817c": _MNIST,  # the 10,000 test images
}
"""Fingerprint of a data set → the judge that comes with the program for it (``benchmarks/make_judge.py``)."""


def save_judge(
    path: Path, network: nn.Module, reference: torch.Tensor, spare: torch.Tensor, accuracy: float
) -> None:
    """Keep a judge; a full or read-only disk costs only its training again.

    Args:
        path: where.
        network: the trained classifier.
        reference: features (N, 64) of the real images that stand for all.
        spare: features (N, 64) of other real images.
        accuracy: 0 … 1, on held-out images.
    """
    tensors = {
        f"network.{name}": value.detach().cpu().contiguous() for name, value in network.state_dict().items()
    }
    tensors |= {"reference": reference.contiguous(), "spare": spare.contiguous()}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError, SafetensorError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, temporary, metadata={"accuracy": repr(accuracy)})
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def load_judge(path: Path, network: nn.Module) -> tuple[torch.Tensor, torch.Tensor, float] | None:
    """Fill ``network`` from a kept judge; returns its reference and spare features and accuracy, or None."""
    read = _read(path)
    if read is None:
        return None
    stored, accuracy = read
    reference, spare = stored.pop("reference", None), stored.pop("spare", None)
    if reference is None or spare is None or not _are_features(reference) or not _are_features(spare):
        return None
    return (reference, spare, accuracy) if _fill(network, stored) else None


def load_shipped(fingerprint: str, network: nn.Module) -> float | None:
    """Fill ``network`` from the judge that comes with the program for this data set.

    Its weights are kept as float16, which float32 holds exactly.

    Returns:
        Its accuracy on images that it was not trained on, 0 … 1; None where none comes along.
    """
    read = _read(SHIPPED[fingerprint]) if fingerprint in SHIPPED else None
    if read is None:
        return None
    stored, accuracy = read
    return accuracy if _fill(network, {name: value.float() for name, value in stored.items()}) else None


def _read(path: Path) -> tuple[dict[str, torch.Tensor], float] | None:
    """A file's tensors, all of them finite, and its accuracy."""
    try:
        with safe_open(path, framework="pt") as file:
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            accuracy = float((file.metadata() or {})["accuracy"])
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    finite = all(bool(torch.isfinite(value).all()) for value in stored.values())
    return (stored, accuracy) if finite and 0 <= accuracy <= 1 else None


def _fill(network: nn.Module, stored: dict[str, torch.Tensor]) -> bool:
    """Load the weights, if they are this network's."""
    expected = network.state_dict()
    found = {name.removeprefix("network."): value for name, value in stored.items()}
    whole = found.keys() == expected.keys() and all(
        found[name].shape == value.shape and found[name].dtype == value.dtype
        for name, value in expected.items()
    )
    if whole:
        network.load_state_dict(found)
    return whole


def _are_features(value: torch.Tensor) -> bool:
    return value.ndim == 2 and value.shape[1] == FEATURES and len(value) >= 2
