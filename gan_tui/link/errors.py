"""What goes wrong with the link, as one sentence."""

from gan_tui.config.errors import GanTuiError


class LinkError(GanTuiError):
    """The link between trainer and viewers cannot be made."""
