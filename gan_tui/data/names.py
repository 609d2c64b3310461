"""What a data set and its classes are called, told by the names of its file and folder."""

from pathlib import Path
from typing import Final

DIGITS: Final = tuple("0123456789")

CLASS_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "mnist": DIGITS,
    "fashion": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
}
"""Known sets and their classes (github.com/zalandoresearch/fashion-mnist, github.com/rois-codh/kmnist)."""

KNOWN: Final = {
    "e08a159d8d77895513fee78fce19953e": "mnist",  # the 60,000 training images
    "0bd61b6e43ddae08a50dd8f65ead817c": "mnist",  # the 10,000 test images
}
"""Sets that are known by their fingerprint, whatever their file is called."""

_HINTS: Final = (("fashion", "fashion"), ("kmnist", "kmnist"), ("kuzushiji", "kmnist"), ("mnist", "mnist"))


def name_of(path: Path) -> str:
    """Return the name of the set at `path`: a known one if the path's last three parts hint at it.

    Otherwise the file's own name without endings, or its folder's where that only tells the split.
    """
    parts = path.absolute().parts[1:][-3:]
    for part in reversed(parts):
        for word, name in _HINTS:
            if word in part.lower() and "emnist" not in part.lower() and "qmnist" not in part.lower():
                return name
    for part in reversed(parts):
        own = part.split(".")[0].lower()
        if own and not own.startswith(("train", "t10k", "test", "raw")):
            return own
    return "images"


def class_names_of(name: str, classes: int) -> tuple[str, ...]:
    """Return the names of the classes of a set; numbers where the set is not known to have that many."""
    known = CLASS_NAMES.get(name, DIGITS)
    return known if len(known) == classes else tuple(str(number) for number in range(classes))
