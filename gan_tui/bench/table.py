"""The report as tables of at most 80 columns, for people."""

import io
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from gan_tui.bench import growth_table as growth
from gan_tui.bench.cells import mebibytes, number, percent, times
from gan_tui.bench.plan import RATIO_KEYS
from gan_tui.bench.report import Recipe, Report

WIDTH: Final = 80
_ASCII: Final = str.maketrans({"×": "x", "─": "-", "…": "~"})
HEADS: Final = {
    "as_written": "as written",
    "as_written_with_data": "with data",
    "plain": "plain",
    "compiled": "compiled",
    "jax_scan": "JAX",
}
"""Peer → the head of its column, in the order of columns."""


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
    console.print(_words(report))
    for table in (_sweep(report), growth.by_batch(report), growth.by_data(report), _starts(report)):
        if table is not None:
            console.print(table)
    for line in growth.left_out(report):
        console.print(line)
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
    return f"{where}, {cores} cores, torch {machine.get('torch')}, load {load} before; {report.made.date}"


def _steps(report: Report) -> Table:
    table = Table(box=box.SIMPLE, padding=0)
    table.add_column("recipe", no_wrap=True)
    for head in ("D:G", "ms a step", "limit"):
        table.add_column(head, justify="right", no_wrap=True)
    for head in HEADS.values():
        table.add_column(head, justify="right")
    for name, recipe in report.recipes.items():
        table.add_row(
            name,
            recipe.ratio or "-",
            number(recipe.step_ms),
            percent(recipe.limit_share),
            *(times(getattr(recipe, RATIO_KEYS[peer])) for peer in HEADS),
        )
    return table


def _words(report: Report) -> str:
    """What the columns are; of the peers, those that had a turn."""
    threads = sorted({recipe.limit_threads for recipe in report.recipes.values() if recipe.limit_threads})
    plural = "" if threads == [1] else "s"
    on = f" on {' or '.join(map(str, threads))} thread{plural}" if threads else ""
    scans = _scans(report)
    return (
        "limit: the part of the speed that this machine's own matrix and copy rates"
        f"{on} allow, which our step reaches. 3.0 ×: that step takes three times as long as ours. "
        "As written: the article's loop; with data: it reads its data anew at each D update; plain: a good "
        "PyTorch loop; compiled: that with torch.compile, of which D stays eager on processors, where that "
        "is quicker; JAX: jitted scans"
        + (f" of steps: {scans} in each." if scans else ".")
        + _rounds(report)
        + _coarse(report)
    )


def _coarse(report: Report) -> str:
    """Where ours is coarser than float32, how that compares to float32's limit."""
    shares = [
        f"{name} ({recipe.precision}) {percent(recipe.limit_share_float32)}"
        for name, recipe in report.recipes.items()
        if recipe.precision not in {None, "fp32"} and recipe.limit_share_float32 is not None
    ]
    return f" Of the limit that float32 would have: {', '.join(shares)}." if shares else ""


def _rounds(report: Report) -> str:
    counts = [peer["rounds"] for recipe in report.recipes.values() for peer in recipe.peers.values()]
    if not counts:
        return ""
    many = f"{min(counts)} to {max(counts)}" if min(counts) < max(counts) else f"{counts[0]}"
    return f" Ratios are medians of {many} turns."


def _scans(report: Report) -> str:
    """How many steps JAX had in a scan: "article 1, swift 4"."""
    blocks = {name: recipe.peers.get("jax_scan", {}).get("block") for name, recipe in report.recipes.items()}
    return ", ".join(f"{name} {block}" for name, block in blocks.items() if block)


def _sweep(report: Report) -> Table | None:
    rows = [
        (name, ratio, row)
        for name, recipe in report.recipes.items()
        for ratio, row in recipe.by_ratio.items()
    ]
    if not rows:
        return None
    shown = [peer for peer in HEADS if any(row[RATIO_KEYS[peer]] is not None for _, _, row in rows)]
    table = Table(box=box.SIMPLE, padding=0, title="by D:G", title_justify="left")
    table.add_column("recipe")
    for head in ("D:G", "ms a step", "limit", *(HEADS[peer] for peer in shown)):
        table.add_column(head, justify="right")
    for name, ratio, row in rows:
        ratios = (times(row[RATIO_KEYS[peer]]) for peer in shown)
        table.add_row(name, ratio, number(row["step_ms"]), percent(row["limit_share"]), *ratios)
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
        names = {
            "first_step_seconds": "seconds from start to first step",
            "first_picture_seconds": "seconds to the first picture, of real digits",
            "own_picture_seconds": "seconds to the first picture that it learned",
        }
        found += [(what, f"{recipe.start[key]['median']:.1f}") for key, what in names.items()]
        found.append(("peak MiB of the trainer", mebibytes(recipe.start["peak_bytes"]["median"])))
    if recipe.viewer is not None:
        ratio = recipe.viewer["throughput_ratio"]
        spread = f"{percent(ratio['min'])} to {percent(ratio['max'])}, {ratio['n']} rounds"
        found.append((f"steps with a viewer / without ({spread})", percent(ratio["median"])))
    return found
