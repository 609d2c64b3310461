"""What the benchmarks of the running program share: their options, their tables, and how they end.

A home of its own, a trainer, and a pseudo-terminal come from the program's own ``gan_tui.bench``.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

from gan_tui.bench.scratch import PROGRAM, scratch_home
from gan_tui.bench.spread import Spread
from gan_tui.bench.window import Window
from gan_tui.config.errors import GanTuiError
from gan_tui.data.dataset import Dataset

__all__ = [
    "PROGRAM",
    "Window",
    "add_run_options",
    "given",
    "noise_images",
    "scratch_home",
    "show",
    "size_of",
    "told",
]


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Options about the training that is measured."""
    parser.add_argument("--recipe", default="swift", help="recipe of the training [swift]")
    parser.add_argument("--data", help="data set [what a run would take]")
    parser.add_argument("--threads", type=int, default=0, help="the trainer's threads [0: measured]")
    parser.add_argument("--judge", action="store_true", help="let the judge work, too")
    parser.add_argument("--size", default="120x40", help="the terminal's size [120x40]")
    parser.add_argument("--json", action="store_true", help="print JSON")


def given(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that the options ask for, of a run without an end."""
    settings: dict[str, Any] = {"recipe": options.recipe, "steps": 0, "judge": options.judge}
    return settings | {name: value for name in ("data", "threads") if (value := getattr(options, name))}


def size_of(text: str) -> tuple[int, int]:
    """Columns and rows of ``120x40``."""
    columns, rows = text.split("x")
    return int(columns), int(rows)


def noise_images(count: int) -> Dataset:
    """So many images of ten classes; how fast they are learned from does not depend on what they show."""
    return Dataset(
        images=np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8),
        labels=(np.arange(count) % 10).astype(np.uint8),
        class_names=tuple("0123456789"),
        name="noise",
        format="npz",
        source="none",
        fingerprint="0" * 32,
    )


@contextlib.contextmanager
def told() -> Iterator[None]:
    """A failure inside ends the program with its sentence."""
    try:
        yield
    except GanTuiError as error:
        sys.exit(str(error))


def show(result: Mapping[str, Any], as_json: bool) -> None:
    """Print figures by name, :class:`Spread` or plain: as a table, or as JSON."""
    if as_json:
        print(json.dumps(msgspec.to_builtins(dict(result)), indent=2))
        return
    for name, value in result.items():
        if isinstance(value, Spread):
            print(f"{name:<34} median {value.median:10.3f}  min {value.min:9.3f}  max {value.max:9.3f}")
        else:
            print(f"{name:<34} {value}")
