"""How much a file may claim to hold: every declared size is held against these before memory is taken."""

from typing import Final

MAX_SIDE: Final = 64
"""Largest height and width of an image, in pixels."""

MAX_CLASSES: Final = 100
"""Most classes a data set may have."""

MAX_BYTES: Final = 1 << 30
"""Most bytes one array may take; EMNIST's largest (697,932 images of 28×28) takes 547 MB."""

_DEFLATE_LIMIT: Final = 1032
"""Deflate never makes more than 1,032 bytes out of one (https://zlib.net/zlib_tech.html)."""

_USUAL_RATIO: Final = 200
"""Above `_FREE` bytes more than this is taken for a bomb: digits compress 5 to 10 times."""

_FREE: Final = 64 << 20


def most_inflated(stored: int) -> int:
    """Return the most bytes that `stored` bytes of deflated data are believed to hold."""
    return min(_DEFLATE_LIMIT * stored + 1024, max(_FREE, _USUAL_RATIO * stored), MAX_BYTES)


def size(count: int) -> str:
    """Return a number of bytes for a sentence, as `47,040,016 bytes`."""
    return f"{count:,} byte{'' if count == 1 else 's'}"
