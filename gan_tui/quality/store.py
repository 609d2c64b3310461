"""Judges in the user's cache, as safetensors. A damaged or foreign file is as good as none."""

import contextlib
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from gan_tui.quality.classifier import FEATURES


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
    expected = network.state_dict()
    try:
        with safe_open(path, framework="pt") as file:
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
            accuracy = float((file.metadata() or {})["accuracy"])
    except (OSError, SafetensorError, KeyError, ValueError):
        return None
    reference, spare = stored.pop("reference", None), stored.pop("spare", None)
    found = {name.removeprefix("network."): value for name, value in stored.items()}
    whole = found.keys() == expected.keys() and all(
        found[name].shape == value.shape and found[name].dtype == value.dtype
        for name, value in expected.items()
    )
    if not whole or not _are_features(reference) or not _are_features(spare) or not 0 <= accuracy <= 1:
        return None
    if not all(bool(torch.isfinite(value).all()) for value in [*found.values(), reference, spare]):
        return None
    network.load_state_dict(found)
    return reference, spare, accuracy


def _are_features(value: torch.Tensor | None) -> bool:
    return value is not None and value.ndim == 2 and value.shape[1] == FEATURES and len(value) >= 2
