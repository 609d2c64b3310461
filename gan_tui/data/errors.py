"""The one exception of this package, and the shape of its sentences."""

from pathlib import Path


class DataError(Exception):
    """A data set that cannot be used; its message is one sentence for the user."""


def show(path: str | Path) -> str:
    """Return a path fit for one line of a terminal: control characters and undecodable bytes are escaped."""
    text = str(path)
    return text if text.isprintable() else ascii(text)[1:-1]


def brief(text: object, most: int = 120) -> str:
    """Return what a library or a damaged file says, fit for a sentence: one line, printable, not long."""
    line = show(" ".join(str(text).split())).rstrip(".")
    return line if len(line) <= most else line[: most - 1] + "…"


def wrong(path: str | Path, expected: str, found: str) -> DataError:
    """Make the error that names the file, what was expected and what was found."""
    return DataError(f"{show(path)}: expected {expected}, found {found}.")
