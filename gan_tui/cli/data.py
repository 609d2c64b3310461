"""``gan-tui data``: look at a data set, or fetch one."""

import json
import os
import shutil
import sys

import click
import numpy as np

from gan_tui.config.errors import GanTuiError
from gan_tui.config.paths import cache_dir
from gan_tui.data import DataError, Dataset, describe, fetch, load
from gan_tui.render import MODES, grid, to_ansi

TILE = (14, 7)
"""Cells of one digit in ``data info``."""


@click.group(name="data")
def command() -> None:
    """Look at a data set, or fetch one."""


@command.command(name="info")
@click.argument("path", required=False, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="an object, for scripts")
@click.option("--ascii", is_flag=True, help="ASCII characters alone")
def info(path: str | None, as_json: bool, ascii: bool) -> None:  # noqa: A002 - the option's name
    """Say what PATH is, count its classes, and draw a few of its digits.

    Without PATH: the data set that a run would take.
    """
    try:
        dataset = load(path)
    except DataError as error:
        raise GanTuiError(str(error)) from error
    facts = describe(dataset)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    height, width = dataset.images.shape[1:]
    click.echo(f"{dataset.name}: {len(dataset.images):,} images of {width}×{height}, {dataset.format}")
    click.echo(f"from {dataset.source}")
    click.echo(f"fingerprint {dataset.fingerprint}")
    for name, count in zip(dataset.class_names, dataset.counts.tolist(), strict=True):
        click.echo(f"  {name:<12} {count:>7,}")
    for line in draw_images(_one_of_each(dataset), ascii):
        click.echo(line)


@command.command(name="fetch")
@click.argument("name", type=click.Choice(["mnist", "fashion", "kmnist"]))
def fetch_command(name: str) -> None:
    """Download a data set into the cache; its checksums are checked."""
    try:
        click.echo(fetch(name, cache_dir() / "data", progress=sys.stderr.isatty()))
    except DataError as error:
        raise GanTuiError(str(error)) from error


def draw_images(images: np.ndarray, ascii_only: bool, columns: int | None = None) -> list[str]:
    """Lines of text that show uint8 images (N, H, W) side by side, as wide as this terminal allows."""
    cols, rows = TILE
    plain = ascii_only or "NO_COLOR" in os.environ or not sys.stdout.isatty()
    unicode = not ascii_only and (sys.stdout.encoding or "").lower().startswith("utf")
    across = columns or max(1, (shutil.get_terminal_size().columns + 1) // (cols + 1))
    mode = MODES["ascii" if plain or not unicode else "quadrant"]
    cells = mode.draw(images, cols, rows, None)
    return to_ansi(grid(cells, min(across, len(images))), "none" if plain or not unicode else _colours())


def _colours() -> str:
    if os.environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "truecolor"
    return "256" if "256" in os.environ.get("TERM", "") else "16"


def _one_of_each(dataset: Dataset) -> np.ndarray:
    first = [int(np.argmax(dataset.labels == label)) for label in np.unique(dataset.labels)[:10]]
    return dataset.images[first]
