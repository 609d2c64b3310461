"""Each format gives back what was written, and the same fingerprint as the others."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.data import FORMATS, DataError, Dataset, describe, fingerprint, load
from tests.data.builders import Bytes, idx_bytes, small, write_emnist, write_idx, write_mat, write_npz
from tests.data.forks import ForkServer


def by_content(images: Bytes, labels: Bytes) -> list[bytes]:
    return sorted(bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True))


def same(dataset: Dataset, images: Bytes, labels: Bytes) -> bool:
    return by_content(dataset.images, dataset.labels) == by_content(images, labels)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("height", "width"), [(28, 28), (64, 64), (5, 7), (1, 1)])
def test_idx_folder_and_file(tmp_path: Path, packed: bool, height: int, width: int) -> None:
    images, labels = small(3, height, width)
    images_file = write_idx(tmp_path / "set", images, labels, packed=packed)
    for path in (
        tmp_path / "set",
        images_file,
        str(images_file),
        str(images_file).replace("images-idx3", "labels-idx1"),
    ):
        dataset = load(path)
        assert dataset.format == "idx"
        assert np.array_equal(dataset.images, images)
        assert np.array_equal(dataset.labels, labels)
        assert dataset.images.dtype == dataset.labels.dtype == np.uint8
        assert dataset.class_names == tuple("0123456789")


def test_idx_splits_in_a_folder_and_beside_a_file(tmp_path: Path) -> None:
    train, test = small(3, seed=1), small(2, seed=2)
    file = write_idx(tmp_path, *train, packed=True)
    test_file = write_idx(tmp_path, *test, split="t10k")
    assert same(load(tmp_path), *train)
    assert same(load(tmp_path, "test"), *test)
    assert same(load(file, "test"), *test)
    assert same(load(test_file), *test), "a named file is read itself"


def test_idx_mixed_packing_and_torchvisions_folder(tmp_path: Path) -> None:
    images, labels = small()
    file = write_idx(tmp_path / "MNIST" / "raw", images, labels)
    file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert same(load(tmp_path), images, labels)


@pytest.mark.parametrize(
    ("folder", "name", "first_class"),
    [
        ("fashion-mnist", "fashion", "T-shirt/top"),
        ("KMNIST", "kmnist", "o"),
        ("mnist", "mnist", "0"),
        ("mine", "mine", "0"),
    ],
)
def test_names_by_folder(tmp_path: Path, folder: str, name: str, first_class: str) -> None:
    write_idx(tmp_path / "x" / "y" / folder, *small())
    dataset = load(tmp_path / "x" / "y" / folder)
    assert (dataset.name, dataset.class_names[0]) == (name, first_class)


def test_emnists_idx_is_turned_and_its_letters_begin_at_one(tmp_path: Path) -> None:
    images, labels = small(2, classes=26)
    file = write_idx(tmp_path, images.transpose(0, 2, 1), labels + 1, prefix="emnist-letters-")
    dataset = load(file)
    assert same(dataset, images, labels)
    assert len(dataset.class_names) == 26


def test_many_classes(tmp_path: Path) -> None:
    dataset = load(write_idx(tmp_path / "k49", *small(2, classes=49)))
    assert dataset.counts.tolist() == [2] * 49


@pytest.mark.parametrize("packed", [False, True])
def test_npz(tmp_path: Path, packed: bool) -> None:
    images, labels = small(2, 28, 28)
    path = write_npz(tmp_path / "mnist.npz", images, labels.astype(np.int64), packed=packed)
    dataset = load(path)
    assert (dataset.format, dataset.name) == ("npz", "mnist")
    assert np.array_equal(dataset.images, images)
    assert np.array_equal(dataset.labels, labels)
    assert np.array_equal(load(path, "test").images, images[::-1])


def test_npz_other_shapes(tmp_path: Path) -> None:
    images, labels = small()
    for number, form in enumerate(
        (images[..., None], images.reshape(len(images), -1), np.asfortranarray(images))
    ):
        path = write_npz(tmp_path / f"{number}.npz", form, labels.reshape(-1, 1))
        assert np.array_equal(load(path).images, images)
        assert np.array_equal(load(path).labels, labels)


def test_npz_alone_in_a_folder(tmp_path: Path) -> None:
    images, labels = small()
    write_npz(tmp_path / "own.npz", images, labels)
    assert same(load(tmp_path), images, labels)


@pytest.mark.parametrize("packed", [False, True])
def test_matlab_by_the_real_child(tmp_path: Path, packed: bool) -> None:
    images, labels = small(3, 28, 28)
    dataset = load(write_mat(tmp_path / "mnist_all.mat", images, labels, packed=packed))
    assert (dataset.format, dataset.name) == ("matlab", "mnist")
    assert np.array_equal(dataset.labels, np.sort(labels))
    assert same(dataset, images, labels)


def test_matlab_test_split(tmp_path: Path, fast_readers: ForkServer) -> None:
    images, labels = small()
    path = write_mat(tmp_path / "digits.mat", images, labels)
    assert same(load(path, "test"), images, labels)
    assert fast_readers.codes[-1] == 0


@pytest.mark.parametrize("first", [0, 1])
def test_emnist(tmp_path: Path, fast_readers: ForkServer, first: int) -> None:
    images, labels = small(2, 6, 6, classes=26 if first else 10)
    letters = np.array([[1 + number, 65 + number, 97 + number] for number in range(26)], np.uint8)
    path = write_emnist(
        tmp_path / "emnist-x.mat", images, labels, first=first, mapping=letters if first else None
    )
    dataset = load(path)
    assert dataset.format == "emnist"
    assert np.array_equal(dataset.images, images)
    assert np.array_equal(dataset.labels, labels)
    assert "".join(dataset.class_names) == ("ABCDEFGHIJKLMNOPQRSTUVWXYZ" if first else "0123456789")
    assert fast_readers.codes[-1] == 0


def test_emnist_by_the_real_child(tmp_path: Path) -> None:
    images, labels = small(2, 28, 28)
    assert same(load(write_emnist(tmp_path / "emnist-digits.mat", images, labels)), images, labels)


def test_every_format_gives_the_same_fingerprint(tmp_path: Path, fast_readers: ForkServer) -> None:
    images, labels = small(3, 8, 8)
    paths = [
        write_idx(tmp_path / "idx", images, labels),
        write_npz(tmp_path / "a.npz", images[::-1], labels[::-1]),
        write_mat(tmp_path / "a.mat", images, labels),
        write_emnist(tmp_path / "b.mat", images, labels),
    ]
    datasets = [load(path) for path in paths]
    assert [dataset.format for dataset in datasets] == ["idx", "npz", "matlab", "emnist"]
    assert {dataset.fingerprint for dataset in datasets} == {fingerprint(images, labels)}
    assert fast_readers.codes[-2:] == [0, 0]


@given(st.integers(0, 2**32 - 1), st.data())
def test_fingerprint_is_of_the_content_alone(seed: int, data: st.DataObject) -> None:
    images, labels = small(1, 3, 3, seed=seed)
    order = np.random.default_rng(seed).permutation(len(labels))
    known = fingerprint(images, labels)
    assert fingerprint(images[order], labels[order]) == known
    image, row, column = (data.draw(st.integers(0, n - 1)) for n in images.shape)
    changed = images.copy()
    changed[image, row, column] ^= 1 << data.draw(st.integers(0, 7))
    assert fingerprint(changed, labels) != known
    relabelled = labels.copy()
    relabelled[image] = (relabelled[image] + 1) % 10
    assert fingerprint(images, relabelled) != known
    assert fingerprint(images[:-1], labels[:-1]) != known
    assert fingerprint(np.concatenate([images, images[:1]]), np.concatenate([labels, labels[:1]])) != known
    assert fingerprint(images.reshape(len(images), 1, 9), labels) != known


def test_describe_is_json_and_complete(tmp_path: Path) -> None:
    images, labels = small(3, 5, 7)
    told = json.loads(json.dumps(describe(load(write_idx(tmp_path / "mnist", images, labels)))))
    assert told["format"] == "idx"
    assert told["name"] == "mnist"
    assert told["images"] == 30
    assert told["shape"] == [5, 7]
    assert told["classes"] == {str(digit): 3 for digit in range(10)}
    assert told["fingerprint"] == fingerprint(images, labels)


def test_table_of_formats() -> None:
    assert set(FORMATS) == {"matlab", "emnist", "idx", "npz", "sample"}
    assert all(key == format_.name for key, format_ in FORMATS.items())


@pytest.mark.parametrize("path", ["nowhere", "null\0byte", "~nobody-of-that-name/x", "two\nlines", "\udcff"])
def test_a_path_that_is_none(path: str) -> None:
    with pytest.raises(DataError, match=r"expected a (path|file or folder), found") as caught:
        load(path)
    assert str(caught.value).isprintable()


def test_an_unknown_split(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train and test, not 'dev'"):
        load(tmp_path, "dev")


def test_what_never_ends_is_not_opened(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(DataError, match="expected a file or a folder, found a device, pipe or socket"):
            load(path)


def test_a_file_that_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("These are notes, and quite long ones.")
    (tmp_path / "empty").write_bytes(b"")
    for name in ("notes.txt", "empty"):
        with pytest.raises(
            DataError, match=rf"{name}: expected a data set .* found a file that is none of them"
        ):
            load(tmp_path / name)
    with pytest.raises(DataError, match="found a folder without any"):
        load(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(idx_bytes(small()[0]))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(DataError, match="permission denied"):
        load(path)
