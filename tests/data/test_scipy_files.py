"""SciPy's own collection of MATLAB files, odd and damaged ones: each gives a data set or a sentence."""

from pathlib import Path

import pytest
import scipy.io
import scipy.io.matlab

from gan_tui.data import DataError, load
from gan_tui.data.errors import wrong
from gan_tui.data.matread import read_arrays
from gan_tui.data.matscan import scan
from tests.data.forks import ForkServer

FOLDER = Path(scipy.io.matlab.__file__).parent / "tests" / "data"
FILES = sorted(FOLDER.glob("*.mat"))


@pytest.fixture(autouse=True)
def collection() -> None:
    if not FILES:
        pytest.skip("this SciPy comes without its test files (scipy/io/matlab/tests/data)")


def test_each_is_refused_in_a_sentence() -> None:
    for path in FILES:
        with pytest.raises(DataError) as caught:
            load(path)
        text = str(caught.value)
        assert f"{path.name}: expected " in text
        assert text.isprintable()


def test_the_headers_tell_what_scipy_tells() -> None:
    """Names and shapes of every variable, as `scipy.io.whosmat` reads them."""
    compared = 0
    for path in FILES:
        try:
            known = {name: tuple(int(side) for side in shape) for name, shape, _ in scipy.io.whosmat(path)}
        except Exception:  # noqa: BLE001, S112 - SciPy refuses it: the next test holds ours to a sentence
            continue
        if "duplicate" in path.name or path.name == "debigged_m4.mat":  # the latter's header claims 3 GB
            continue
        # whosmat leaves out the last axis of texts, and level 4 has three columns for a sparse matrix
        ours = {
            name: found.shape
            for name, found in scan(path).items()
            if name and found.kind not in {"char", "sparse"}
        }
        for name, shape in known.items():
            if ours.get(name):
                assert ours[name] == shape, (path.name, name)
                compared += 1
    assert compared > 60


def test_each_goes_through_the_child(fast_readers: ForkServer) -> None:
    """All variables of each are asked for, so that SciPy really loads them; no child may die."""
    before = len(fast_readers.codes)
    told = []
    for path in FILES:
        try:
            names = [name for name in scan(path) if name]
            arrays = read_arrays(path, names or ["x"], path.stat().st_size * 100)
        except DataError as error:
            told.append((f"{path.name}: expected ", str(error)))
        else:
            assert all(array.dtype.kind in "buif" for array in arrays.values())
    assert all(start in text and text.isprintable() for start, text in told)
    assert len(fast_readers.codes) - before > 80
    assert set(fast_readers.codes[before:]) == {0}


def test_wrong_is_one_line() -> None:
    assert str(wrong("a\nb", "x", "y")) == "a\\nb: expected x, found y."
