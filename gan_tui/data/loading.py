"""Finds the format of a path and reads it."""

import stat
from pathlib import Path
from typing import Final

from gan_tui.data.dataset import Dataset
from gan_tui.data.errors import DataError, brief, wrong
from gan_tui.data.formats import FORMATS, Split
from gan_tui.data.formats.sample import sample_path
from gan_tui.data.sources import SOURCES, cache_folder, is_fetched

_SPLITS: Final[dict[str, Split]] = {"train": "train", "test": "test"}


def find_default() -> Path:
    """Return the path of the data set that is used where none is named.

    MNIST where `gan-tui data fetch mnist` has put it into the cache, else the embedded 5,000 digits.

    Raises:
        DataError: neither is there; the sentence says how to get one.
    """
    return cache_folder("mnist") if is_fetched("mnist") else sample_path()


def load(path: str | Path | None, split: str = "train") -> Dataset:
    """Read a data set.

    Args:
        path: a file or folder of any format of `FORMATS`; or, where no such file exists, the name of a
            fetched set (`mnist`, `fashion`, `kmnist`) or `sample`; None: what `find_default` finds.
        split: `train` or `test`.

    Raises:
        DataError: whatever is wrong with the path or with what is in it, in one sentence.
    """
    wanted = _SPLITS.get(split)
    if wanted is None:
        raise DataError(f"A data set has the splits train and test, not {split!r}.")
    place = find_default() if path is None else _resolve(path)
    try:
        _check_kind(place)
        for format_ in FORMATS.values():
            if format_.sniff(place):
                return format_.read(place, wanted)
        inside = _only_file(place)
        if inside is not None:
            return load(inside, split)
    except MemoryError as error:
        raise wrong(place, "a data set that fits this machine's memory", "a larger one") from error
    except OSError as error:
        raise wrong(place, "a data set that can be read", brief(error.strerror or error).lower()) from error
    titles = "; ".join(format_.title for format_ in FORMATS.values())
    found = "a folder without any" if place.is_dir() else "a file that is none of them"
    raise wrong(place, f"a data set ({titles})", found)


def _resolve(path: str | Path) -> Path:
    """Return the path itself, or where a set of that name lies."""
    try:
        place = Path(path).expanduser()
        exists = place.exists()
    except (ValueError, RuntimeError, OSError) as error:  # a zero byte, an unknown home, a forbidden folder
        raise wrong(path, "a path", brief(error).lower()) from error
    if exists:
        return place
    name = str(path)
    if name == "sample":
        return sample_path()
    if name in SOURCES:
        if is_fetched(name):
            return cache_folder(name)
        raise DataError(f"{SOURCES[name].title} is not here yet: `gan-tui data fetch {name}` downloads it.")
    raise wrong(path, "a file or folder", "nothing of that name")


def _check_kind(place: Path) -> None:
    """Refuse what is neither a file nor a folder: a pipe or a device may never end."""
    mode = place.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise wrong(place, "a file or a folder", "a device, pipe or socket")


def _only_file(place: Path) -> Path | None:
    """Return the one `.mat` or `.npz` file of a folder, if it has exactly one."""
    if not place.is_dir():
        return None
    files = [file for file in place.iterdir() if file.suffix.lower() in (".mat", ".npz") and file.is_file()]
    return files[0] if len(files) == 1 else None
