"""The file of a checkpoint: safetensors, written whole or not at all, and read with suspicion."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gan_tui.runs.atomic import atomic_write
from gan_tui.runs.checkpoint_metadata import FORMAT
from gan_tui.training.errors import CheckpointError

CHECKSUM: Final = "crc32"
_DTYPES: Final = {"F32": torch.float32, "I64": torch.int64, "U8": torch.uint8}
_NAMES: Final = {dtype: name for name, dtype in _DTYPES.items()}


def write_file(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors (on the CPU, contiguous) and texts, whole or not at all.

    A checksum of the tensors goes into the texts. The bytes go from the tensors to the disk without a copy
    and without the interpreter's lock, so that the training thread goes on meanwhile.

    Raises:
        CheckpointError: the disk does not take it; a file of that name is as it was.
    """
    # The format wants no holes; numbers of 8, then of 4, then of 1 byte keep each aligned.
    names = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    texts = {**metadata, "format": FORMAT, CHECKSUM: checksum(tensors)}
    header: dict[str, object] = {"__metadata__": texts}
    offset = 0
    for name in names:
        end = offset + tensors[name].nbytes
        header[name] = {
            "dtype": _NAMES[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, end],
        }
        offset = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)

    def write(file: BinaryIO) -> None:
        file.write(len(head).to_bytes(8, "little") + head)
        for name in names:
            file.write(_bytes(tensors[name]))

    try:
        atomic_write(path, write)
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint {path.name} could not be written ({error.strerror}); earlier ones are safe"
        ) from error


def checksum(tensors: Mapping[str, Tensor]) -> str:
    """CRC-32 over the bytes of all tensors in the order of their names, as eight hexadecimal digits."""
    value = 0
    for name in sorted(tensors):
        value = zlib.crc32(_bytes(tensors[name]), value)
    return f"{value:08x}"


def _bytes(tensor: Tensor) -> memoryview:
    array: npt.NDArray[np.uint8] = tensor.reshape(-1).view(torch.uint8).numpy()
    return array.data


@dataclass(frozen=True)
class CheckpointFile:
    """An open checkpoint whose header has been read, and whose tensors have not.

    Attributes:
        path: of the file. metadata: its texts.
        shapes: name → (dtype, shape) of each tensor; what they declare fits in the file.
    """

    path: Path
    metadata: Mapping[str, str]
    shapes: Mapping[str, tuple[torch.dtype, tuple[int, ...]]]
    _handle: Any

    def read(self) -> dict[str, Tensor]:
        """All tensors, copied into memory.

        Raises:
            CheckpointError: their checksum is not the one that was written.
        """
        tensors = {name: self._handle.get_tensor(name).clone() for name in self.shapes}
        if self.metadata.get(CHECKSUM) != checksum(tensors):
            raise damaged(self.path, "its numbers do not match their checksum")
        return tensors


@contextmanager
def open_file(path: Path) -> Iterator[CheckpointFile]:
    """Open a checkpoint and read its header.

    Raises:
        CheckpointError: the file cannot be read or is no whole checkpoint.
    """
    try:
        # The library checks that header and sizes fit the file before it maps anything.
        with safe_open(str(path), framework="pt") as handle:
            metadata = handle.metadata() or {}
            if metadata.get("format") != FORMAT:
                found = metadata.get("format", "none")
                raise damaged(path, f"it should say {FORMAT!r} and says {found[:60]!r}")
            shapes = {}
            for name in handle.keys():  # noqa: SIM118 - the handle is no mapping
                part = handle.get_slice(name)
                if part.get_dtype() not in _DTYPES:
                    raise damaged(path, f"{name[:60]!r} has the type {part.get_dtype()}")
                shapes[name] = (_DTYPES[part.get_dtype()], tuple(part.get_shape()))
            yield CheckpointFile(path, metadata, shapes, handle)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise damaged(path, reason.splitlines()[0]) from error


def damaged(path: Path, why: str) -> CheckpointError:
    """The error for a file that is no whole checkpoint."""
    return CheckpointError(f"{path} is no whole checkpoint ({why}); nothing was changed, choose another one")
