"""Why a recipe is in use, where no measurement chose it."""

from typing import Final

YOU_CHOSE: Final = "you chose it"
AS_BEFORE: Final = "as before"
"""A run that goes on, made by a version that kept no reason."""


def was_measured(reason: str) -> bool:
    """Whether the reason is a measurement's, which a person will want to read."""
    return reason not in {"", YOU_CHOSE, AS_BEFORE}
