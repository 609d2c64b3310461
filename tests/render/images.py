"""Images for the drawing tests."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

Images = NDArray[np.uint8]


@st.composite
def any_images(draw: st.DrawFn, most_tiles: int = 3, most_side: int = 40) -> Images:
    """uint8 tiles of any size, grey or in colour, mostly of extreme values."""
    shape = (
        draw(st.integers(0, most_tiles)),
        draw(st.integers(1, most_side)),
        draw(st.integers(1, most_side)),
        *draw(st.sampled_from([(), (1,), (3,)])),
    )
    return draw(arrays(np.uint8, shape, elements=st.one_of(st.sampled_from([0, 255]), st.integers(0, 255))))


def digits(count: int = 12, side: int = 28) -> Images:
    """Soft strokes on paper, as like digits as tests need; always the same."""
    random = np.random.default_rng(8)
    y, x = np.mgrid[0:side, 0:side] / side
    images = np.zeros((count, side, side))
    for tile in images:
        for _ in range(3):
            cx, cy, r = [*random.uniform(0.35, 0.65, 2), random.uniform(0.1, 0.25)]
            ring = np.abs(np.hypot(x - cx, y - cy) - r)
            np.maximum(tile, np.clip(1.4 - ring * 22, 0, 1), out=tile)
    return np.rint(images * 255).astype(np.uint8)
