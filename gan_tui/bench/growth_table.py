"""How time and memory grow, as tables beside the others, and what was left out of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table

from gan_tui.bench.cells import mebibytes, milliseconds, number, times
from gan_tui.bench.report import Report

Row = Mapping[str, Any]


def by_batch(report: Report) -> Table | None:
    """A step by batch; an image's time is told as a factor of that in the smallest batch."""
    rows = list(_rows(report, "growth_batch"))
    if not rows:
        return None
    table = _table(
        "growth with the batch",
        "images",
        "steps",
        "ms a step",
        "time an image",
        "peak MiB",
    )
    for recipe, first, row in rows:
        table.add_row(
            recipe,
            f"{row['batch']:,}",
            str(row["steps"]),
            milliseconds(row["step_seconds"]),
            times(_ratio(row, first, "microseconds_per_image")),
            mebibytes(row["peak_bytes"]),
        )
    return table


def by_data(report: Report) -> Table | None:
    """A step by size of the data; its time is told as a factor of that with the fewest images, too."""
    rows = list(_rows(report, "growth_data"))
    if not rows:
        return None
    table = _table(
        "growth with the data set",
        "images",
        "s to begin",
        "ms a step",
        "step",
        "new order ms",
        "peak MiB",
    )
    for recipe, first, row in rows:
        table.add_row(
            recipe,
            f"{row['images']:,}",
            number(row["ready_seconds"]),
            milliseconds(row["step_seconds"]),
            times(_ratio(row, first, "step_seconds")),
            milliseconds(row["order_seconds"]),
            mebibytes(row["peak_bytes"]),
        )
    return table


def left_out(report: Report) -> Iterator[str]:
    """A line for each row that was not measured, and why."""
    for key, what in (("growth_batch", "batch"), ("growth_data", "images")):
        for recipe, _, row in _rows(report, key):
            if row["left_out"]:
                size = f"batches of {row[what]:,}" if what == "batch" else f"{row[what]:,} images"
                yield f"not measured: {recipe}: {size}: {row['left_out']}"


def _rows(report: Report, key: str) -> Iterator[tuple[str, Row, Row]]:
    """Recipe, the first row of its table, row."""
    for name, recipe in report.recipes.items():
        grown: Mapping[str, Any] | None = getattr(recipe, key)
        for row in grown["rows"] if grown is not None else ():
            yield name, grown["rows"][0] if grown is not None else row, row


def _ratio(row: Row, first: Row, key: str) -> float | None:
    return row[key] / first[key] if row[key] and first[key] else None


def _table(title: str, *heads: str) -> Table:
    table = Table(box=box.SIMPLE, padding=0, title=title, title_justify="left")
    table.add_column("recipe")
    for head in heads:
        table.add_column(head, justify="right")
    return table
