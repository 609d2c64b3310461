"""gan-tui: watch, steer and trust a GAN while it trains, in a terminal."""

from typing import Final

__version__: Final = "0.1.0"
