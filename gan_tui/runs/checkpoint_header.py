"""Read a safetensors file's header, and one small tensor of it, trusting nothing that the file says.

A safetensors file is 8 bytes with the header's length (little-endian), the header as JSON (tensor name →
dtype, shape, data_offsets; ``__metadata__`` → strings), then the tensors' bytes. The form is described at
https://huggingface.co/docs/safetensors. Sizes are checked before memory is taken for them.
"""

import math
import os
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from gan_tui.runs.errors import RunError

MAX_HEADER: Final = 8 << 20
"""Bytes of JSON; ours have some 20,000."""
MAX_TENSORS: Final = 100_000
MAX_DIMENSIONS: Final = 8
MAX_TENSOR_READ: Final = 16 << 20
"""Bytes of a tensor that this reader takes into memory."""
ITEM_BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
}  # fmt: skip


class TensorInfo(msgspec.Struct, frozen=True):
    """Where a tensor lies: dtype as safetensors names it, shape, first byte and end in the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


class Header(msgspec.Struct, frozen=True):
    """What a file says about itself, checked against its size.

    Attributes:
        path: the file. size: its bytes. time: of its last change, Unix seconds.
        metadata: the string map. tensors: name → place.
    """

    path: Path
    size: int
    time: float
    metadata: dict[str, str]
    tensors: dict[str, TensorInfo]

    @property
    def config(self) -> dict[str, Any]:
        """The run's settings, by field name; empty where the file has none.

        Raises:
            RunError: they are no JSON object.
        """
        return self._object("config")

    @property
    def settings(self) -> dict[str, Any]:
        """The live settings, by field name; empty where the file has none.

        Raises:
            RunError: they are no JSON object.
        """
        return self._object("settings")

    def _object(self, key: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(self.metadata.get(key, "{}"), type=dict[str, Any])
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise RunError(f"{self.path} is damaged: its {key} cannot be understood ({error})") from error


def read_header(path: Path) -> Header:
    """Read and check a safetensors file's header; the tensors' bytes are not touched.

    Raises:
        RunError: it is no such file, is cut short, or says what cannot be.
    """
    try:
        with path.open("rb") as file:
            return _header(path, file)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}; nothing was changed") from error
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError) as error:
        raise _damaged(path, f"its header cannot be understood ({error})") from error


def read_tensor_bytes(header: Header, name: str) -> bytes:
    """The bytes of one small tensor, in row order.

    Raises:
        RunError: there is none of that name, it is larger than :data:`MAX_TENSOR_READ`, or was cut off.
    """
    info = header.tensors.get(name)
    if info is None:
        raise _damaged(header.path, f"it has no {name}")
    if info.end - info.begin > MAX_TENSOR_READ:
        raise _damaged(header.path, f"its {name} has {info.end - info.begin:,} bytes")
    try:
        with header.path.open("rb") as file:
            file.seek(info.begin)
            content = file.read(info.end - info.begin)
    except OSError as error:
        raise RunError(f"{header.path} cannot be read: {error.strerror}; nothing was changed") from error
    if len(content) != info.end - info.begin:
        raise _damaged(header.path, f"its {name} was cut off")
    return content


def _header(path: Path, file: BinaryIO) -> Header:
    status = os.fstat(file.fileno())
    size = status.st_size
    prefix = file.read(8)
    if len(prefix) < 8:
        raise _damaged(path, f"it has {len(prefix)} bytes")
    length = int.from_bytes(prefix, "little")
    if not 2 <= length <= min(MAX_HEADER, size - 8):
        raise _damaged(path, f"its header is to have {length:,} bytes, the file has {size:,}")
    raw = msgspec.json.decode(file.read(length), type=dict[str, dict[str, Any]])
    if len(raw) > MAX_TENSORS:
        raise _damaged(path, f"it has {len(raw):,} tensors")
    metadata = msgspec.convert(raw.pop("__metadata__", {}), dict[str, str])
    start = 8 + length
    tensors = {name: _tensor(path, name, entry, start, size) for name, entry in raw.items()}
    return Header(path=path, size=size, time=status.st_mtime, metadata=metadata, tensors=tensors)


def _tensor(path: Path, name: str, entry: dict[str, Any], start: int, size: int) -> TensorInfo:
    shape = msgspec.convert(entry.get("shape"), tuple[int, ...])
    begin, end = msgspec.convert(entry.get("data_offsets"), tuple[int, int])
    dtype = entry.get("dtype")
    bits = ITEM_BITS.get(dtype, 0) if isinstance(dtype, str) else 0
    if not bits or len(shape) > MAX_DIMENSIONS or min(shape, default=0) < 0:
        raise _damaged(path, f"{name!r:.80} has dtype {dtype!r:.20} and shape {shape!r:.80}")
    if not 0 <= begin <= end <= size - start or (end - begin) * 8 != math.prod(shape) * bits:
        raise _damaged(path, f"{name!r:.80} of shape {shape!r:.80} cannot lie at bytes {begin} to {end}")
    return TensorInfo(dtype=str(dtype), shape=shape, begin=start + begin, end=start + end)


def _damaged(path: Path, what: str) -> RunError:
    return RunError(f"{path} is no whole checkpoint: {what}; other checkpoints are untouched")
