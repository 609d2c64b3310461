"""Whom a quick measurement comes to on two slow cores, by the times that were measured on some."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec
import pytest
import torch

from gan_tui.bench import rates, session
from gan_tui.bench.deadline import Deadline
from gan_tui.bench.messages import Compared, Message
from gan_tui.bench.peers import Losses, Peer
from gan_tui.bench.plan import OURS, QUICK_SECONDS, RATIO_KEYS, RECIPE_ORDER, Options, make_plan
from gan_tui.bench.rates import Rates
from gan_tui.bench.session import Session
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.training.choose import Choice
from tests.bench.pretended import Pretended
from tests.bench.test_peers import digits


class Costs(NamedTuple):
    """Seconds of a step of ours, of the peers', and of JAX's and torch.compile's compilation."""

    ours: float
    plain: float
    as_written: float
    as_written_with_data: float
    jax_scan: float
    compiled: float
    jax_compiles: float
    torch_compiles: float
    jax_block: int = 1


MEASURED: Final = {
    "article": Costs(0.56, 4.4, 7.5, 6.0, 6.3, 3.3, 8.0, 20.0),
    "swift": Costs(0.023, 0.033, 0.046, 0.095, 0.026, 0.031, 8.0, 20.0, 4),
    "labelled": Costs(0.2, 0.57, 1.17, 1.21, 1.0, 0.5, 10.0, 20.0, 2),
    "balanced": Costs(0.14, 0.49, 0.95, 1.05, 1.0, 0.5, 10.0, 20.0, 2),
}
"""An AMD EPYC's two cores with AVX2; the times of compilation with empty caches are rough."""
LOADING: Final = 8.0
CHOOSING: Final = 1.5
RATES: Final = 3.0


class House:
    """A clock that steps, choices and rates move."""

    def __init__(self) -> None:
        self.time = LOADING
        self.told: list[tuple[float, Compared]] = []

    def now(self) -> float:
        return self.time

    def tell(self, message: Message) -> None:
        if isinstance(message, Compared):
            self.told.append((self.time, message))

    def peers(self) -> Mapping[str, Callable[[], Peer]]:
        def maker(name: str) -> Callable[[], Peer]:
            return lambda: _Peer(self, name)

        return {name: maker(name) for name in (OURS, *RATIO_KEYS)}

    def choose(self, config: RunConfig, *_: object) -> Choice:
        self.time += CHOOSING
        return Choice(msgspec.structs.replace(config, precision="fp32", threads=2), "", "fp32", 2)

    def rates(self, _: torch.device, threads: int, *__: object) -> Rates:
        self.time += RATES
        return Rates(
            device="cpu",
            threads=threads,
            precision="fp32",
            multiply_adds_per_second=9e10,
            copy_bytes_per_second=1e10,
            memory_bytes_per_second=1e10,
            cached_bytes_per_second=3e10,
            cache_bytes=1 << 24,
            by_shape={},
        )


class _Peer(Pretended):
    def __init__(self, house: House, name: str) -> None:
        super().__init__(name)
        self._house = house
        self.compiles = name == "compiled"

    def prepared(self, config: RunConfig) -> None:
        costs = MEASURED[config.recipe]
        whole = combine({"recipe": config.recipe})
        self._seconds = getattr(costs, self.name) * config.g_batch / whole.g_batch
        self._compiles = costs.torch_compiles if self.compiles else 0.0
        if self.name == "jax_scan":
            self.block = costs.jax_block
            self._house.time += costs.jax_compiles

    def step(self, count: int) -> Losses:
        self._house.time += self._compiles + count * self._seconds
        self._compiles = 0.0
        return super().step(count)


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    house = House()
    monkeypatch.setattr(session, "choose", house.choose)
    monkeypatch.setattr(session, "thread_candidates", lambda: [1, 2])
    monkeypatch.setattr(rates, "measure_rates", house.rates)
    return house


def rounds_of(house: House) -> dict[str, dict[str, int]]:
    """Recipe → peer → rounds, of a quick measurement."""
    options = Options(quick=True, device="cpu")
    measuring = Session(
        options,
        digits(),
        Deadline(QUICK_SECONDS - LOADING, house.now),
        house.tell,
        house.peers(),
        clock=house.now,
        processor=house.now,
    )
    for index, task in enumerate(make_plan(options)):
        measuring.do(index, task)
    rounds: dict[str, dict[str, int]] = {recipe: {} for recipe in RECIPE_ORDER}
    for moment, one in house.told:
        if moment <= QUICK_SECONDS:
            rounds[one.recipe] |= {name: figures.rounds for name, figures in one.peers.items()}
    return rounds


def test_two_slow_cores_come_to_the_most_important(house: House) -> None:
    """All of the article's, twice; the eager loops of every recipe; JAX for most."""
    rounds = rounds_of(house)
    eager = {"plain", "as_written", "as_written_with_data"}
    assert all(eager <= set(rounds[recipe]) for recipe in RECIPE_ORDER)
    assert set(rounds["article"]) == set(RATIO_KEYS)
    assert min(rounds["article"].values()) >= 2
    assert all("jax_scan" in rounds[recipe] for recipe in ("swift", "labelled"))


def test_twice_as_fast_a_machine_comes_to_jax_for_all(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for recipe, costs in MEASURED.items():
        halves = [value / 2 for value in costs[:-1]]
        monkeypatch.setitem(MEASURED, recipe, Costs(*halves, costs.jax_block))
    assert all(set(found) >= set(RATIO_KEYS) - {"compiled"} for found in rounds_of(house).values())
