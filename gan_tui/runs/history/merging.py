"""Neighbouring rows of ``telemetry`` become one: the SQL of it, for thinning and for reading alike.

A merged row stands at the last step of its members; it begins after the last step of the row before it.
Losses: least and greatest of all members, mean over all their updates, ``_count`` the updates that this mean
is over. Opinions are weighted by D's updates, speeds and the machine's figures by the rows that were merged.
What is unknown (NULL) does not count.
"""

from typing import Final

from gan_tui.runs.history.schema import COUNTERS, HARDWARE, LOSSES, OPINIONS, SPEEDS, TELEMETRY

WEIGHT: Final = "rows"
"""The column that says for how many rows one stands; version 1 has none there, each stands for itself."""


def _mean(value: str, weight: str) -> str:
    # 1.0: a product of whole numbers may be larger than a whole number can be.
    return f"SUM(1.0 * {value} * {weight}) / SUM(CASE WHEN {value} IS NOT NULL THEN {weight} END)"


def expressions(weight: str = WEIGHT) -> dict[str, str]:
    """Column → the aggregate that makes it from those of a group's rows.

    Args:
        weight: an expression for how many rows a row stands for.
    """
    of_d = f"COALESCE(d_fake_count, d_real_count, {weight})"
    found = {"id": "MAX(id)", "segment": "MAX(segment)"}
    found |= {name: f"MAX({name})" for name in COUNTERS}
    for loss in LOSSES:
        count = f"{loss}_count"
        known = f"SUM(CASE WHEN {loss} IS NOT NULL THEN {count} END)"
        found |= {
            loss: _mean(loss, count),
            count: f"COALESCE({known}, SUM({count}))",
            f"{loss}_min": f"MIN({loss}_min)",
            f"{loss}_max": f"MAX({loss}_max)",
        }
    found |= {name: _mean(name, of_d) for name in OPINIONS}
    found |= {name: _mean(name, weight) for name in (*SPEEDS, *HARDWARE)}
    return found | {"viewers": "MAX(viewers)", "rows": f"SUM({weight})"}


def merged(columns: tuple[str, ...], weight: str = WEIGHT) -> str:
    """A result list that merges groups, with these columns in order."""
    found = expressions(weight)
    return ", ".join(f"{found[name]} AS {name}" for name in columns)


STORED: Final = ("id", "segment", *TELEMETRY, "rows")
"""Columns of a merged row that is written back; its level comes after them."""
