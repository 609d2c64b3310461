"""Our engine as a peer: recorded where there is a recorder, and in the arithmetic that was chosen."""

import math
from types import SimpleNamespace

import pytest
import torch

from gan_tui.bench.peers import ours as ours_module
from gan_tui.bench.peers.ours import Ours
from gan_tui.training.graphs.recorder import Recorder
from tests.bench.test_peers import CPU, digits, small
from tests.training.tape import TapeRecorder


def test_steps_are_replays_where_the_device_records(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, asked = TapeRecorder(), []

    def recorder_for(device: torch.device, wish: str) -> Recorder:
        asked.append((device, wish))
        return recorder

    config, dataset = small("swift", graphs="auto"), digits()
    eager, recorded = Ours(), Ours()
    eager.prepare(config, dataset, CPU, 1)
    monkeypatch.setattr(ours_module, "recorder_for", recorder_for)
    recorded.prepare(config, dataset, CPU, 1)
    made = len(recorder.tapes)
    assert asked == [(CPU, "auto")]
    assert made > 0, "all is recorded before the first step"
    assert [recorded.step(1) for _ in range(3)] == [eager.step(1) for _ in range(3)]
    assert len(recorder.tapes) == made
    assert sum(tape.replays for tape in recorder.tapes) >= 3


def test_the_arithmetic_that_was_chosen_prepares_and_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """TF32 is what torch is set to meanwhile, for a recording keeps what was set; afterwards it is exact."""
    seen: list[str] = []

    class Engine:
        def __init__(self, *given: object) -> None:
            seen.append(str(given[3]))

        def prepare(self, *, every_ratio: bool) -> None:
            assert not every_ratio
            self.train_step()

        def train_step(self) -> None:
            seen.append(torch.get_float32_matmul_precision())

        def take_sums(self) -> SimpleNamespace:
            return SimpleNamespace(d_real=None, d_fake=None, g=None)

    monkeypatch.setattr(ours_module, "Engine", Engine)
    peer = Ours()
    peer.prepare(small("swift", precision="tf32"), digits(), CPU, 1)
    assert math.isnan(peer.step(1).g)
    assert seen == ["tf32", "high", "high"]
    assert torch.get_float32_matmul_precision() == "highest"
