"""The number of threads that suits a peer, on a clock that its steps move."""

import torch

from gan_tui.bench.peers import Losses
from gan_tui.bench.tuning import SMALL_BATCH, TRIES, best_threads
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from tests.bench.pretended import Pretended
from tests.bench.test_peers import digits


class House:
    """Peers whose steps take as long as their number of threads says."""

    def __init__(self, seconds: dict[int, float]) -> None:
        self.time = 0.0
        self.seconds = seconds
        self.steps: dict[int, int] = {}
        self.batches: set[int] = set()

    def make(self) -> "_Peer":
        return _Peer(self)

    def best(self) -> int:
        config = combine({"recipe": "article"})
        cpu = torch.device("cpu")
        return best_threads(self.make, config, digits(), cpu, list(self.seconds), lambda: self.time)


class _Peer(Pretended):
    def __init__(self, house: House) -> None:
        super().__init__("plain")
        self._house = house

    def prepared(self, config: RunConfig) -> None:
        self._house.batches |= {config.d_batch, config.g_batch}

    def step(self, count: int) -> Losses:
        self._house.time += count * self._house.seconds[self.threads]
        self._house.steps[self.threads] = self._house.steps.get(self.threads, 0) + count
        return super().step(count)


def test_the_quickest_is_taken() -> None:
    assert House({1: 1.0, 2: 0.6, 4: 0.9}).best() == 2
    assert House({1: 1.0, 2: 1.4}).best() == 1


def test_what_is_hopeless_is_given_up_after_one_step() -> None:
    house = House({1: 1.0, 2: 5.0})
    assert house.best() == 1
    assert house.steps[2] == 1
    assert house.steps[1] >= TRIES


def test_small_batches_are_tried() -> None:
    house = House({1: 1.0, 2: 5.0})
    house.best()
    assert max(house.batches) == SMALL_BATCH


def test_a_single_candidate_needs_no_trial() -> None:
    house = House({3: 1.0})
    assert house.best() == 3
    assert house.steps == {}
