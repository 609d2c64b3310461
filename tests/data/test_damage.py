"""Damaged files of each format: a data set or one sentence; no other exception, no dead interpreter."""

import gzip
import io
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.data import DataError, load
from tests.data.builders import (
    idx_bytes,
    mat_elements,
    mat_packed,
    small,
    write_emnist,
    write_idx,
    write_mat,
    write_npz,
)
from tests.data.forks import ForkServer

IMAGES, LABELS = small(2, 3, 3)
Damage = Callable[[bytes], bytes]

pytestmark = pytest.mark.usefixtures("fast_readers")

many = settings(
    max_examples=60,
    deadline=None,  # a busy machine makes no reader wrong
    database=None,  # a failure prints the damage itself
)


def made(write: Callable[[Path], Path]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder)).read_bytes()


MAT = made(lambda folder: write_mat(folder / "a.mat", IMAGES, LABELS))
MAT_PACKED = made(lambda folder: write_mat(folder / "a.mat", IMAGES, LABELS, packed=True))
MAT_4 = made(lambda folder: write_mat(folder / "a.mat", IMAGES, LABELS, level="4"))
EMNIST = made(lambda folder: write_emnist(folder / "a.mat", IMAGES, LABELS))
NPZ = made(lambda folder: write_npz(folder / "a.npz", IMAGES, LABELS, packed=False))
NPZ_PACKED = made(lambda folder: write_npz(folder / "a.npz", IMAGES, LABELS))


