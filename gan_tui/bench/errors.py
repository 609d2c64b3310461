"""What can go wrong while this machine is measured."""

from gan_tui.config.errors import GanTuiError


class BenchError(GanTuiError):
    """A measurement cannot be made; one sentence: what happened, and what to do."""
