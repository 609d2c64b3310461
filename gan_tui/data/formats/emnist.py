"""EMNIST's `.mat` files: a struct `dataset` with `train.images`, `train.labels`, `test…` and `mapping`.

Each image is a row of its pixels column by column (https://www.nist.gov/itl/products-and-services/emnist-dataset).
`mapping` has a row a class: the label, then the ASCII codes of the characters that it stands for.
"""

from pathlib import Path
from typing import Final

import numpy as np

from gan_tui.data.arrays import Numbers
from gan_tui.data.check import check_labels, check_shape, make_dataset, square
from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import DataError, wrong
from gan_tui.data.formats.base import Format, Split
from gan_tui.data.formats.matlab import listed
from gan_tui.data.limits import MAX_CLASSES
from gan_tui.data.matread import read_arrays
from gan_tui.data.matscan import is_mat, scan
from gan_tui.data.names import DIGITS, class_names_of


def _classes(path: Path, mapping: Numbers | None) -> tuple[int, tuple[str, ...] | None]:
    """Return the first label and the classes' names (ten digits and 0 where the file has no mapping)."""
    if mapping is None:
        return 0, None
    if mapping.ndim != 2 or mapping.shape[1] < 2 or not 2 <= len(mapping) <= MAX_CLASSES:
        raise wrong(path, "a mapping with a label and a character code a row", f"shape {mapping.shape}")
    numbers = mapping.astype(np.float64)
    if not ((numbers >= 0) & (numbers < 0x110000)).all():
        raise wrong(path, "labels and character codes in mapping", "other numbers")
    table = numbers.astype(np.int64)
    first = int(table[0, 0])
    if (table[:, 0] != np.arange(first, first + len(table))).any():
        raise wrong(path, "labels in mapping that follow each other", "gaps")
    characters = tuple(chr(code) for code in table[:, 1].tolist())
    distinct = len(set(characters)) == len(characters) and all(
        character.isprintable() for character in characters
    )
    return first, characters if distinct else class_names_of("", len(table))


def _sniff(path: Path) -> bool:
    if not (path.is_file() and is_mat(path)):
        return False
    try:
        return "dataset" in scan(path)
    except DataError:
        return False  # the other MATLAB format says what is wrong with the file


def _read(path: Path, split: Split) -> Dataset:
    variables = scan(path)
    struct = variables.get("dataset")
    if struct is None or struct.kind != "struct":
        found = listed(variables) if struct is None else f"class {struct.kind}"
        raise wrong(path, "a struct dataset with train.images and train.labels", found)
    names = [f"dataset.{split}.images", f"dataset.{split}.labels", "dataset.mapping"]
    arrays = read_arrays(path, names, struct.bytes)
    for name in names[:2]:
        if name not in arrays:
            raise wrong(path, f"an array of numbers in {name}", "none")
    rows = arrays[names[0]]
    if rows.dtype != np.uint8:
        raise wrong(path, f"{names[0]} of uint8", f"dtype {rows.dtype}")
    if rows.ndim != 2:
        raise wrong(path, f"{names[0]} with a row an image", f"shape {rows.shape}")
    side = square(path, names[0], rows.shape[1])
    images = rows.astype(np.uint8, copy=False).reshape(-1, side, side).transpose(0, 2, 1)
    check_shape(path, names[0], images.shape)
    first, characters = _classes(path, arrays.get(names[2]))
    labels = check_labels(path, names[1], arrays[names[1]], len(characters or DIGITS), first)
    name = path.stem.lower() or "emnist"
    return make_dataset(
        images, labels, name=name, format="emnist", source=str(path), class_names=characters or DIGITS
    )


FORMAT: Final = Format("emnist", "EMNIST's .mat (dataset.train.images)", _sniff, _read)
