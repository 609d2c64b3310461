"""What the samples are worth: a judge, its Fréchet distance, and plain words about the training's health."""

from gan_tui.quality.distance import Statistics, frechet_distance
from gan_tui.quality.health import Game, assess, not_finite, steady
from gan_tui.quality.judge import Judge
from gan_tui.quality.reading import Reading

__all__ = ["Game", "Judge", "Reading", "Statistics", "assess", "frechet_distance", "not_finite", "steady"]
