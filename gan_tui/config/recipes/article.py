"""The article's own settings, unchanged."""

from typing import Final

from gan_tui.config.recipes.recipe import Recipe

ARTICLE: Final = Recipe(
    name="article",
    summary="the article's networks and settings, exactly: it swings and loses digits",
    source='"Generating handwriting with a GAN"',
    values={
        "networks": "article",
        "latent_distribution": "uniform",
        "latent_scale": 100.0,
        "d_batch": 16,
        "g_batch": 256,
        "d_steps": 1,
        "g_steps": 2,
        "d_lr": 1e-3,
        "g_lr": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "ema": 0.0,
        "split_d_update": True,
        "steps": 3000,
        "checkpoint_every": 200,
        "tensorboard_every": 200,
    },
)
