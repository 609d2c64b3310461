"""NumPy's `.npy` stream, its header checked before memory is taken for its body; no pickle is ever read.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

import ast
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from gan_tui.data.arrays import Numbers
from gan_tui.data.errors import DataError, show, wrong
from gan_tui.data.limits import MAX_BYTES, size

_MAGIC: Final = b"\x93NUMPY"
_LONGEST: Final = 4096
"""Most bytes of a header; NumPy writes 118 for a plain array."""

_PLAIN_DTYPE: Final = re.compile(r"[<>|=][buif][1248]")


@dataclass(frozen=True)
class NpyHeader:
    """What an array says of itself.

    Attributes:
        dtype: booleans, whole numbers or floats.
        shape: of the array.
        fortran: whether the first axis runs fastest.
        length: bytes before the body.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    length: int

    @property
    def body(self) -> int:
        """Bytes of the body."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(path: Path, key: str, file: IO[bytes]) -> NpyHeader:
    """Read and check the header of an array.

    Args:
        path: file that is named in the sentence.
        key: name of the array in it.
        file: stands at the array's start.

    Raises:
        DataError: no such header, an array of objects or of anything but numbers, or more than a gigabyte.
    """
    start = file.read(8)
    if len(start) < 8 or start[:6] != _MAGIC or start[6] not in (1, 2, 3):
        raise wrong(path, f"an array in {key}", "bytes that are none")
    width = 2 if start[6] == 1 else 4
    length = int.from_bytes(file.read(width), "little")
    if not 0 < length <= _LONGEST:
        raise wrong(path, f"a header of at most {size(_LONGEST)} in {key}", size(length))
    text = file.read(length)
    try:
        described = ast.literal_eval(text.decode("utf-8").strip())
        dtype, shape, fortran = described["descr"], described["shape"], described["fortran_order"]
        plain = isinstance(dtype, str) and isinstance(fortran, bool) and isinstance(shape, tuple)
        if not plain or len(text) < length or not all(type(side) is int and side >= 0 for side in shape):
            raise _bad_header(path, key)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise _bad_header(path, key) from error
    if "O" in dtype:
        raise wrong(path, f"numbers in {key}", "an array of objects (a pickle), which is never loaded")
    if not _PLAIN_DTYPE.fullmatch(dtype):
        raise wrong(path, f"numbers in {key}", f"dtype {show(dtype)[:40]}")
    header = NpyHeader(_dtype(path, key, dtype), shape, fortran, 8 + width + length)
    if header.body > MAX_BYTES or len(shape) > 8:
        raise wrong(path, f"at most {size(MAX_BYTES)} in {key}", f"a claim of {size(header.body)}")
    return header


def _bad_header(path: Path, key: str) -> DataError:
    return wrong(path, f"an array's header in {key}", "a damaged one")


def _dtype(path: Path, key: str, text: str) -> np.dtype[Any]:
    try:
        return np.dtype(text)
    except TypeError as error:  # as <b2
        raise wrong(path, f"numbers in {key}", f"dtype {text}") from error


def read_body(path: Path, key: str, header: NpyHeader, file: IO[bytes]) -> Numbers:
    """Read the body of an array, whose declared size the caller has held against the file's.

    Raises:
        DataError: the file ends before the body does.
    """
    flat = np.empty(header.body, np.uint8)
    view, filled = flat.data, 0
    while filled < len(view):
        data = file.read(min(len(view) - filled, 1 << 20))
        if not data:
            raise wrong(path, f"{size(header.body)} in {key}, as its header says", size(filled))
        view[filled : filled + len(data)] = data
        filled += len(data)
    array: Numbers = flat.view(header.dtype).reshape(header.shape, order="F" if header.fortran else "C")
    return array
