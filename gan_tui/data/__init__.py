"""Data sets: images with labels, read from any known format, checked, and named by their content.

Needs NumPy; SciPy is imported only by the child process that reads MATLAB files, pooch only by a download.
"""

from gan_tui.data.dataset import Dataset, describe
from gan_tui.data.digest import fingerprint
from gan_tui.data.download import fetch
from gan_tui.data.errors import DataError
from gan_tui.data.formats import FORMATS, Format
from gan_tui.data.loading import find_default, load
from gan_tui.data.sources import SOURCES

__all__ = [
    "FORMATS",
    "SOURCES",
    "DataError",
    "Dataset",
    "Format",
    "describe",
    "fetch",
    "find_default",
    "fingerprint",
    "load",
]
