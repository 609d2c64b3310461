"""What is measured, in which order, and for how long; known without torch."""

import itertools
from collections.abc import Callable, Sequence
from typing import Final, Literal

import msgspec

from gan_tui.bench.compare import PATIENCE
from gan_tui.config.sources import combine

OURS: Final = "ours"
RATIO_KEYS: Final = {
    "as_written": "ratio_as_written",
    "as_written_with_data": "ratio_as_written_with_data",
    "plain": "ratio_plain",
    "compiled": "ratio_compile",
    "jax_scan": "ratio_jax",
}
"""Peer → the report's key for how many times as long its step takes as ours. All peers but ours."""
EAGER: Final = ("plain", "as_written", "as_written_with_data")
"""Peers that need no compilation."""
COMPILING: Final = ("jax_scan", "compiled")
"""Peers that compile, in the order in which they are tried."""
RECIPE_ORDER: Final = ("article", "swift", "labelled", "balanced")
"""The most important first: later ones may fall to the deadline."""
QUICKEST_ORDER: Final = ("swift", "balanced", "labelled", "article")
"""By the length of a step: the more steps a second, the surer a rate."""
RATIOS: Final = ((1, 5), (1, 2), (1, 1), (2, 1), (5, 1))
"""D:G of the sweep; a recipe's own is measured anyway, and not twice."""
QUICK_SECONDS: Final = 170.0
"""When a quick measurement ends at the latest; the rest to three minutes is for starting and printing."""
QUICK_BUDGET: Final = 6.0
"""Seconds of one comparison's rounds in a quick measurement; half of them where the peer compiles."""
BUDGET: Final = 60.0
"""The same in a full one."""
SWEEP_SHARE: Final = 0.25
"""Share of that for each ratio of the sweep."""
VIEWER_BUDGET: Final = 200.0
"""Seconds for the viewer's cost: six windows of ten seconds with one, each between two without."""
QUICK_SHARE: Final = 0.45
"""Part of the time left that a recipe's comparison without compilation may take in a quick measurement."""
COMPILE_LIMIT: Final = 60.0
"""Seconds that a comparison whose peer compiles may take in a quick measurement."""
FULL_LIMIT: Final = 1800.0
"""Seconds that any part may take in a full one, beside its rounds: only what hangs does."""

