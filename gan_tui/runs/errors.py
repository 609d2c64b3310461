"""What goes wrong with runs, as one sentence."""

from gan_tui.config.errors import GanTuiError


class RunError(GanTuiError):
    """A run, its folder or a file in it is not as asked: what happened, what is safe, what to do."""
