"""Named pairs of networks: a generator draws images from latent vectors, a discriminator judges them."""

from gan_tui.networks.base import Discriminator, Generator, NetworkError
from gan_tui.networks.pairs import PAIRS, Pair, multiply_adds, pair_for, pair_named, parameters_count

__all__ = [
    "PAIRS",
    "Discriminator",
    "Generator",
    "NetworkError",
    "Pair",
    "multiply_adds",
    "pair_for",
    "pair_named",
    "parameters_count",
]