def one_change(length: int) -> st.SearchStrategy[Damage]:
    """Cut, flip a bit, set a 32-bit word to an extreme, put bytes over or between others, or drop some."""
    at = st.integers(0, max(0, length - 1))
    word = st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000, 14, 15])
    return st.one_of(
        at.map(lambda i: lambda data: data[:i]),
        st.tuples(at, st.integers(0, 7)).map(
            lambda c: lambda data: _over(data, c[0], bytes([_byte(data, c[0]) ^ 1 << c[1]]))
        ),
        st.tuples(at, word).map(
            lambda c: lambda data: _over(data, c[0] // 4 * 4, c[1].to_bytes(4, "little"))
        ),
        st.tuples(at, word).map(lambda c: lambda data: _over(data, c[0] // 4 * 4, c[1].to_bytes(4, "big"))),
        st.tuples(at, st.binary(min_size=1, max_size=16)).map(lambda c: lambda data: _over(data, c[0], c[1])),
        st.tuples(at, st.binary(min_size=1, max_size=16)).map(
            lambda c: lambda data: data[: c[0]] + c[1] + data[c[0] :]
        ),
        st.tuples(at, st.integers(1, 16)).map(lambda c: lambda data: data[: c[0]] + data[c[0] + c[1] :]),
    )


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def _over(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    def apply(changes: list[Damage]) -> bytes:
        result = data
        for change in changes:
            result = change(result)
        return result

    return st.lists(one_change(len(data)), min_size=1, max_size=3).map(apply)


def holds(path: Path, named: str) -> bool:
    """Load `path`; a data set must keep the rules, an error must be one sentence; whether it loaded."""
    try:
        dataset = load(path)
    except DataError as error:
        text = str(error)
        assert named in text
        assert ": expected " in text
        assert ", found " in text
        assert text.isprintable()
        assert text.endswith(".")
        assert len(text) < 1000
        return False
    assert dataset.images.dtype == dataset.labels.dtype == np.uint8
    assert dataset.images.ndim == 3
    assert dataset.labels.shape == dataset.images.shape[:1]
    assert (dataset.counts > 0).all()
    assert len(dataset.counts) == len(dataset.class_names)
    assert max(dataset.images.shape[1:]) <= 64
    return True


def idx_holds(images: bytes, labels: bytes, ending: str = "") -> bool:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"train-labels-idx1-ubyte{ending}").write_bytes(labels)
        path = Path(folder) / f"train-images-idx3-ubyte{ending}"
        path.write_bytes(images)
        return holds(path, folder)


def file_holds(name: str, data: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return holds(path, name)


def test_undamaged_files_load(fast_readers: ForkServer) -> None:
    """Else all below would hold for files that are refused unread."""
    assert idx_holds(idx_bytes(IMAGES), idx_bytes(LABELS))
    assert idx_holds(gzip.compress(idx_bytes(IMAGES)), gzip.compress(idx_bytes(LABELS)), ".gz")
    assert file_holds("a.npz", NPZ)
    assert file_holds("a.npz", NPZ_PACKED)
    for data in (MAT, MAT_PACKED, EMNIST, mat_packed(MAT[:128], mat_elements(MAT))):
        assert file_holds("a.mat", data)
    assert fast_readers.codes[-4:] == [0] * 4


@many
@given(damaged(idx_bytes(IMAGES)), damaged(idx_bytes(LABELS)), st.booleans())
def test_idx(images: bytes, labels: bytes, both: bool) -> None:
    idx_holds(images, labels if both else idx_bytes(LABELS))
    idx_holds(idx_bytes(IMAGES), labels)


@many
@given(damaged(gzip.compress(idx_bytes(IMAGES), mtime=0)), damaged(idx_bytes(IMAGES)))
def test_gzip_idx_damaged_outside_and_inside(outside: bytes, inside: bytes) -> None:
    labels = gzip.compress(idx_bytes(LABELS))
    idx_holds(outside, labels, ".gz")
    idx_holds(gzip.compress(inside), labels, ".gz")


@many
@given(damaged(NPZ))
def test_npz(data: bytes) -> None:
    file_holds("a.npz", data)


@many
@given(damaged(NPZ_PACKED))
def test_packed_npz(data: bytes) -> None:
    file_holds("a.npz", data)


@many
@given(st.data())
def test_npz_damaged_inside(data: st.DataObject) -> None:
    """Whole archives whose arrays are damaged, so that the readers of `.npy` are reached."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(NPZ)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, data.draw(damaged(body[:160])) + body[160:] if "train" in name else body)
    file_holds("a.npz", out.getvalue())


@many
@given(damaged(MAT))
def test_mat(data: bytes) -> None:
    file_holds("a.mat", data)


@many
@given(st.data())
def test_mat_damaged_in_one_variable(data: st.DataObject) -> None:
    """Damage in what `loadmat` reads itself, plain and packed: here it can die, and the test lives on."""
    elements = mat_elements(MAT)
    at = data.draw(st.integers(0, 9))
    elements[at] = data.draw(damaged(elements[at]))
    packed = data.draw(st.booleans())
    file_holds("a.mat", mat_packed(MAT[:128], elements) if packed else MAT[:128] + b"".join(elements))


@pytest.mark.parametrize("packed", [False, True])
def test_mat_whose_type_tag_has_a_flipped_bit(packed: bool) -> None:
    """The flips at which `loadmat` of SciPy 1.17.1 dies of SIGSEGV and SIGBUS."""
    elements = mat_elements(MAT)
    for bit in range(32):
        changed = _over(elements[0], 56 + bit // 8, bytes([elements[0][56 + bit // 8] ^ 1 << bit % 8]))
        rest = [changed, *elements[1:]]
        file_holds("a.mat", mat_packed(MAT[:128], rest) if packed else MAT[:128] + b"".join(rest))


def test_the_real_child_dies_in_our_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # not a forked reader but the program's own
    elements = mat_elements(MAT)
    elements[0] = _over(elements[0], 56, bytes([elements[0][56] ^ 1 << 1]))
    assert not file_holds("a.mat", MAT[:128] + b"".join(elements))


@many
@given(damaged(MAT_PACKED))
def test_packed_mat(data: bytes) -> None:
    file_holds("a.mat", data)


@many
@given(damaged(MAT_4))
def test_level_4_mat(data: bytes) -> None:
    file_holds("a.mat", data)


@many
@given(st.data())
def test_emnist(data: st.DataObject) -> None:
    inner = zlib.decompress(EMNIST[136:])
    changed = data.draw(damaged(inner))
    file_holds(
        "a.mat", mat_packed(EMNIST[:128], [changed]) if data.draw(st.booleans()) else EMNIST[:128] + changed
    )


@many
@given(st.binary(max_size=400), st.sampled_from(["a", "a.mat", "a.npz", "a.gz", "train-images-idx3-ubyte"]))
def test_random_bytes(data: bytes, name: str) -> None:
    assert not file_holds(name, data)


@many
@given(
    st.sampled_from(
        [
            b"\x1f\x8b\x08\0",
            b"PK\3\4",
            b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM",
            b"\0\0\x08\3",
            b"\x93NUMPY",
        ]
    ),
    st.binary(max_size=300),
    st.sampled_from(["a", "a.mat", "a.npz", "train-images-idx3-ubyte.gz"]),
)
def test_random_bytes_after_a_known_start(start: bytes, data: bytes, name: str) -> None:
    assert not file_holds(name, start + data)


@pytest.mark.parametrize("write", [write_mat, write_npz])
def test_every_shorter_file(tmp_path: Path, write: Callable[..., Path]) -> None:
    path = write(tmp_path / f"a.{'mat' if write is write_mat else 'npz'}", IMAGES, LABELS)
    data = path.read_bytes()
    for length in range(0, len(data) - 1, 31):
        path.write_bytes(data[:length])
        holds(path, path.name)


def test_every_shorter_idx(tmp_path: Path) -> None:
    path = write_idx(tmp_path, IMAGES, LABELS, packed=True)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert not holds(path, path.name)
