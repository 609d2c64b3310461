"""The rules that every data set obeys, whatever file it came from."""

from pathlib import Path

import numpy as np

from gan_tui.data.arrays import Bytes, Numbers
from gan_tui.data.dataset import Dataset
from gan_tui.data.digest import fingerprint
from gan_tui.data.errors import wrong
from gan_tui.data.limits import MAX_BYTES, MAX_CLASSES, MAX_SIDE, size
from gan_tui.data.names import KNOWN, class_names_of


def check_shape(path: str | Path, what: str, shape: tuple[int, ...]) -> None:
    """Check the shape of images (N,H,W) as a file declares it, before any of them is read.

    Raises:
        DataError: not three axes, no image, sides beyond 1 to 64, or more than a gigabyte.
    """
    shown = "×".join(str(side) for side in shape) or "a single number"
    if len(shape) != 3:
        raise wrong(path, f"{what} with three axes (images, height, width)", f"{shown} ({len(shape)} axes)")
    if shape[0] < 1:
        raise wrong(path, f"at least one image in {what}", "none")
    if not all(1 <= side <= MAX_SIDE for side in shape[1:]):
        raise wrong(path, f"{what} of 1 to {MAX_SIDE} pixels a side", f"{shape[1]}×{shape[2]}")
    total = shape[0] * shape[1] * shape[2]
    if total > MAX_BYTES:
        raise wrong(path, f"{what} of at most {size(MAX_BYTES)}", size(total))


def square(path: str | Path, what: str, pixels: int) -> int:
    """Return the side of square images that are stored as rows of `pixels` numbers.

    Raises:
        DataError: `pixels` is not the square of 1 to 64.
    """
    side = round(max(pixels, 0) ** 0.5) if pixels <= MAX_SIDE**2 else 0
    if side < 1 or side * side != pixels:
        expected = f"rows of {what} with a square number of pixels, at most {MAX_SIDE}×{MAX_SIDE}"
        raise wrong(path, expected, f"rows of {pixels}")
    return side


def check_labels(path: str | Path, what: str, labels: Numbers, classes: int | None, first: int = 0) -> Bytes:
    """Return labels as uint8 (N,), counted from 0.

    Args:
        path: file that is named in the sentence.
        what: name of the labels in the file.
        labels: integers, (N,), (N,1) or (1,N), or floats that are whole numbers.
        classes: number of classes; None: as many as the labels name without a gap, at least 10.
        first: label of the first class.

    Raises:
        DataError: wrong dtype or shape, or a label out of range.
    """
    if labels.dtype.kind not in "uif":
        raise wrong(path, f"whole numbers in {what}", f"dtype {labels.dtype}")
    if labels.ndim == 0 or labels.size != max(labels.shape):
        raise wrong(path, f"one label an image in {what}", f"shape {labels.shape}")
    flat = labels.reshape(-1)
    if flat.size == 0:
        raise wrong(path, f"at least one label in {what}", "none")
    if flat.dtype.kind == "f" and not (np.isfinite(flat).all() and (np.floor(flat) == flat).all()):
        raise wrong(path, f"whole numbers in {what}", "fractions")
    low, high = int(flat.min()), int(flat.max())
    last = first + (classes or _leading_classes(flat, first)) - 1
    if low < first or high > last:
        raise wrong(path, f"labels from {first} to {last} in {what}", f"label {low if low < first else high}")
    return (flat.astype(np.int64) - first).astype(np.uint8)


def _leading_classes(labels: Numbers, first: int) -> int:
    """Return how many classes from `first` on have no gap between them, at least 10."""
    present = {int(label) for label in np.unique(labels)}
    run = 0
    while first + run in present and run < MAX_CLASSES:
        run += 1
    return max(10, run)


def make_dataset(
    images: Bytes,
    labels: Bytes,
    *,
    name: str,
    format: str,  # noqa: A002 - the name of the field that it fills
    source: str,
    class_names: tuple[str, ...] | None = None,
) -> Dataset:
    """Check images and labels against each other and make the data set of them.

    Args:
        images: uint8 (N,H,W).
        labels: uint8 (N,), counted from 0.
        name: of the set.
        format: of the file.
        source: path of the file, named in the sentences.
        class_names: None where only the labels say how many classes there are: then at least ten.

    Raises:
        DataError: counts that differ, an empty class, a label out of range, or a shape that is not allowed.
    """
    check_shape(source, "images", images.shape)
    if len(images) != len(labels):
        raise wrong(source, "as many labels as images", f"{len(labels):,} labels for {len(images):,} images")
    classes = len(class_names) if class_names is not None else max(10, int(labels.max()) + 1)
    if int(labels.max()) >= classes:
        raise wrong(source, f"labels from 0 to {classes - 1}", f"label {int(labels.max())}")
    counts = np.bincount(labels, minlength=classes)
    empty = np.flatnonzero(counts == 0)
    names = class_names or class_names_of(name, classes)
    if len(empty):
        listed = ", ".join(names[number] for number in empty[:5]) + (", …" if len(empty) > 5 else "")
        raise wrong(source, f"images of each of {classes} classes", f"none of class {listed}")
    contiguous = np.ascontiguousarray(images)
    content = fingerprint(contiguous, labels)
    return Dataset(contiguous, labels, names, KNOWN.get(content, name), format, source, content)
