"""``gan-tui data``: look at a data set, or fetch one."""

import json
import sys

import click
import numpy as np
from numpy.typing import NDArray

from gan_tui.cli.pictures import print_images
from gan_tui.config.errors import GanTuiError
from gan_tui.data import DataError, Dataset, describe, fetch, load


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
    print_images(_one_of_each(dataset), ascii)


@command.command(name="fetch")
@click.argument("name", type=click.Choice(["mnist", "fashion", "kmnist"]))
def fetch_command(name: str) -> None:
    """Download a data set into the cache; its checksums are checked."""
    try:
        click.echo(fetch(name, progress=sys.stderr.isatty()))
    except DataError as error:
        raise GanTuiError(str(error)) from error


def _one_of_each(dataset: Dataset) -> NDArray[np.uint8]:
    first = [int(np.argmax(dataset.labels == label)) for label in np.unique(dataset.labels)[:10]]
    images: NDArray[np.uint8] = dataset.images[first]
    return images
