"""The one base of every failure that a user is told about."""


class GanTuiError(Exception):
    """A failure that ends in one sentence: what happened, what is safe, what to do.

    The command line prints ``gan-tui: <sentence>`` on stderr and exits with ``exit_code``.
    """

    exit_code = 1


class UsageError(GanTuiError):
    """A mistake in what was asked, such as an unknown recipe; exit status 2."""

    exit_code = 2
