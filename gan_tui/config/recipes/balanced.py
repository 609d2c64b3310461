"""The article's networks with settings that keep the game in play."""

from typing import Final

from gan_tui.config.recipes.recipe import Recipe

BALANCED: Final = Recipe(
    name="balanced",
    summary="the article's networks, tuned: all ten digits, steady losses",
    source="measured here; rates of two scales from Heusel et al. 2017 (arXiv 1706.08500)",
    values={
        "networks": "article",
        "d_batch": 64,
        "g_batch": 64,
        "d_lr": 1e-4,
        "g_lr": 2e-3,
        "beta1": 0.0,
        "beta2": 0.99,
        "ema": 0.999,
        "share_fakes": True,
        "steps": 6000,
        "checkpoint_every": 200,
    },
)
