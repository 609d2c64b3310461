"""What is wrong is told in one sentence that names the file, what was expected and what was found."""

import gzip
import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from gan_tui.data import DataError, load
from tests.data.builders import idx_bytes, mat_variables, small, write_emnist, write_idx, write_mat, write_npz
from tests.data.forks import ForkServer

IMAGES, LABELS = small()
Make = Callable[[Path], Path]


def idx(images: Any = IMAGES, labels: Any = LABELS) -> Make:
    return lambda folder: write_idx(folder, images, labels)


def idx_raw(images: bytes, labels: bytes = idx_bytes(LABELS), ending: str = "") -> Make:
    def make(folder: Path) -> Path:
        (folder / f"train-labels-idx1-ubyte{ending}").write_bytes(labels)
        path = folder / f"train-images-idx3-ubyte{ending}"
        path.write_bytes(images)
        return path

    return make


def alone(name: str, data: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def npz(images: Any = IMAGES, labels: Any = LABELS) -> Make:
    return lambda folder: write_npz(folder / "a.npz", images, labels)


def npz_of(**arrays: Any) -> Make:
    def make(folder: Path) -> Path:
        np.savez(folder / "a.npz", **arrays)
        return folder / "a.npz"

    return make


def mat(**changes: Any) -> Make:
    def make(folder: Path) -> Path:
        variables = mat_variables(IMAGES, LABELS) | changes
        scipy.io.savemat(
            folder / "a.mat", {name: value for name, value in variables.items() if value is not None}
        )
        return folder / "a.mat"

    return make


def emnist(**changes: Any) -> Make:
    return lambda folder: write_emnist(folder / "a.mat", **({"images": IMAGES, "labels": LABELS} | changes))


def struct(value: Any) -> Make:
    def make(folder: Path) -> Path:
        scipy.io.savemat(folder / "a.mat", {"dataset": value})
        return folder / "a.mat"

    return make


ROWS = IMAGES.reshape(len(IMAGES), -1)
PICKLE = pickle.dumps([1, 2, 3])

CASES: list[tuple[str, Make, str]] = [
    # An empty class, labels out of range, counts that differ.
    (
        "idx-empty-class",
        idx(IMAGES[LABELS != 3], LABELS[LABELS != 3]),
        "each of 10 classes, found none of class 3",
    ),
    (
        "idx-last-empty",
        idx(IMAGES[LABELS != 9], LABELS[LABELS != 9]),
        "each of 10 classes, found none of class 9",
    ),
    (
        "idx-range",
        idx(labels=np.where(np.arange(20) == 5, 200, LABELS).astype(np.uint8)),
        "0 to 9 .* found label 200",
    ),
    ("idx-counts", idx(labels=LABELS[:-1]), r"20 labels, one an image of .*, found 19"),
    ("npz-empty-class", npz(IMAGES[LABELS > 0], LABELS[LABELS > 0]), "found none of class 0"),
    ("npz-range", npz(labels=LABELS.astype(np.int64) - 1), "labels from 0 to 9 in y_train, found label -1"),
    (
        "npz-high",
        npz(labels=LABELS.astype(np.int64) + (LABELS == 9) * 2**40),
        "0 to 9 in y_train, found label 1099511627785",
    ),
    ("npz-counts", npz_of(x_train=IMAGES, y_train=LABELS[:4]), "20 labels in y_train, .* found 4"),
    ("mat-empty-class", mat(train4=np.zeros((0, 16), np.uint8)), "at least one image in train4, found none"),
    (
        "emnist-range",
        emnist(first=1, mapping=np.array([[i, 48 + i] for i in range(10)])),
        "0 to 9 .* found label 10",
    ),
    ("emnist-counts", struct({"train": {"images": ROWS, "labels": LABELS[:-1]}}), "19 labels for 20 images"),
    (
        "emnist-mapping",
        emnist(mapping=np.zeros((3, 3))),
        "labels in mapping that follow each other, found gaps",
    ),
    ("emnist-mapping-shape", emnist(mapping=np.zeros((1, 1))), r"a row, found shape \(1, 1\)"),
    ("emnist-mapping-nan", emnist(mapping=np.full((10, 2), np.nan)), "found other numbers"),
    # No images.
    ("idx-none", idx(IMAGES[:0], LABELS[:0]), "at least one image in images, found none"),
    ("npz-none", npz(IMAGES[:0], LABELS[:0]), "at least one image in x_train, found none"),
    # Wrong shapes.
    ("idx-big", idx(np.zeros((20, 65, 4), np.uint8)), "1 to 64 pixels a side, found 65×4"),
    ("idx-flat", idx_raw(idx_bytes(ROWS)), "images, which have 3 axes, found 2 axes"),
    ("idx-labels-for-images", idx_raw(idx_bytes(LABELS)), "images, which have 3 axes, found 1 axes"),
    ("npz-big", npz(np.zeros((20, 4, 65), np.uint8)), "1 to 64 pixels a side, found 4×65"),
    ("npz-one-axis", npz(LABELS), r"three axes \(images, height, width\), found 20 \(1 axes\)"),
    ("npz-colour", npz(np.zeros((20, 4, 4, 3), np.uint8)), r"found 20×4×4×3 \(4 axes\)"),
    ("npz-not-square", npz(np.zeros((20, 15), np.uint8)), "square number of pixels, .* found rows of 15"),
    (
        "npz-labels-2d",
        npz(labels=np.eye(20)[:, :10]),
        r"one label an image in y_train, found shape \(20, 10\)",
    ),
    (
        "mat-ragged",
        mat(train3=np.zeros((2, 25), np.uint8)),
        "train3 with a row of 16 pixels an image, found 2×25",
    ),
    ("mat-3d", mat(train3=np.zeros((2, 4, 4), np.uint8)), "train3 with a row of 16 .* found 2×4×4"),
    (
        "mat-not-square",
        mat(**{f"train{i}": np.zeros((2, 15), np.uint8) for i in range(10)}),
        "found rows of 15",
    ),
    ("emnist-3d", struct({"train": {"images": IMAGES, "labels": LABELS}}), r"found shape \(20, 4, 4\)"),
    # Wrong dtypes.
    ("idx-float", idx_raw(idx_bytes(IMAGES.astype(">f4"), 13)), "images of uint8, found dtype float32"),
    ("npz-float", npz(IMAGES / 255), "x_train of uint8, found dtype float64"),
    ("npz-text", npz(labels=LABELS.astype(str)), "numbers in y_train, found dtype <U3"),
    ("npz-fractions", npz(labels=LABELS + 0.5), "whole numbers in y_train, found fractions"),
    ("npz-nan", npz(labels=np.full(20, np.nan)), "whole numbers in y_train, found fractions"),
    ("npz-bool", npz(labels=LABELS > 4), "whole numbers in y_train, found dtype bool"),
    ("mat-double", mat(train0=np.zeros((2, 16))), "train0 of uint8, found class double"),
    ("mat-text", mat(train0="digits"), "train0 of uint8, found class char"),
    ("mat-cell", mat(train0=np.array([[1, "a"]], object)), "train0 of uint8, found class cell"),
    ("mat-struct", mat(train0={"a": 1}), "train0 of uint8, found class struct"),
    (
        "emnist-double",
        struct({"train": {"images": ROWS / 2, "labels": LABELS}}),
        "images of uint8, found dtype float64",
    ),
    (
        "emnist-text",
        struct({"train": {"images": "x", "labels": LABELS}}),
        "array of numbers in dataset.train.images",
    ),
    # Missing keys.
    ("npz-missing", npz_of(x_train=IMAGES, labels=LABELS), "an array y_train .*, found labels, x_train"),
    ("npz-nothing", npz_of(), "an array x_train .*, found no array"),
    ("mat-missing-one", mat(train7=None), "variables train0 to train9, found no train7"),
    (
        "mat-others",
        mat(**{f"train{i}": None for i in range(10)}),
        "train0 to train9, found only test0, .*, …",
    ),
    ("emnist-no-train", struct({"test": 1}), "array of numbers in dataset.train.images, found none"),
    (
        "emnist-no-labels",
        struct({"train": {"images": ROWS}}),
        "array of numbers in dataset.train.labels, found none",
    ),
    (
        "emnist-no-struct",
        struct(3.0),
        "a struct dataset with train.images and train.labels, found class double",
    ),
    (
        "idx-no-labels",
        alone("train-images-idx3-ubyte", idx_bytes(IMAGES)),
        "its labels in train-labels-idx1-ubyte",
    ),
    (
        "idx-no-images",
        alone("train-labels-idx1-ubyte", idx_bytes(LABELS)),
        "images that belong to these labels",
    ),
    ("idx-odd-name", alone("pictures", idx_bytes(IMAGES)), "a name like train-images-idx3-ubyte"),
    # Sizes that the file cannot hold, and files that end too early.
    ("idx-short", idx_raw(idx_bytes(IMAGES)[:-1]), "336 bytes, as its header says, found 335 bytes"),
    ("idx-long", idx_raw(idx_bytes(IMAGES) + b"x"), "336 bytes, as its header says, found 337 bytes"),
    ("idx-header", idx_raw(idx_bytes(IMAGES)[:10]), "a header of 16 bytes, found 10 bytes"),
    (
        "idx-magic",
        idx_raw(b"\1\2\3\4" + idx_bytes(IMAGES)),
        "an IDX file of images, found 4 bytes that start with 01020304",
    ),
    ("idx-nothing", idx_raw(b""), "an IDX file of images, found 0 bytes that start with nothing"),
    ("gz-short", idx_raw(gzip.compress(idx_bytes(IMAGES))[:-12]), "a whole gzip file, found"),
    (
        "gz-cut",
        idx_raw(gzip.compress(idx_bytes(IMAGES))[:40]),
        "a whole gzip file, found one that ends too early",
    ),
    (
        "gz-less",
        idx_raw(gzip.compress(idx_bytes(IMAGES)[:-5])),
        "336 bytes, as its header says, found 331 bytes",
    ),
    (
        "gz-more",
        idx_raw(gzip.compress(idx_bytes(IMAGES) + b"12345")),
        "336 bytes, as its header says, found more",
    ),
    ("gz-crc", idx_raw(gzip.compress(idx_bytes(IMAGES))[:-8] + bytes(8)), r"found damage \(crc check failed"),
    (
        "mat-cut",
        lambda folder: cut(mat()(folder), 700),
        r"an element of 88 bytes, as its tag says, found \d+ bytes",
    ),
    (
        "mat-hdf5",
        alone("a.mat", b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF"),
        "found version 7.3",
    ),
    ("mat-short", alone("a.mat", b"MATLAB 5.0"), "a MATLAB file, found a file of 10 bytes"),
    (
        "mat-text-file",
        alone("a.mat", b"These are my notes of " * 20),
        "a MATLAB file, found a file without its header",
    ),
    ("npz-cut", lambda folder: cut(npz()(folder), 50), "a whole .npz file, found damage"),
    ("npz-empty-file", alone("a.npz", b""), "a whole .npz file, found damage"),
    # Pickles.
    (
        "npz-objects",
        npz(np.array([[1, "a"], [None, {}]], object)),
        r"numbers in x_train, found an array of objects \(a pickle\)",
    ),
    (
        "npz-object-labels",
        npz(labels=np.array([1] * 20, object)),
        "numbers in y_train, found an array of objects",
    ),
    ("npz-pickle", alone("a.npz", PICKLE), "a whole .npz file, found damage"),
    ("idx-pickle", idx_raw(PICKLE), "an IDX file of images"),
    ("mat-pickle", alone("a.mat", PICKLE * 20), "a MATLAB file"),
    ("pickle", alone("a.pkl", PICKLE), "found a file that is none of them"),
    ("torch", alone("a.pt", b"PK\3\4" + PICKLE), "a whole .npz file, found damage"),
]


def cut(path: Path, length: int) -> Path:
    path.write_bytes(path.read_bytes()[:length])
    return path


@pytest.mark.parametrize(("make", "sentence"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_one_sentence(tmp_path: Path, fast_readers: ForkServer, make: Make, sentence: str) -> None:
    path = make(tmp_path)
    with pytest.raises(DataError, match=sentence) as caught:
        load(path)
    text = str(caught.value)
    assert str(tmp_path) in text
    assert ": expected " in text
    assert ", found " in text
    assert text.endswith(".")
    assert text.isprintable()
    assert set(fast_readers.codes) <= {0}


def test_a_missing_test_split(tmp_path: Path) -> None:
    path = write_idx(tmp_path / "idx", IMAGES, LABELS)
    with pytest.raises(DataError, match="a test split beside it, found no file with its name"):
        load(path, "test")
    with pytest.raises(
        DataError, match=r"a file like t10k-images-idx3-ubyte\(\.gz\), found none in this folder"
    ):
        load(path.parent, "test")


def test_a_pickle_in_an_archive_is_never_loaded(tmp_path: Path) -> None:
    """An object whose unpickling would leave a trace, as an array of objects and as the bytes of an array."""
    trace = tmp_path / "trace"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (trace,))

    array = io.BytesIO()
    np.lib.format.write_array(array, np.array([Trap()] * 20, object), allow_pickle=True)
    hidden = array.getvalue().replace(b"'|O'", b"'<i8'".ljust(4))
    for data in (array.getvalue(), hidden, pickle.dumps(Trap())):
        path = tmp_path / "trap.npz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x_train.npy", data)
            archive.writestr("y_train.npy", data)
        with pytest.raises(DataError):
            load(path)
    assert not trace.exists()


def test_level_4_has_no_uint8(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train0 of uint8, found class double"):
        load(write_mat(tmp_path / "a.mat", IMAGES, LABELS, level="4"))
