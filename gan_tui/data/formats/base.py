"""What a format is: a way to recognise a file and a way to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from gan_tui.data.dataset import Dataset

Split: TypeAlias = Literal["train", "test"]


@dataclass(frozen=True)
class Format:
    """One format of files.

    Attributes:
        name: key of the table.
        title: what it is, for help and for the sentence about a file that is none of them.
        sniff: whether a path looks like this format; reads little, raises nothing but OSError.
        read: reads one split; raises DataError, or OSError where the file cannot be read at all.
    """

    name: str
    title: str
    sniff: Callable[[Path], bool]
    read: Callable[[Path, Split], Dataset]
