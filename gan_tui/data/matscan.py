"""What the variables of a MATLAB file claim to be, read in Python from their headers alone.

`scipy.io.loadmat` takes memory for whatever a damaged header claims, and dies on some. So the names, classes
and sizes are read here first and held against the size of the file; only then a child process loads
(`gan_tui.data.matread`). The format: MathWorks, "MAT-File Format" (MAT-file levels 4 and 5).
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from gan_tui.data.errors import DataError, brief, wrong
from gan_tui.data.limits import MAX_BYTES, most_inflated, size

_HEADER: Final = 128
_MATRIX: Final = 14
_COMPRESSED: Final = 15
_CLASSES: Final = {
    1: "cell",
    2: "struct",
    3: "object",
    4: "char",
    5: "sparse",
    6: "double",
    7: "single",
    8: "int8",
    9: "uint8",
    10: "int16",
    11: "uint16",
    12: "int32",
    13: "uint32",
    14: "int64",
    15: "uint64",
    16: "function",
    17: "opaque",
}
_CLASSES_4: Final = {0: "double", 1: "char", 2: "sparse"}
_BYTES_4: Final = {0: 8, 1: 4, 2: 4, 3: 2, 4: 2, 5: 1}
_MOST_VARIABLES: Final = 10_000
_PEEK: Final = 4096
"""Bytes of an element that surely hold its flags, dimensions and name."""


@dataclass(frozen=True)
class MatVariable:
    """One variable, as its header describes it.

    Attributes:
        kind: MATLAB class, as `uint8` or `struct`; level 4 files call all numbers double.
        shape: dimensions; empty where the class has none.
        bytes: of the variable, unpacked.
    """

    kind: str
    shape: tuple[int, ...]
    bytes: int


def is_mat(path: Path) -> bool:
    """Whether a file starts like a MATLAB file, or is called so."""
    if path.suffix.lower() == ".mat":
        return True
    with path.open("rb") as file:
        return file.read(10) == b"MATLAB 5.0"


def scan(path: Path) -> dict[str, MatVariable]:
    """Return the variables of a MATLAB file by name, each checked to be of a size that the file can hold.

    Raises:
        DataError: no MATLAB file, one of version 7.3 (HDF5), or one whose headers are damaged.
    """
    stored = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_HEADER)
        if len(start) < 20:
            raise wrong(path, "a MATLAB file", f"a file of {size(len(start))}")
        if start.startswith(b"\x89HDF") or start[124:126] == b"\0\2" or b"MATLAB 7.3" in start:
            raise wrong(path, "a MATLAB file of version 7 or older (save it with -v7)", "version 7.3 (HDF5)")
        try:
            if 0 in start[:4]:
                file.seek(0)
                return dict(_level_4(path, file, stored))
            if len(start) < _HEADER or start[126:128] not in (b"IM", b"MI"):
                raise wrong(path, "a MATLAB file", "a file without its header")
            order = "<" if start[126:128] == b"IM" else ">"
            return dict(_level_5(path, file, stored, order))
        except (struct.error, zlib.error, OverflowError) as error:
            raise _damaged(path, str(error)) from error


def _damaged(path: Path, what: str) -> DataError:
    return wrong(path, "a whole MATLAB file", f"damage ({brief(what)})")


def _level_4(path: Path, file: IO[bytes], stored: int) -> Iterator[tuple[str, MatVariable]]:
    """Yield the variables of a level 4 file: 20 bytes, a name, and the numbers column by column."""
    for order in "<>":
        file.seek(0)
        kind = struct.unpack(f"{order}i", file.read(4))[0]
        if 0 <= kind < 5000:
            break
    else:
        raise wrong(path, "a MATLAB file", "a file without its header")
    file.seek(0)
    while file.tell() < stored:
        kind, rows, columns, imaginary, length = struct.unpack(f"{order}5i", file.read(20))
        itemsize = _BYTES_4.get(kind // 10 % 10)
        if itemsize is None or not 0 <= kind < 5000 or min(rows, columns) < 0 or not 0 < length <= _PEEK:
            raise _damaged(path, "in the header of a variable")
        name = file.read(length).split(b"\0")[0].decode("latin-1")
        body = rows * columns * itemsize * (2 if imaginary == 1 else 1)
        if body > stored - file.tell():
            expected = f"{size(body)} in {brief(name, 40)}, as its header says"
            raise wrong(path, expected, size(stored - file.tell()))
        yield name, MatVariable(_CLASSES_4.get(kind % 10, "unknown"), (rows, columns), body)
        file.seek(body, 1)


def _level_5(path: Path, file: IO[bytes], stored: int, order: str) -> Iterator[tuple[str, MatVariable]]:
    """Yield the variables of a level 5 file: tagged elements, each of which may be packed by zlib."""
    for _ in range(_MOST_VARIABLES):
        if file.tell() >= stored:
            return
        kind, length = struct.unpack(f"{order}II", file.read(8))
        begin = file.tell()
        if length == 0 or length > stored - begin:
            raise wrong(path, f"an element of {size(length)}, as its tag says", size(stored - begin))
        peek = file.read(min(length, _PEEK))
        unpacked = length
        if kind == _COMPRESSED:
            peek = zlib.decompressobj().decompress(peek, _PEEK)
            kind, unpacked = struct.unpack(f"{order}II", peek[:8])
            peek = peek[8:]
            if unpacked > most_inflated(length):
                found = f"{size(unpacked)} from {size(length)}"
                raise wrong(path, "a variable of a size that the file can hold", found)
        if kind != _MATRIX:
            raise _damaged(path, f"an element of type {kind} where a variable should be")
        yield _variable(path, peek, order, unpacked)
        file.seek(begin + length)
    raise _damaged(path, f"more than {_MOST_VARIABLES} variables")


def _variable(path: Path, data: bytes, order: str, unpacked: int) -> tuple[str, MatVariable]:
    """Read flags, dimensions and name at the start of a variable."""
    flags, data = _element(data, order)
    kind = _CLASSES.get(struct.unpack(f"{order}I", flags[:4])[0] & 0xFF, "unknown")
    if kind == "opaque":
        return "", MatVariable(kind, (), unpacked)
    sides, data = _element(data, order)
    shape = struct.unpack(f"{order}{len(sides) // 4}i", sides[: len(sides) // 4 * 4])
    name = _element(data, order)[0].decode("latin-1")
    if any(side < 0 for side in shape):
        raise _damaged(path, f"a negative dimension of {brief(name, 40)}")
    if kind != "sparse" and math.prod(shape) > unpacked:
        claimed = "×".join(str(side) for side in shape)
        raise wrong(path, f"{brief(name, 40)} of {claimed}, as its header says", size(unpacked))
    if unpacked > MAX_BYTES:
        raise wrong(path, f"variables of at most {size(MAX_BYTES)}", size(unpacked))
    return name, MatVariable(kind, shape, unpacked)


def _element(data: bytes, order: str) -> tuple[bytes, bytes]:
    """Split the first sub-element off: its bytes, and what follows it at a multiple of 8 bytes."""
    kind, length = struct.unpack(f"{order}II", data[:8])
    if small := kind >> 16:  # the length stands in the upper half of the type, the bytes in the tag itself
        return data[4 : 4 + min(small, 4)], data[8:]
    end = 8 + length
    return data[8:end], data[end + (-length % 8) :]
