"""The article's networks with settings that keep the game in play."""

from typing import Final

from gan_tui.config.recipes.recipe import Recipe

BALANCED: Final = Recipe(
    name="balanced",
    summary="the article's networks, tuned: all ten digits, steady losses",
    source="measured here; Adam's first decay of 0.5 from Radford et al. 2016 (arXiv 1511.06434)",
    values={
        "networks": "article",
        "d_batch": 64,
        "g_batch": 64,
        "d_lr": 5e-4,
        "g_lr": 2e-3,
        "ema": 0.995,
        "share_fakes": True,
        "steps": 6000,
        "checkpoint_every": 200,
    },
)
