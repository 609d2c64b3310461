"""The types of arrays that this package hands on."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[np.uint8]
"""Images (N,H,W) or labels (N,), 0 to 255."""

Numbers: TypeAlias = npt.NDArray[np.generic]
"""An array as a file holds it: any shape, any dtype but objects."""
