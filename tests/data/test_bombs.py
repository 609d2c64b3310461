"""Files that claim more than they hold, and files that hold far more than they weigh: memory is bounded."""

import gzip
import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gan_tui.data import DataError, load
from gan_tui.data.limits import MAX_BYTES, most_inflated
from tests.data.builders import idx_bytes, mat_elements, small, write_mat
from tests.data.forks import ForkServer

LIMIT = 8 << 20
"""Bytes that refusing a file may take at most; each of these claims or holds at least ten times that."""

HUGE = struct.pack(">BBBBIII", 0, 0, 8, 3, 4_000_000, 64, 64)
LABELS = idx_bytes(small()[1])


def idx(images: bytes, labels: bytes = LABELS) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "train-labels-idx1-ubyte").write_bytes(labels)
        (folder / "train-images-idx3-ubyte").write_bytes(images)
        return folder / "train-images-idx3-ubyte"

    return make


def gzip_zeros(start: bytes, mebibytes: int) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(start)
        for _ in range(mebibytes):
            file.write(bytes(1 << 20))
    return out.getvalue()


def npy(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": dtype, "fortran_order": False, "shape": shape})
    return out.getvalue()


def npz(head: bytes, mebibytes: int, claim: int | None = None) -> Callable[[Path], Path]:
    """An archive whose x_train is `head` and zeros; `claim` is written over its size in the directory."""

    def make(folder: Path) -> Path:
        path = folder / "a.npz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("x_train.npy", "w", force_zip64=True) as file:
                file.write(head)
                for _ in range(mebibytes):
                    file.write(bytes(1 << 20))
            archive.writestr("y_train.npy", npy((1,)) + b"\0")
        if claim is not None:
            data = bytearray(path.read_bytes())
            at = data.index(b"PK\1\2") + 24
            data[at : at + 4] = struct.pack("<I", claim)
            path.write_bytes(data)
        return path

    return make


def mat_claim(packed: bool, rows: int, columns: int = 784) -> Callable[[Path], Path]:
    """A small MATLAB file whose train0 claims to be of `rows` × `columns`, its element's length to match."""

    def make(folder: Path) -> Path:
        path = write_mat(folder / "a.mat", *small(2, 28, 28))
        data = path.read_bytes()
        elements = mat_elements(data)
        body = bytearray(elements[0])
        body[4:8] = struct.pack("<I", min(rows * columns + 100, 2**32 - 1))
        at = body.index(struct.pack("<II", 2, 784))
        body[at : at + 8] = struct.pack("<II", rows, columns)
        elements[0] = bytes(body)
        if packed:
            stored = zlib.compress(elements[0])
            elements[0] = struct.pack("<II", 15, len(stored)) + stored
        path.write_bytes(data[:128] + b"".join(elements))
        return path

    return make


CASES = {
    "plain IDX that claims 16 GB": idx(HUGE + bytes(1000)),
    "IDX of 2^32-1 images": idx(struct.pack(">BBBBIII", 0, 0, 8, 3, 2**32 - 1, 1, 1) + bytes(10)),
    "labels that claim 4 GB": idx(idx_bytes(small()[0]), struct.pack(">BBBBI", 0, 0, 8, 1, 2**32 - 1)),
    "gzip that claims 16 GB": idx(gzip_zeros(HUGE, 0)),
    "gzip that claims 1 GB and weighs 1 KB": idx(
        gzip_zeros(struct.pack(">BBBBIII", 0, 0, 8, 3, 2**18, 64, 64), 1)
    ),
    "gzip bomb with a small header": idx(gzip_zeros(idx_bytes(small()[0]), 200)),
    "gzip bomb of images": idx(gzip_zeros(struct.pack(">BBBBIII", 0, 0, 8, 3, 200 << 8, 64, 64), 200)),
    "gzip bomb that is no IDX": idx(gzip_zeros(b"", 200)),
    "npz bomb": npz(npy((200 << 8, 64, 64)), 200),
    "npz with a huge header": npz(b"\x93NUMPY\2\0" + struct.pack("<I", 200 << 20), 200),
    "npz whose array claims 16 GB": npz(npy((4_000_000, 64, 64)), 1),
    "npz whose array claims a petabyte": npz(npy((1 << 50,)), 1),
    "npz whose directory claims 4 GB": npz(npy((1_000_000, 64, 64)), 1, 1_000_000 * 4096 + 128),
    "MATLAB that claims 4 GB": mat_claim(packed=False, rows=5_000_000),
    "packed MATLAB that claims 4 GB": mat_claim(packed=True, rows=5_000_000),
    "packed MATLAB that claims 80 MB": mat_claim(packed=True, rows=100_000),
    "MATLAB of 2^31-1 × 2^31-1": mat_claim(packed=True, rows=2**31 - 1, columns=2**31 - 1),
}


@pytest.mark.parametrize("make", CASES.values(), ids=CASES.keys())
def test_refused_without_the_memory(
    tmp_path: Path, fast_readers: ForkServer, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    assert path.stat().st_size < 1 << 20
    readers = len(fast_readers.codes)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"expected .*, found ") as caught:
            load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(tmp_path) in str(caught.value)
    assert peak < LIMIT
    assert len(fast_readers.codes) == readers, "no child is started for a claim that cannot be true"


def test_what_is_believed() -> None:
    assert most_inflated(9_912_422) > 47_040_016, "MNIST's own file"
    assert most_inflated(1) < 4096
    assert most_inflated(1 << 40) == MAX_BYTES
    assert most_inflated(1 << 20) <= 200 << 20