Kind = Literal["compare", "batch", "data", "start", "viewer"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for.

    Attributes:
        quick: end within three minutes. recipes: names, in any order. peers: names, without ours.
        seconds: of one comparison's rounds. threads: 0 for what suits each best.
        device, data: as for ``run``. Where it is not quick, too: sweep: other D:G than the recipes' own;
        extras: growth, starts and the viewer.
        values: settings of every recipe that are not its own, as ``d_batch``; for tests and experiments.
    """

    quick: bool = False
    recipes: tuple[str, ...] = RECIPE_ORDER
    peers: tuple[str, ...] = tuple(RATIO_KEYS)
    seconds: float = BUDGET
    threads: int = 0
    device: str = "auto"
    data: str | None = None
    sweep: bool = True
    extras: bool = True
    values: dict[str, int | float | str | bool] = {}


class Chosen(msgspec.Struct, frozen=True):
    """What an earlier process chose for a recipe, by measurement: all its figures are of one choice."""

    threads: int
    precision: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the measurement.

    Attributes:
        kind: what is measured: a comparison, growth with batch or data, starts, or the viewer's cost.
        recipe: its name. ratio: D:G other than the recipe's own, None for its own. peers: beside ours.
        budget: seconds of the rounds. least: rounds at least. limit: seconds after which it is given up.
        share: of the time that is left, after which no peer and no round is begun.
    """

    kind: Kind
    recipe: str
    ratio: tuple[int, int] | None = None
    peers: tuple[str, ...] = ()
    budget: float
    least: int
    limit: float
    share: float = 1.0

    @property
    def fresh(self) -> bool:
        """Whether it needs a process in which nothing was measured before: its peak memory is told."""
        return self.kind in {"batch", "data"}

    @property
    def title(self) -> str:
        """What it is, for people: "article, D:G 1:5: plain"."""
        what = {
            "compare": ", ".join(self.peers) or OURS,
            "batch": "growth with the batch",
            "data": "growth with the data set",
            "start": "from the start to the first picture",
            "viewer": "the viewer's cost",
        }[self.kind]
        return self.named(what)

    def named(self, what: str) -> str:
        """Something of this task, for people: "article, D:G 1:5: limit"."""
        ratio = f", D:G {self.ratio[0]}:{self.ratio[1]}" if self.ratio else ""
        return f"{self.recipe}{ratio}: {what}"


def make_plan(options: Options) -> list[Task]:
    """The parts, the most important first."""
    recipes = sorted(options.recipes, key=_place(RECIPE_ORDER))
    return _quick(options, recipes) if options.quick else _full(options, recipes)


def _place(order: Sequence[str]) -> Callable[[str], int]:
    return lambda recipe: order.index(recipe) if recipe in order else len(order)


def _asked(options: Options, peers: Sequence[str]) -> tuple[str, ...]:
    return tuple(peer for peer in peers if peer in options.peers)


def _quick(options: Options, recipes: Sequence[str]) -> list[Task]:
    budget = min(options.seconds, QUICK_BUDGET)
    eager = [
        Task(
            kind="compare",
            recipe=recipe,
            peers=_asked(options, EAGER),
            budget=budget if recipe == recipes[0] else budget / 2,
            least=2 if recipe == recipes[0] else 1,
            limit=QUICK_SECONDS,
            share=QUICK_SHARE,
        )
        for recipe in recipes
    ]
    # The strongest rival of a light network first; then what the first recipe is still without.
    order = [(peer, recipe) for peer in _asked(options, COMPILING) for recipe in recipes]
    order.sort(key=lambda one: (one != ("jax_scan", "swift"), one[1] != recipes[0]))
    compiling = [
        Task(
            kind="compare",
            recipe=recipe,
            peers=(peer,),
            budget=budget / 2,
            least=2 if recipe == recipes[0] else 1,
            limit=COMPILE_LIMIT,
        )
        for peer, recipe in order
    ]
    return eager + compiling


def _full(options: Options, recipes: Sequence[str]) -> list[Task]:
    everybody = _asked(options, (*EAGER, *COMPILING))
    tasks = [
        Task(
            kind="compare",
            recipe=recipe,
            peers=everybody,
            budget=options.seconds,
            least=5,
            limit=_full_limit(options.seconds),
        )
        for recipe in recipes
    ]
    if options.sweep:
        tasks += [
            Task(
                kind="compare",
                recipe=recipe,
                ratio=ratio,
                peers=everybody,
                budget=options.seconds * SWEEP_SHARE,
                least=2,
                limit=_full_limit(options.seconds),
            )
            for recipe, ratio in itertools.product(recipes, RATIOS)
            if ratio != own_ratio(recipe, options)
        ]
    if options.extras:
        kinds: tuple[Kind, ...] = ("batch", "data", "start")
        tasks += [
            Task(
                kind=kind, recipe=recipe, budget=options.seconds, least=1, limit=_full_limit(options.seconds)
            )
            for kind in kinds
            for recipe in recipes
        ]
        watched = min(recipes, key=_place(QUICKEST_ORDER))
        tasks.append(Task(kind="viewer", recipe=watched, budget=VIEWER_BUDGET, least=1, limit=FULL_LIMIT))
    return tasks


def _full_limit(budget: float) -> float:
    """Seconds for a part of a full measurement whose rounds may take so many times its budget."""
    return FULL_LIMIT + PATIENCE * budget


def own_ratio(recipe: str, options: Options) -> tuple[int, int]:
    """The recipe's own D:G, under the settings that were asked for."""
    config = combine({"recipe": recipe, **options.values})
    return config.d_steps, config.g_steps
