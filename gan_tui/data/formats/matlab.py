"""`mnist_all.mat`: variables `train0` … `train9` and `test0` … `test9`, each uint8 (n, height × width)."""

from pathlib import Path
from typing import Final

import numpy as np

from gan_tui.data.check import check_shape, make_dataset, square
from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import brief, wrong
from gan_tui.data.formats.base import Format, Split
from gan_tui.data.limits import MAX_BYTES, size
from gan_tui.data.matread import read_arrays
from gan_tui.data.matscan import MatVariable, is_mat, scan
from gan_tui.data.names import DIGITS, name_of


def listed(variables: dict[str, MatVariable]) -> str:
    """Return the names of a file's variables, for a sentence."""
    names = [brief(name, 40) for name in variables if name]
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "") or "no variable"


def _check(path: Path, names: list[str], variables: dict[str, MatVariable]) -> int:
    """Check the variables of a split by their headers; return the pixels of an image."""
    missing = [name for name in names if name not in variables]
    if missing:
        found = f"only {listed(variables)}" if len(missing) == len(names) else f"no {', '.join(missing[:5])}"
        raise wrong(path, f"variables {names[0]} to {names[-1]}", found)
    pixels = variables[names[0]].shape[-1] if variables[names[0]].shape else 0
    for name in names:
        variable = variables[name]
        if variable.kind != "uint8":
            raise wrong(path, f"{name} of uint8", f"class {variable.kind}")
        shown = "×".join(str(side) for side in variable.shape)
        if len(variable.shape) != 2 or variable.shape[1] != pixels:
            raise wrong(path, f"{name} with a row of {pixels} pixels an image", f"{shown}")
        if variable.shape[0] < 1:
            raise wrong(path, f"at least one image in {name}", "none")
    total = sum(variables[name].bytes for name in names)
    if total > MAX_BYTES:
        raise wrong(path, f"images of at most {size(MAX_BYTES)}", size(total))
    return pixels


def _sniff(path: Path) -> bool:
    return path.is_file() and is_mat(path)


def _read(path: Path, split: Split) -> Dataset:
    names = [f"{split}{digit}" for digit in DIGITS]
    variables = scan(path)
    pixels = _check(path, names, variables)
    side = square(path, names[0], pixels)
    arrays = read_arrays(path, names, sum(variables[name].bytes for name in names))
    for name in names:
        array = arrays.get(name)
        if array is None or array.dtype != np.uint8 or array.shape != variables[name].shape:
            found = "nothing" if array is None else f"{array.dtype} {array.shape}"
            raise wrong(path, f"{name} as its header says", found)
    images = np.concatenate([arrays[name].astype(np.uint8, copy=False) for name in names]).reshape(
        -1, side, side
    )
    check_shape(path, "images", images.shape)
    labels = np.repeat(np.arange(10, dtype=np.uint8), [len(arrays[name]) for name in names])
    return make_dataset(
        images, labels, name=name_of(path), format="matlab", source=str(path), class_names=DIGITS
    )


FORMAT: Final = Format("matlab", "MATLAB's mnist_all.mat (train0 … train9)", _sniff, _read)
