"""The article's networks that are told which digit to draw."""

from typing import Final

from gan_tui.config.recipes.recipe import Recipe

LABELLED: Final = Recipe(
    name="labelled",
    summary="the article's networks with labels: the digit is asked for",
    source="projection discriminator, Miyato and Koyama 2018 (arXiv 1802.05637); rates measured here",
    values={
        "networks": "article-labelled",
        "d_batch": 64,
        "g_batch": 64,
        "d_lr": 2.5e-4,
        "g_lr": 5e-4,
        "beta2": 0.99,
        "ema": 0.999,
        "share_fakes": True,
        "steps": 6000,
        "checkpoint_every": 200,
    },
)
