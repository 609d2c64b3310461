"""The result, as JSON has it, put together from what the measuring process told."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from gan_tui import __version__
from gan_tui.bench.messages import Compared, Looked, Measured, Message, Skipped
from gan_tui.bench.plan import RATIO_KEYS

FORMAT = 1
"""Raised when a key changes its meaning."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How it was made: the command, when (local time), how long it took, and our version."""

    command: str
    date: str
    seconds: float
    version: str
    format: int = FORMAT


class Recipe(msgspec.Struct, kw_only=True):
    """One recipe's figures; null is what was not measured.

    A ratio says how many times as long the peer's step takes as ours: above 1 ours is faster.

    Attributes:
        step_ms: median milliseconds of our step, of all comparisons at the recipe's own D:G.
        limit_share: how much of this machine's limit that step reaches, in [0, 1]; null where it is unknown.
        ratio_as_written and so on: see above.
        ratio, networks, d_batch, g_batch, precision, threads: of ours.
        ours, peers: the figures behind them, by peer.
        limit: the limit and the rates it is made of.
        by_ratio: "1:5" → {"step_ms", "limit_share", ratios}, of the sweep.
        growth_batch, growth_data, start, viewer: the other measurements; null where they were not made.
    """

    step_ms: float | None = None
    limit_share: float | None = None
    ratio_as_written: float | None = None
    ratio_as_written_with_data: float | None = None
    ratio_plain: float | None = None
    ratio_compile: float | None = None
    ratio_jax: float | None = None
    ratio: str | None = None
    networks: str | None = None
    d_batch: int | None = None
    g_batch: int | None = None
    precision: str | None = None
    threads: int | None = None
    ours: list[dict[str, Any]] = []
    peers: dict[str, dict[str, Any]] = {}
    limit: dict[str, Any] | None = None
    by_ratio: dict[str, dict[str, Any]] = {}
    growth_batch: dict[str, Any] | None = None
    growth_data: dict[str, Any] | None = None
    start: dict[str, Any] | None = None
    viewer: dict[str, Any] | None = None


class Report(msgspec.Struct, kw_only=True):
    """Everything: what ``gan-tui bench --json`` prints.

    Attributes:
        machine: what was measured on; null where the measuring process never came so far.
        recipes: name → figures. skipped: what was not measured, and why. made: how all this was made.
    """

    machine: dict[str, Any] | None
    recipes: dict[str, Recipe]
    skipped: list[dict[str, str]]
    made: Made


_EXTRAS = {"batch": "growth_batch", "data": "growth_data", "start": "start", "viewer": "viewer"}


class Collector:
    """Takes messages and makes the report of them.

    Args:
        recipes: names that the report has, in its order, also where nothing was measured.
    """

    def __init__(self, recipes: Sequence[str]) -> None:
        self._recipes = {name: Recipe() for name in recipes}
        self._machine: dict[str, Any] | None = None
        self._compared: dict[int, Compared] = {}
        self._skipped: list[dict[str, str]] = []

    def take(self, message: Message) -> None:
        """Keep what a message says; those of progress say nothing that is kept."""
        if isinstance(message, Looked):
            self._machine = message.machine
        elif isinstance(message, Compared):
            self._compared[message.index] = message
        elif isinstance(message, Skipped):
            self._skipped.append({"what": message.what, "why": message.why})
        elif isinstance(message, Measured):
            setattr(self._recipes[message.recipe], _EXTRAS[message.kind], message.result)

    def report(self, command: str, seconds: float) -> Report:
        """The report so far.

        Args:
            command: that asked for it.
            seconds: that it took.
        """
        for name, recipe in self._recipes.items():
            mine = [compared for compared in self._compared.values() if compared.recipe == name]
            _fill(recipe, [compared for compared in mine if compared.own_ratio])
            recipe.by_ratio = {
                _ratio(compared): _row(compared) for compared in mine if not compared.own_ratio
            }
        made = Made(
            command=command,
            date=time.strftime("%Y-%m-%d %H:%M:%S %z"),
            seconds=round(seconds, 1),
            version=__version__,
        )
        return Report(machine=self._machine, recipes=self._recipes, skipped=self._skipped, made=made)


def _fill(recipe: Recipe, compared: Sequence[Compared]) -> None:
    """Fill in what the comparisons at the recipe's own D:G say."""
    if not compared:
        return
    first = compared[0]
    recipe.ratio = _ratio(first)
    recipe.networks, recipe.d_batch, recipe.g_batch = first.networks, first.d_batch, first.g_batch
    recipe.precision, recipe.threads, recipe.limit = first.precision, first.threads, first.limit
    recipe.step_ms = statistics.median(one.ours.step_ms for one in compared)
    recipe.limit_share = _share(first.limit, recipe.step_ms)
    recipe.ours = [msgspec.to_builtins(one.ours) for one in compared]
    recipe.peers = {
        name: msgspec.to_builtins(figures) for one in compared for name, figures in one.peers.items()
    }
    for peer, key in RATIO_KEYS.items():
        setattr(recipe, key, recipe.peers[peer]["ratio"] if peer in recipe.peers else None)


def _row(compared: Compared) -> dict[str, Any]:
    """One D:G of the sweep."""
    row: dict[str, Any] = {
        "step_ms": compared.ours.step_ms,
        "limit_share": _share(compared.limit, compared.ours.step_ms),
    }
    for peer, key in RATIO_KEYS.items():
        row[key] = compared.peers[peer].ratio if peer in compared.peers else None
    return row


def _ratio(compared: Compared) -> str:
    return f"{compared.ratio[0]}:{compared.ratio[1]}"


def _share(limit: dict[str, Any] | None, step_ms: float) -> float | None:
    return None if limit is None else float(limit["seconds"]) / (step_ms / 1000)
