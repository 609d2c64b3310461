"""The one exception of this package, and the shape of its sentences."""

from pathlib import Path


class DataError(Exception):
    """A data set that cannot be used; its message is one sentence for the user."""


def show(path: str | Path) -> str:
    """Return a path fit for one line of a terminal: control characters and undecodable bytes are escaped."""
    text = str(path)
    return text if text.isprintable() else ascii(text)[1:-1]


def wrong(path: str | Path, expected: str, found: str) -> DataError:
    """Make the error that names the file, what was expected and what was found."""
    return DataError(f"{show(path)}: expected {expected}, found {found}.")
