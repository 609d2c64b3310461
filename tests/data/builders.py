"""Small data sets, and files of them in each format."""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import scipy.io

Bytes = npt.NDArray[np.uint8]


def small(
    each: int = 2, height: int = 4, width: int = 4, classes: int = 10, seed: int = 0
) -> tuple[Bytes, Bytes]:
    """Images (N,H,W) and labels (N,), `each` of a class, in a shuffled order."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(classes, dtype=np.uint8), each))
    return random.integers(0, 256, (len(labels), height, width), np.uint8), labels


def idx_bytes(array: npt.NDArray[Any], kind: int = 8) -> bytes:
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(
    folder: Path,
    images: Bytes,
    labels: Bytes,
    *,
    packed: bool = False,
    split: str = "train",
    prefix: str = "",
) -> Path:
    """Write both files; returns the path of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / f"{prefix}{split}-{kind}-ubyte{'.gz' if packed else ''}"
        data = idx_bytes(array)
        path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
        written.append(path)
    return written[0]


def write_npz(path: Path, images: npt.NDArray[Any], labels: npt.NDArray[Any], *, packed: bool = True) -> Path:
    save: Any = np.savez_compressed if packed else np.savez
    save(path, x_train=images, y_train=labels, x_test=images[::-1], y_test=labels[::-1])
    return path


def mat_variables(images: Bytes, labels: Bytes) -> dict[str, Any]:
    rows = images.reshape(len(images), -1)
    return {f"{split}{digit}": rows[labels == digit] for split in ("train", "test") for digit in range(10)}


def write_mat(
    path: Path, images: Bytes, labels: Bytes, *, packed: bool = False, level: Literal["4", "5"] = "5"
) -> Path:
    scipy.io.savemat(path, mat_variables(images, labels), do_compression=packed, format=level)
    return path


def write_emnist(path: Path, images: Bytes, labels: Bytes, *, first: int = 0, mapping: Any = None) -> Path:
    """Write the struct `dataset` as EMNIST has it, each image column by column."""
    rows = images.transpose(0, 2, 1).reshape(len(images), -1)
    part = {"images": rows, "labels": (labels + first).reshape(-1, 1), "writers": labels.reshape(-1, 1)}
    if mapping is None:
        mapping = np.array(
            [[first + number, 48 + number] for number in range(int(labels.max()) + 1)], np.uint8
        )
    scipy.io.savemat(
        path, {"dataset": {"train": part, "test": part, "mapping": mapping}}, do_compression=True
    )
    return path


def mat_elements(data: bytes) -> list[bytes]:
    """The variables of an unpacked level 5 file, each with its tag."""
    elements, at = [], 128
    while at < len(data):
        length = 8 + struct.unpack("<I", data[at + 4 : at + 8])[0]
        elements.append(data[at : at + length])
        at += length
    return elements


def mat_packed(header: bytes, elements: list[bytes]) -> bytes:
    """A level 5 file of these elements, each packed by zlib."""
    packed = [zlib.compress(element) for element in elements]
    return header + b"".join(struct.pack("<II", 15, len(element)) + element for element in packed)
