"""IDX files, plain or gzip, as MNIST, Fashion-MNIST and KMNIST come: a folder of them, or the images file.

A file is two zero bytes, the type (8: unsigned byte), the number of axes, each axis as a big-endian 32-bit
number, and the bytes. EMNIST's files of this form hold each image column by column; they are known by
their names, and turned.
"""

import gzip
import math
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import numpy as np

from gan_tui.data.arrays import Bytes
from gan_tui.data.check import check_labels, check_shape, make_dataset
from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import brief, show, wrong
from gan_tui.data.formats.base import Format, Split
from gan_tui.data.limits import most_inflated, size
from gan_tui.data.names import name_of

_GZIP_MAGIC: Final = b"\x1f\x8b"
_UNSIGNED_BYTE: Final = 8
_TYPES: Final = {8: "uint8", 9: "int8", 11: "int16", 12: "int32", 13: "float32", 14: "float64"}
_SPLITS: Final[dict[Split, tuple[str, ...]]] = {"train": ("train",), "test": ("t10k", "test")}
_IMAGES: Final = re.compile(
    r"(?P<before>.*?)(?P<split>train|t10k|test)(?P<between>[-_.])images(?P<after>[-_.]idx3.*)?"
)
_SUBFOLDERS: Final = ("", "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw")


