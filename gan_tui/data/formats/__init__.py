"""Formats of data sets, one file each; a new one is a file here and a line in `FORMATS`."""

from typing import Final

from gan_tui.data.formats import emnist, idx, matlab, npz, sample
from gan_tui.data.formats.base import Format, Split

FORMATS: Final[dict[str, Format]] = {
    format_.name: format_
    for format_ in (
        sample.FORMAT,
        idx.FORMAT,
        npz.FORMAT,
        emnist.FORMAT,
        matlab.FORMAT,
    )
}
"""Every format, in the order in which a file is held against them."""

__all__ = ["FORMATS", "Format", "Split"]
