"""A light pair with labels: real digits within a minute on any laptop."""

from typing import Final

from gan_tui.config.recipes.recipe import Recipe

SWIFT: Final = Recipe(
    name="swift",
    summary="a light pair with labels: good digits within a minute on a slow processor",
    source="projection discriminator, Miyato and Koyama 2018 (arXiv 1802.05637); the rest measured here",
    values={
        "networks": "light-labelled",
        "d_batch": 64,
        "g_batch": 64,
        "d_lr": 4e-3,
        "g_lr": 1e-2,
        "beta2": 0.99,
        "ema": 0.999,
        "share_fakes": True,
        "steps": 20000,
        "checkpoint_every": 1000,
    },
)
