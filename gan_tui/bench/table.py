"""The report as tables of at most 80 columns, for people."""

import io
from collections.abc import Mapping
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from gan_tui.bench.plan import RATIO_KEYS
from gan_tui.bench.report import Recipe, Report

WIDTH: Final = 80
_ASCII: Final = str.maketrans({"×": "x", "─": "-", "…": "~"})
_HEADS: Final = {
    "as_written": "as written",
    "as_written_with_data": "with data",
    "plain": "plain",
    "compiled": "compiled",
    "jax_scan": "JAX",
}


def render(report: Report, ascii_only: bool) -> str:
    """The report as text.

    Args:
        report: what was measured.
        ascii_only: no character beyond ASCII.
    """
    buffer = io.StringIO()
    console = Console(
        file=buffer, width=WIDTH, color_system=None, force_terminal=False, highlight=False, markup=False
    )
    console.print(_machine(report))
    console.print(_steps(report))
    console.print(
        "limit: the part of the speed that this machine's own matrix and copy rates allow, "
        "which our step reaches. 3.0 ×: that step takes three times as long as ours. As written: "
        "the article's loop; with data: it reads its data anew at each D update; plain: a good "
        "PyTorch loop; compiled: that with torch.compile; JAX: jitted steps, many in a scan."
    )
    for table in (_sweep(report), _growth(report), _starts(report)):
        if table is not None:
            console.print(table)
    for one in report.skipped:
        console.print(f"not measured: {one['what']}: {one['why']}")
    text = buffer.getvalue()
    if ascii_only:
        text = text.translate(_ASCII).encode("ascii", "replace").decode()
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _machine(report: Report) -> str:
    machine = report.machine or {}
    where = machine.get("gpu") or machine.get("processor") or "a machine that was not looked at"
    cores, load = machine.get("cores"), machine.get("load")
    lines = [f"{where}, {cores} cores, torch {machine.get('torch')}, load {load} before; {report.made.date}"]
    return "\n".join(lines)


def _steps(report: Report) -> Table:
    table = Table(box=box.SIMPLE, padding=0)
    table.add_column("recipe", no_wrap=True)
    for head in ("D:G", "ms a step", "limit"):
        table.add_column(head, justify="right", no_wrap=True)
    for head in _HEADS.values():
        table.add_column(head, justify="right")
    for name, recipe in report.recipes.items():
        table.add_row(
            name,
            recipe.ratio or "-",
            _number(recipe.step_ms),
            _percent(recipe.limit_share),
            *(_times(getattr(recipe, RATIO_KEYS[peer])) for peer in _HEADS),
        )
    return table


def _sweep(report: Report) -> Table | None:
    rows = [
        (name, ratio, row)
        for name, recipe in report.recipes.items()
        for ratio, row in recipe.by_ratio.items()
    ]
    if not rows:
        return None
    shown = [peer for peer in _HEADS if any(row[RATIO_KEYS[peer]] is not None for _, _, row in rows)]
    table = Table(box=box.SIMPLE, padding=0, title="by D:G", title_justify="left")
    table.add_column("recipe")
    for head in ("D:G", "ms a step", "limit", *(_HEADS[peer] for peer in shown)):
        table.add_column(head, justify="right")
    for name, ratio, row in rows:
        ratios = (_times(row[RATIO_KEYS[peer]]) for peer in shown)
        table.add_row(name, ratio, _number(row["step_ms"]), _percent(row["limit_share"]), *ratios)
    return table


def _growth(report: Report) -> Table | None:
    rows: list[tuple[str, str, Mapping[str, Any]]] = []
    for name, recipe in report.recipes.items():
        for kind, grown in (("batch", recipe.growth_batch), ("images", recipe.growth_data)):
            if grown is not None:
                rows += [
                    (name, f"{row.get('batch') or row.get('images'):,} {kind}", row) for row in grown["rows"]
                ]
    if not rows:
        return None
    table = Table(box=box.SIMPLE, padding=0, title="growth", title_justify="left")
    table.add_column("recipe")
    for head in ("with", "ms a step", "peak MiB"):
        table.add_column(head, justify="right")
    for name, what, row in rows:
        seconds, peak = row.get("step_seconds"), row.get("peak_bytes")
        table.add_row(
            name,
            what,
            _number(None if seconds is None else seconds * 1000),
            "-" if peak is None else f"{peak / 2**20:,.0f}",
        )
    return table


def _starts(report: Report) -> Table | None:
    rows: list[tuple[str, str, str]] = []
    for name, recipe in report.recipes.items():
        rows += [(name, what, value) for what, value in _other(recipe)]
    if not rows:
        return None
    table = Table(box=box.SIMPLE, padding=0, title="starts and viewer", title_justify="left")
    for head in ("recipe", "what"):
        table.add_column(head)
    table.add_column("", justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _other(recipe: Recipe) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if recipe.start is not None:
        found += [
            ("seconds from start to first step", f"{recipe.start['first_step_seconds']['median']:.1f}"),
            ("seconds to the first picture", f"{recipe.start['first_picture_seconds']['median']:.1f}"),
        ]
    if recipe.viewer is not None:
        found.append(("steps with a viewer / without", _percent(recipe.viewer["throughput_ratio"]["median"])))
    return found


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.1f} ×" if ratio < 100 else f"{ratio:,.0f} ×"
