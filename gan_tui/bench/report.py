"""The result, as JSON has it, put together from what the measuring process told."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from gan_tui import __version__
from gan_tui.bench.commit import Commit
from gan_tui.bench.compare import PeerFigures
from gan_tui.bench.messages import Compared, Looked, Measured, Message, Skipped
from gan_tui.bench.plan import RATIO_KEYS, RATIOS

FORMAT = 2
"""Raised when a key changes its meaning. 2: limits are those of all processors."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How it was made: the command, when it began (local time), how long it took, and by which source.

    Attributes:
        version: of the package. commit: of the checkout that it lies in; null where it lies in none.
        changed: whether the package's files differed from that commit when the measurement began.
    """

    command: str
    date: str
    seconds: float
    version: str
    commit: str | None = None
    changed: bool | None = None
    format: int = FORMAT


class Recipe(msgspec.Struct, kw_only=True):
    """One recipe's figures; null is what was not measured.

    A ratio says how many times as long the peer's step takes as ours: above 1 ours is faster.

    Attributes:
        step_ms: median milliseconds of our step, of all comparisons at the recipe's own D:G.
        limit_share: how much of this machine's limit that step reaches, in [0, 1]; null where it is unknown.
        limit_share_float32: the same of the limit that there would be in float32, whatever arithmetic is
            ours; above 1 where a coarser one takes the step below it.
        ratio_as_written and so on: see above.
        ratio, networks, d_batch, g_batch, precision, threads: of ours.
        limit_threads: with which the rates were measured that make the limit: all that there are; null on
            other devices than processors.
        ours, peers: the figures behind them, by peer.
        limit: the limit and the rates it is made of, and the limit in float32, "float32_seconds", with its
            "float32_rates"; these two are null where there was no time for them.
        by_ratio: "1:5" → {"step_ms", "limit_share", "rounds", ratios}, of the sweep; at the recipe's own D:G
            what is said above. "rounds": the fewest that one of the ratios is made of.
        growth_batch, growth_data, start, viewer: the other measurements; null where they were not made.
    """

    step_ms: float | None = None
    limit_share: float | None = None
    limit_share_float32: float | None = None
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
    limit_threads: int | None = None
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
        commit: of the source, as it was found before anything was measured.
    """

    def __init__(self, recipes: Sequence[str], commit: Commit | None = None) -> None:
        self._recipes = {name: Recipe() for name in recipes}
        self._commit = commit or Commit()
        self._began = time.strftime("%Y-%m-%d %H:%M:%S %z")
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
            # What this machine lacks is told by each task that would have needed it.
            if (one := {"what": message.what, "why": message.why}) not in self._skipped:
                self._skipped.append(one)
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
            own = [compared for compared in mine if compared.own_ratio]
            others = [compared for compared in mine if not compared.own_ratio]
            _fill(recipe, own)
            swept = [[one] for one in others]
            swept += [own] if own and others else []
            swept.sort(key=lambda here: _place(here[0].ratio))
            recipe.by_ratio = {_ratio(here[0]): _row(here) for here in swept}
        made = Made(
            command=command,
            date=self._began,
            seconds=round(seconds, 1),
            version=__version__,
            commit=self._commit.id,
            changed=self._commit.changed,
        )
        return Report(machine=self._machine, recipes=self._recipes, skipped=self._skipped, made=made)


def _fill(recipe: Recipe, compared: Sequence[Compared]) -> None:
    """Fill in what the comparisons at the recipe's own D:G say."""
    if not compared:
        return
    first, limit = compared[0], _limit(compared)
    recipe.ratio = _ratio(first)
    recipe.networks, recipe.d_batch, recipe.g_batch = first.networks, first.d_batch, first.g_batch
    recipe.precision, recipe.threads, recipe.limit = first.precision, first.threads, limit
    recipe.step_ms = statistics.median(one.ours.step_ms for one in compared)
    recipe.limit_share = _share(limit, recipe.step_ms)
    recipe.limit_share_float32 = _share(limit, recipe.step_ms, "float32_seconds")
    if limit is not None and limit["rates"]["device"] == "cpu":
        recipe.limit_threads = limit["rates"]["threads"]
    recipe.ours = [msgspec.to_builtins(one.ours) for one in compared]
    recipe.peers = {name: msgspec.to_builtins(figures) for name, figures in _peers(compared).items()}
    for peer, key in RATIO_KEYS.items():
        setattr(recipe, key, recipe.peers[peer]["ratio"] if peer in recipe.peers else None)


def _row(compared: Sequence[Compared]) -> dict[str, Any]:
    """One D:G of the sweep, from all comparisons there."""
    step_ms, peers = statistics.median(one.ours.step_ms for one in compared), _peers(compared)
    row: dict[str, Any] = {
        "step_ms": step_ms,
        "limit_share": _share(_limit(compared), step_ms),
        "rounds": min((figures.rounds for figures in peers.values()), default=None),
    }
    for peer, key in RATIO_KEYS.items():
        row[key] = peers[peer].ratio if peer in peers else None
    return row


def _limit(compared: Sequence[Compared]) -> dict[str, Any] | None:
    return next((one.limit for one in compared if one.limit is not None), None)


def _peers(compared: Sequence[Compared]) -> dict[str, PeerFigures]:
    return {name: figures for one in compared for name, figures in one.peers.items()}


def _place(ratio: tuple[int, int]) -> int:
    return RATIOS.index(ratio) if ratio in RATIOS else len(RATIOS)


def _ratio(compared: Compared) -> str:
    return f"{compared.ratio[0]}:{compared.ratio[1]}"


def _share(limit: dict[str, Any] | None, step_ms: float, of: str = "seconds") -> float | None:
    return None if limit is None or limit.get(of) is None else float(limit[of]) / (step_ms / 1000)
