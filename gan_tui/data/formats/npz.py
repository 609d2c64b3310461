"""Keras' `.npz`: `x_train`, `y_train`, `x_test`, `y_test`, as `keras.datasets.mnist` stores it.

Each array's own header is read and checked before its body, so an array of objects is refused without
NumPy seeing it, and no pickle is ever loaded.
"""

import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

import numpy as np

from gan_tui.data.arrays import Numbers
from gan_tui.data.check import check_labels, check_shape, make_dataset, square
from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import brief, wrong
from gan_tui.data.formats.base import Format, Split
from gan_tui.data.limits import most_inflated, size
from gan_tui.data.names import name_of
from gan_tui.data.npy import NpyHeader, read_body, read_header

_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What zipfile raises on damage: also for encrypted members, unknown compressions, impossible offsets."""


def _member(path: Path, archive: zipfile.ZipFile, key: str) -> zipfile.ZipInfo:
    """Return the entry of an array, its declared size held against what the file can hold."""
    try:
        entry = archive.getinfo(f"{key}.npy")
    except KeyError:
        held = sorted(name.removesuffix(".npy") for name in archive.namelist())
        found = ", ".join(brief(name, 40) for name in held[:6]) + (", …" if len(held) > 6 else "")
        raise wrong(
            path, f"an array {key} (of x_train, y_train, x_test, y_test)", found or "no array"
        ) from None
    stored = min(entry.compress_size, path.stat().st_size)
    if entry.file_size > most_inflated(stored):
        found = f"a claim of {size(entry.file_size)} from {size(stored)}"
        raise wrong(path, f"an array {key} of a size that the file can hold", found)
    return entry


def _header(path: Path, key: str, entry: zipfile.ZipInfo, file: IO[bytes]) -> NpyHeader:
    header = read_header(path, key, file)
    if header.length + header.body != entry.file_size:
        found = size(entry.file_size)
        raise wrong(path, f"{size(header.length + header.body)} in {key}, as its header says", found)
    return header


def _images_shape(path: Path, key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (N,H,W) for (N,H,W), for (N,H,W,1), and for rows of square images (N,H×W)."""
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    elif len(shape) == 2:
        side = square(path, key, shape[1])
        shape = (shape[0], side, side)
    check_shape(path, key, shape)
    return shape


def _arrays(path: Path, archive: zipfile.ZipFile, split: Split) -> tuple[Numbers, Numbers]:
    """Read images and labels of a split: first both headers, then both bodies."""
    x, y = f"x_{split}", f"y_{split}"
    x_entry, y_entry = _member(path, archive, x), _member(path, archive, y)
    with archive.open(x_entry) as x_file, archive.open(y_entry) as y_file:
        x_header, y_header = _header(path, x, x_entry, x_file), _header(path, y, y_entry, y_file)
        if x_header.dtype != np.uint8:
            raise wrong(path, f"{x} of uint8", f"dtype {x_header.dtype}")
        shape = _images_shape(path, x, x_header.shape)
        count = y_header.shape[0] if y_header.shape else 0
        if count != shape[0]:
            raise wrong(path, f"{shape[0]:,} labels in {y}, one an image of {x}", f"{count:,}")
        return read_body(path, x, x_header, x_file).reshape(shape), read_body(path, y, y_header, y_file)


def _sniff(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06") or path.suffix.lower() == ".npz"


def _read(path: Path, split: Split) -> Dataset:
    try:
        with zipfile.ZipFile(path) as archive:
            images, labels = _arrays(path, archive, split)
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        found = f"damage ({brief(error) or type(error).__name__})"
        raise wrong(path, "a whole .npz file", found) from error
    checked = check_labels(path, f"y_{split}", labels, None)
    return make_dataset(
        images.astype(np.uint8, copy=False), checked, name=name_of(path), format="npz", source=str(path)
    )


FORMAT: Final = Format("npz", "Keras' .npz with x_train, y_train, x_test, y_test", _sniff, _read)
