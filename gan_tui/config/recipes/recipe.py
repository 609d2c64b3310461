"""What a recipe is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Values for fields of :class:`~gan_tui.config.run_config.RunConfig`, under a name.

    Attributes:
        name: what ``--recipe`` takes.
        summary: one line for help and lists.
        source: where the settings come from.
        values: field name → value; fields that are absent keep RunConfig's default.
    """

    name: str
    summary: str
    source: str
    values: Mapping[str, Any]
