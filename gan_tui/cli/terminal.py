"""What kind of terminal this is, before a screen is drawn on it."""

import os
import sys

from gan_tui.config.errors import UsageError


def require_terminal(otherwise: str) -> None:
    """Refuse to draw where nothing can be drawn.

    Raises:
        UsageError: standard input or output is no terminal, or it cannot move its cursor.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(f"standard input and output are no terminal; {otherwise}")
    if os.environ.get("TERM", "") in {"", "dumb", "unknown"}:
        raise UsageError(
            f"this terminal (TERM={os.environ.get('TERM', '')}) cannot move its cursor; {otherwise}"
        )
