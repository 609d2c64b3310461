"""What trains networks: optimisers that start at once, for the trainer and for the judge."""

from gan_tui.optim.adam import Adam

__all__ = ["Adam"]