@dataclass(frozen=True)
class _Header:
    """What an IDX file says of itself: its axes, and how many bytes precede the data."""

    shape: tuple[int, ...]
    length: int


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, through gzip where it is one; damage met inside becomes a sentence."""
    with path.open("rb") as plain:
        packed = plain.read(2) == _GZIP_MAGIC
        plain.seek(0)
        try:
            if packed:
                with gzip.GzipFile(fileobj=plain) as unpacked:
                    yield cast("IO[bytes]", unpacked)
            else:
                yield plain
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            early = isinstance(error, EOFError)
            found = "one that ends too early" if early else f"damage ({brief(error).lower()})"
            raise wrong(path, "a whole gzip file", found) from error


def _read_header(path: Path, file: IO[bytes], axes: int) -> _Header:
    """Read the header and hold it against the size of the file."""
    what = "images" if axes == 3 else "labels"
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES:
        raise wrong(
            path, f"an IDX file of {what}", f"{size(len(start))} that start with {start.hex() or 'nothing'}"
        )
    if start[2] != _UNSIGNED_BYTE:
        raise wrong(path, f"{what} of uint8", f"dtype {_TYPES[start[2]]}")
    if start[3] != axes:
        raise wrong(path, f"{what}, which have {axes} {'axis' if axes == 1 else 'axes'}", f"{start[3]} axes")
    sides = file.read(4 * axes)
    if len(sides) < 4 * axes:
        raise wrong(path, f"a header of {4 + 4 * axes} bytes", size(4 + len(sides)))
    shape = struct.unpack(f">{axes}I", sides)
    header = _Header(shape, 4 + 4 * axes)
    if axes == 3:
        check_shape(path, what, shape)
    _check_size(path, header, packed=isinstance(file, gzip.GzipFile))
    return header


def _check_size(path: Path, header: _Header, *, packed: bool) -> None:
    """Hold the declared size against what the file can hold, before memory is taken for it."""
    declared, stored = header.length + math.prod(header.shape), path.stat().st_size
    if packed and declared > most_inflated(stored):
        raise wrong(
            path,
            f"{size(declared)}, as its header says",
            f"a gzip file of {size(stored)}, too small to hold them",
        )
    if not packed and declared != stored:
        raise wrong(path, f"{size(declared)}, as its header says", size(stored))


def _read_array(path: Path, axes: int) -> Bytes:
    """Read a whole file: its header, exactly the bytes that this promises, and then its end."""
    with _opened(path) as file:
        header = _read_header(path, file, axes)
        array = np.empty(header.shape, np.uint8)
        view = array.reshape(-1).data
        filled = 0
        while filled < len(view) and (got := _into(file, view[filled:])):
            filled += got
        if filled < len(view):
            expected = f"{size(header.length + len(view))}, as its header says"
            raise wrong(path, expected, size(header.length + filled))
        if file.read(1):
            raise wrong(path, f"{size(header.length + len(view))}, as its header says", "more")
    return array


def _into(file: IO[bytes], view: memoryview) -> int:
    """Fill the start of `view` with at most a mebibyte; 0 at the end of the file."""
    data = file.read(min(len(view), 1 << 20))
    view[: len(data)] = data
    return len(data)


def _shape_of(path: Path, axes: int) -> tuple[int, ...]:
    with _opened(path) as file:
        return _read_header(path, file, axes).shape


def _in_folder(folder: Path, split: Split) -> Path | None:
    """Return the images file of a split in a folder, or in the folder that torchvision makes in it."""
    for below in _SUBFOLDERS:
        if (folder / below).is_dir():
            for path in sorted((folder / below).iterdir()):
                match = _IMAGES.match(path.name)
                if match and match["split"] in _SPLITS[split] and path.is_file():
                    return path
    return None


def _images_file(path: Path, split: Split) -> Path:
    """Return the file that holds the images of a split, for a folder or a file that the user named.

    A named images file is itself the training split, whatever its name; the test split is its neighbour.
    """
    if path.is_dir():
        if found := _in_folder(path, split):
            return found
        raise wrong(path, f"a file like {_SPLITS[split][0]}-images-idx3-ubyte(.gz)", "none in this folder")
    match = _IMAGES.match(path.name)
    if split == "train" or (match and match["split"] in _SPLITS[split]):
        return path
    if match:
        for word in _SPLITS[split]:
            name = path.name[: match.start("split")] + word + path.name[match.end("split") :]
            if found := _either(path.with_name(name)):
                return found
    raise wrong(path, f"a {split} split beside it", "no file with its name")


def _either(path: Path) -> Path | None:
    """Return `path`, or its name with or without `.gz`, whichever exists."""
    other = path.with_name(path.name[:-3] if path.name.endswith(".gz") else path.name + ".gz")
    return next((file for file in (path, other) if file.is_file()), None)


def _labels_file(images: Path) -> Path:
    """Return the labels that belong to an images file: the same name with `labels` and `idx1`."""
    name = images.name.replace("images", "labels").replace("idx3", "idx1")
    if name == images.name:
        raise wrong(
            images, "a name like train-images-idx3-ubyte, which tells the name of its labels", "another name"
        )
    found = _either(images.with_name(name))
    if found is None:
        raise wrong(images, f"its labels in {show(name)} beside it", "no such file")
    return found


def _sniff(path: Path) -> bool:
    """A folder with such a file, or a file with such a name or such a start."""
    if path.is_dir():
        return any(_in_folder(path, split) for split in _SPLITS)
    if re.search(r"idx[13][-_.]ubyte", path.name):
        return True
    with path.open("rb") as file:
        start = file.read(4)
    return start[:2] == _GZIP_MAGIC or (
        len(start) == 4 and start[:2] == b"\0\0" and start[2] in _TYPES and start[3] in (1, 3)
    )


def _read(path: Path, split: Split) -> Dataset:
    """Read the images and the labels of a split; both headers are checked before either body is read."""
    if path.is_file() and "labels" in path.name:
        path = path.with_name(path.name.replace("labels", "images").replace("idx1", "idx3"))
        if (named := _either(path)) is None:
            raise wrong(path, "the images that belong to these labels", "no such file")
        path = named
    images_file = _images_file(path, split)
    labels_file = _labels_file(images_file)
    shape, (count,) = _shape_of(images_file, 3), _shape_of(labels_file, 1)
    if count != shape[0]:
        raise wrong(
            labels_file, f"{shape[0]:,} labels, one an image of {show(images_file.name)}", f"{count:,}"
        )
    emnist = images_file.name.startswith("emnist")
    first = 1 if emnist and "letters" in images_file.name else 0
    labels = check_labels(labels_file, "the labels", _read_array(labels_file, 1), None, first)
    images = _read_array(images_file, 3)
    if emnist:
        images = images.transpose(0, 2, 1)
    return make_dataset(images, labels, name=name_of(images_file), format="idx", source=str(path))


FORMAT: Final = Format(
    "idx", "IDX files (train-images-idx3-ubyte and its labels), plain or gzip", _sniff, _read
)
